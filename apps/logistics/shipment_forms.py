"""What people may type of shipments and yard counts."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.list_forms import LookForm
from apps.logistics.models import Shipment, ShipmentStatus, YardCount
from apps.logistics.movement_forms import PressForm, SignedForm, condition_field
from apps.registry.models import Asset
from apps.registry.place_field import Places


class ShipmentsLookForm(LookForm):
    STATUSES = [("", _("Open")), *ShipmentStatus.choices, ("all", _("All"))]

    status = forms.ChoiceField(choices=STATUSES, required=False)
    q = forms.CharField(required=False, max_length=200)


class ShipmentForm(forms.ModelForm):
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Shipment
        fields = ["jms_reference", "driver_name", "vehicle", "notes"]
        widgets = {
            "jms_reference": forms.TextInput(),
            "driver_name": forms.TextInput(attrs={"autocomplete": "off"}),
            "vehicle": forms.TextInput(),
            "notes": forms.Textarea(attrs={"rows": 2}),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            self.initial["seen"] = self.instance.version

    def validate_constraints(self):
        """The service says it in words, and the database says it."""


class ScannedForm(PressForm):
    """What of a shipment leaves or has arrived: the movements that were ticked or scanned."""

    takes_photos = False  # of single things: on the page of their movement
    movement = forms.ModelMultipleChoiceField(queryset=None, required=False, widget=forms.CheckboxSelectMultiple)
    condition = condition_field()

    def prepare(self, tenant):
        self.fields["movement"].queryset = self.row.movements.filter(tenant=tenant, carried_by=None)


class LeaveForm(ScannedForm):
    gate_pass_ref = forms.CharField(label=_("Gate pass of all that has none"), max_length=40, required=False)
    take_off = forms.BooleanField(label=_("Take what serves at a station off it"), required=False)

    def prepare(self, tenant):
        super().prepare(tenant)
        if tenant.rules.agile_mode:
            del self.fields["gate_pass_ref"]


class ArriveForm(ScannedForm):
    """unexpected: assets that were scanned and are none of the shipment."""

    unexpected = forms.ModelMultipleChoiceField(queryset=None, required=False, widget=forms.MultipleHiddenInput)

    def prepare(self, tenant):
        super().prepare(tenant)
        self.fields["unexpected"].queryset = Asset.objects.for_tenant(tenant)
        place = Places(
            tenant=tenant, is_new=True, required=False, label=_("Where it is now"), empty_label=_("As planned")
        )
        self.fields["location"] = place


class ArriveSignedForm(SignedForm, ArriveForm):
    """What has arrived, and who gives it signs for it."""


class YardForm(forms.Form):
    location = None
    note = forms.CharField(label=_("Note"), max_length=500, required=False)

    def __init__(self, *args, tenant, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["location"] = Places(
            tenant=tenant, label=_("Which place, with all below it?"), empty_label=_("Choose…")
        )
        self.order_fields(["location", "note"])


class YardsLookForm(LookForm):
    STATUSES = [("", _("All")), *YardCount._meta.get_field("status").choices]

    status = forms.ChoiceField(choices=STATUSES, required=False)
