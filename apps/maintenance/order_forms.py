"""What people may type of orders, and what the lists may ask for."""

from urllib.parse import parse_qsl, urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.core.fields import sensible_day
from apps.core.list_forms import LookForm
from apps.core.models import User
from apps.maintenance.models import HoldReason, OrderStatus, Origin, Priority, WorkOrder
from apps.registry.forms import DateInput, Unit
from apps.registry.models import Asset
from apps.registry.place_field import Places

STATUSES = [("", _("Open")), *OrderStatus.choices, ("all", _("All"))]
FILTERS = ("q", "status", "origin", "priority", "hold", "overdue", "assigned_to", "asset", "location")
ANY = [("", _("Any"))]


def workers(tenant):
    """Those who may be given work: who is here, by name."""
    return User.objects.for_tenant(tenant).filter(is_active=True).order_by("display_name", "pk")


class OrdersLookForm(LookForm):
    """The filters of the list, from its address; what cannot be read filters nothing."""

    q = forms.CharField(required=False, max_length=200)
    status = forms.ChoiceField(choices=STATUSES, required=False)
    origin = forms.ChoiceField(choices=[*ANY, *Origin.choices], required=False)
    priority = forms.ChoiceField(choices=[*ANY, *Priority.choices], required=False)
    hold = forms.ChoiceField(choices=[*ANY, ("any", _("On hold")), *HoldReason.choices], required=False)
    overdue = forms.ChoiceField(choices=[*ANY, ("1", _("Overdue"))], required=False)
    assigned_to = forms.ChoiceField(required=False)
    asset = forms.ModelChoiceField(queryset=None, required=False, widget=forms.HiddenInput)

    def __init__(self, *args, tenant, people=None, **kwargs):
        super().__init__(*args, **kwargs)
        people = workers(tenant) if people is None else people
        self.fields["assigned_to"].choices = [
            ("", _now("Anybody")), ("me", _now("Me")), ("none", _now("Nobody")),
            *((str(person.pk), str(person)) for person in people),
        ]  # fmt: skip
        self.fields["asset"].queryset = Asset.objects.for_tenant(tenant)
        self.fields["location"] = Places(tenant=tenant, required=False, empty_label=_now("Any"))


class MomentInput(forms.DateTimeInput):
    """A day and a time on the plant's clock."""

    def __init__(self):
        super().__init__(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


def moment_field(label, **kwargs):
    return forms.DateTimeField(
        label=label, required=False, widget=MomentInput, validators=[sensible_day],
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], **kwargs,
    )  # fmt: skip


PLANNED = ("planned_start", "planned_end", "down_from", "down_until")


class OrderForm(forms.ModelForm):
    """What an order says. seen: the version that the person looked at, kept in the page."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = WorkOrder
        fields = [
            "title", "description", "priority", "due_date", "estimated_minutes", "planned_start", "planned_end",
            "down_from", "down_until",
        ]  # fmt: skip
        widgets = {
            "title": forms.TextInput,
            "description": forms.Textarea(attrs={"rows": 4}),
            "due_date": DateInput,
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["due_date"].validators.append(sensible_day)
        for name in PLANNED:
            self.fields[name] = moment_field(capfirst(WorkOrder._meta.get_field(name).verbose_name))
        self.fields["down_from"].help_text = _now("Empty: it did not stand still.")
        if not self.instance._state.adding:
            self.initial["seen"] = self.instance.version

    def validate_constraints(self):
        """The services say it in words, and the database says it; each of them would be a statement here."""

    def clean(self):
        found = super().clean()
        start, end = found.get("planned_start"), found.get("planned_end")
        if start and end and end < start:
            self.add_error("planned_end", _now("It cannot end before it begins."))
        return found

    @property
    def told(self) -> dict:
        """What the service is told, by name."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class NewOrderForm(OrderForm):
    """A new one, and what it is for."""

    field_order = ["asset", "station", "location", "title", "description", "origin", "priority"]

    class Meta(OrderForm.Meta):
        fields = ["origin", "station", *OrderForm.Meta.fields]

    def __init__(self, *args, tenant, may_assign, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["origin"].choices = [choice for choice in Origin.choices if choice[0] != Origin.PM]
        self.fields["origin"].initial = Origin.DEFECT
        self.fields["asset"] = Unit(
            tenant=tenant, required=False, label=_now("Asset"), help_text=_now("Its code, like P-101."),
            widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
        )  # fmt: skip
        self.fields["location"] = Places(tenant=tenant, is_new=True, required=False, label=_now("Or the place"))
        stations = WorkOrder._meta.get_field("station").related_model.objects.for_tenant(tenant)
        self.fields["station"].queryset = stations.filter(is_active=True).order_by("code")
        self.fields["station"].required = False
        self.fields["station"].label = _now("Or the station")
        self.fields["station"].empty_label = "–"
        if may_assign:
            self.fields["assigned_to"] = forms.ModelChoiceField(
                workers(tenant), label=_now("Assigned to"), empty_label="–", required=False
            )
        self.order_fields(self.field_order)

    def clean(self):
        found = super().clean()
        if not self.errors and not any(found.get(name) for name in ("asset", "location", "station")):
            raise ValidationError(_now("Say what it is for: an asset, a place or a station."))
        return found

    def order(self, tenant) -> WorkOrder:
        """The order that was described; not stored."""
        said = {name: value for name, value in self.cleaned_data.items() if name != "seen"}
        return WorkOrder(tenant=tenant, **said)


class ChosenAssignForm(forms.Form):
    """Whose the chosen orders are to be."""

    def __init__(self, *args, tenant, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["person"] = forms.ModelChoiceField(workers(tenant), label=_now("Give them to"), empty_label="–")


class SavedFilterForm(forms.Form):
    name = forms.CharField(max_length=60)
    query = forms.CharField(max_length=1000, required=False)

    def clean_query(self):
        """Only what the list knows, as it would ask for it itself."""
        try:
            asked = parse_qsl(self.cleaned_data["query"], max_num_fields=30)
        except ValueError:
            raise ValidationError(_now("That is no filter of the list.")) from None
        return urlencode([(name, value) for name, value in asked if name in FILTERS])
