"""Why stations stand, and why units are scrapped."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import Row, history
from apps.shopfloor.models.base import CODE


class ReasonGroup(models.TextChoices):
    EQUIPMENT = "equipment", _("Equipment")
    MATERIAL = "material", _("Material")
    DOWNSTREAM = "downstream", _("Downstream")
    QUALITY = "quality", _("Quality")
    PEOPLE = "people", _("People")
    CHANGEOVER = "changeover", _("Changeover")
    PLANNED = "planned", _("Planned")
    NO_DEMAND = "no_demand", _("No demand")


class CountsAs(models.TextChoices):
    AVAILABILITY = "availability", _("Lost availability")
    PERFORMANCE = "performance", _("Lost performance")
    EXCLUDED = "excluded", _("Excluded from planned time")
    NONE = "none", _("Not counted")


class StopReason(Row):
    """Why a station stands. The group says who is called, `counts_as` what it costs in the figures."""

    code = models.TextField(_("code"), **CODE)
    name = models.TextField(_("name"), max_length=120)
    group = models.TextField(_("group"), choices=ReasonGroup)
    counts_as = models.TextField(_("counts as"), choices=CountsAs, default=CountsAs.AVAILABILITY)
    planned_minutes = models.PositiveIntegerField(_("planned minutes"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    history = history("stop_reasons")

    class Meta:
        db_table = "stop_reasons"
        ordering = ["name"]
        verbose_name = _("stop reason")
        verbose_name_plural = _("stop reasons")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "code"], name="stop_reason_code_once_per_tenant"),
            models.CheckConstraint(condition=Q(group__in=ReasonGroup.values), name="stop_reason_group_known"),
            models.CheckConstraint(condition=Q(counts_as__in=CountsAs.values), name="stop_reason_counts_as_known"),
        ]

    def __str__(self):
        return self.name


class ScrapReason(Row):
    """Why units were scrapped."""

    code = models.TextField(_("code"), **CODE)
    name = models.TextField(_("name"), max_length=120)
    is_active = models.BooleanField(_("active"), default=True)

    history = history("scrap_reasons")

    class Meta:
        db_table = "scrap_reasons"
        ordering = ["name"]
        verbose_name = _("scrap reason")
        verbose_name_plural = _("scrap reasons")
        constraints = [models.UniqueConstraint(fields=["tenant", "code"], name="scrap_reason_code_once_per_tenant")]

    def __str__(self):
        return self.name
