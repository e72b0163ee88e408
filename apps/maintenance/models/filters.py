"""What people look for again and again."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.fields import key_to
from apps.core.models import Row, User


class SavedFilter(Row):
    """A filter of the list of orders, kept by one person under a name; query: as the list's address has it."""

    MOST = 20  # of one person

    user = key_to(User, "+", _("person"), on_delete=models.CASCADE)
    name = models.TextField(_("name"), max_length=60)
    query = models.TextField(_("filter"), max_length=1000, blank=True, default="")

    class Meta:
        db_table = "saved_filters"
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        constraints = [models.UniqueConstraint(fields=["tenant", "user", "name"], name="filter_name_once_per_person")]

    def __str__(self):
        return self.name
