"""What people may type of schedules, and what their list may ask for."""

from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.core.fields import sensible_day
from apps.core.list_forms import LookForm
from apps.inventory import queries as stores
from apps.inventory.planning_forms import quantity_field
from apps.maintenance.models import PmSchedule, TaskKind
from apps.registry.forms import DateInput, Unit
from apps.registry.meter_forms import number as meter_value
from apps.registry.models import Asset, Meter
from apps.registry.place_field import Places

STATES = [
    ("", _("In use")),
    ("due", _("Due")),
    ("open", _("With an open order")),
    ("off", _("Out of use")),
    ("all", _("All")),
]
MOST_ROWS, SPARE = 200, 3


class SchedulesLookForm(LookForm):
    """The filters of the list, from its address; what cannot be read filters nothing."""

    q = forms.CharField(required=False, max_length=200)
    state = forms.ChoiceField(choices=STATES, required=False)
    asset = forms.ModelChoiceField(queryset=None, required=False, widget=forms.HiddenInput)

    def __init__(self, *args, tenant, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["asset"].queryset = Asset.objects.for_tenant(tenant)
        self.fields["location"] = Places(tenant=tenant, required=False, empty_label=_now("Any"))


class ScheduleForm(forms.ModelForm):
    """What is asked for; its tasks and parts are rows of their own (TaskRows, PartRows)."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = PmSchedule
        fields = [
            "name", "interval_days", "interval_months", "interval_meter", "meter", "anchor", "lead_days", "lead_meter",
            "grace_days", "grace_meter", "suppressed_by_schedule", "priority", "estimated_minutes", "first_due_date",
            "first_due_meter", "last_performed_date", "last_performed_meter", "is_active",
        ]  # fmt: skip
        widgets = {"name": forms.TextInput, "first_due_date": DateInput, "last_performed_date": DateInput}
        help_texts = {
            "suppressed_by_schedule": _("A longer one of the same asset: where both are due, its order does both."),
            "first_due_date": _("Of one that was never done. Empty: one interval from today."),
            "is_active": _("Switched off, it makes no orders."),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        row = self.instance
        if row._state.adding:
            self.fields["asset"] = Unit(
                tenant=row.tenant, label=_now("Asset"), help_text=_now("Its code, like P-101."),
                widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
            )  # fmt: skip
            self.order_fields(["asset"])
        else:
            self.initial["seen"] = row.version
        self.fields["last_performed_date"].validators.append(sensible_day)
        for name, field in self.fields.items():
            if isinstance(field, forms.DecimalField) and self.initial.get(name) is not None:
                self.initial[name] = f"{Decimal(self.initial[name]).normalize():f}"
        others = PmSchedule.objects.for_tenant(row.tenant_id).filter(asset=self._asset()).exclude(pk=row.pk)
        self.fields["suppressed_by_schedule"].queryset = others.order_by("name", "pk")
        self.fields["suppressed_by_schedule"].empty_label = "–"

    def _asset(self):
        """Whose schedule it is: of a new one, as far as it was said."""
        if not self.instance._state.adding:
            return self.instance.asset
        try:
            return self.fields["asset"].clean(self["asset"].value())
        except ValidationError:
            return None


class TaskRow(forms.Form):
    """A step of each of its orders; a row without a description is none."""

    description = forms.CharField(label=_("What is to be done"), max_length=500, required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=TaskKind.choices, initial=TaskKind.CHECK, required=False)
    unit = forms.CharField(label=_("Unit"), max_length=20, required=False)
    min = meter_value(_("From"), required=False, min_value=None)
    max = meter_value(_("To"), required=False, min_value=None)
    meter = forms.ChoiceField(label=_("Meter"), choices=Meter.choices, initial=Meter.RUN_HOURS, required=False)
    is_mandatory = forms.BooleanField(label=_("Mandatory"), required=False, initial=True)

    def clean(self):
        found = super().clean()
        low, high = found.get("min"), found.get("max")
        if low is not None and high is not None and high < low:
            self.add_error("max", _now("It ends before it begins: from the lower to the higher."))
        return found

    @property
    def stored(self) -> dict | None:
        """As the schedule keeps it; None for an empty row."""
        said = self.cleaned_data
        if not said.get("description"):
            return None
        kind = said["kind"] or TaskKind.CHECK
        task = {"description": said["description"], "kind": kind, "is_mandatory": said["is_mandatory"]}
        if kind in (TaskKind.NUMBER, TaskKind.METER):
            limits = {name: said[name] for name in ("min", "max")}
            task |= {"unit": said["unit"]} | {name: float(value) for name, value in limits.items() if value is not None}
        if kind == TaskKind.METER:
            task["meter"] = said["meter"] or Meter.RUN_HOURS
        return task


class PartRow(forms.Form):
    """A part that each of its orders needs; a row without a SKU is none."""

    sku = forms.CharField(label=_("SKU"), max_length=60, required=False)
    quantity = quantity_field(label=_("Quantity"), required=False, initial=1)

    def __init__(self, *args, tenant, **kwargs):
        super().__init__(*args, **kwargs)
        self.tenant = tenant

    def clean(self):
        found = super().clean()
        if sku := found.get("sku"):
            part = stores.find_part(self.tenant, sku)
            if part is None:
                self.add_error("sku", _now("No part has the code “%s”.") % sku)
            elif not found.get("quantity"):
                self.add_error("quantity", _now("Say how many."))
            else:
                found["sku"] = part.sku
        return found

    @property
    def stored(self) -> dict | None:
        said = self.cleaned_data
        return {"sku": said["sku"], "quantity": float(said["quantity"])} if said.get("sku") else None


TaskRows = forms.formset_factory(TaskRow, extra=SPARE, max_num=MOST_ROWS, absolute_max=MOST_ROWS, validate_max=True)
PartRows = forms.formset_factory(PartRow, extra=SPARE, max_num=MOST_ROWS, absolute_max=MOST_ROWS, validate_max=True)


def stored_rows(rows) -> list[dict]:
    """The rows of a valid formset as the schedule keeps them, without the empty ones."""
    return [stored for form in rows.forms if (stored := form.stored)]
