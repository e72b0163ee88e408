"""What people may type of movements: looking for them, preparing them, and each thing that is done to one."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.core.errors import BrokenRule
from apps.core.fields import sensible_day
from apps.core.list_forms import LookForm
from apps.logistics.models import MovementStatus, Shipment, ShipmentStatus
from apps.registry.models import Asset
from apps.registry.place_field import Places
from apps.registry.scanning import called, holder, token_in

MOST_PHOTOS = 4
MOST_PREPARED = 200  # assets in one preparation


class MovementsLookForm(LookForm):
    WHICH = [
        ("", _("Open")),
        ("planned", _("Planned")),
        ("in_transit", _("In transit")),
        ("out", _("To come back")),
        ("overdue", _("Overdue")),
        ("received", _("Received")),
        ("lost", _("Lost")),
        ("cancelled", _("Cancelled")),
        ("all", _("All")),
    ]

    which = forms.ChoiceField(choices=WHICH, required=False)
    q = forms.CharField(required=False, max_length=200)
    asset = forms.ModelChoiceField(queryset=None, required=False, widget=forms.HiddenInput)

    def __init__(self, *args, tenant, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["asset"].queryset = Asset.objects.for_tenant(tenant)
        self.fields["location"] = Places(tenant=tenant, required=False, empty_label=_("Any"))


def pressed(request):
    """The asset that a scanned `code` means, which a press sends. Raises BrokenRule where that is none, or several."""
    try:
        return scanned(request.tenant, request.POST.get("code", "")[:500])
    except ValidationError as refused:
        raise BrokenRule(refused.messages[0]) from None


def scanned(tenant, text):
    """The asset that a scanned label or a typed code means. Raises ValidationError where that is none, or several."""
    text = text.replace("\x00", "").strip()
    if identity := holder(tenant, token_in(text)):
        return identity.asset
    found = called(tenant, text)
    if len(found) > 1:
        raise ValidationError(_("Several machines have this code; scan the label."))
    if not found:
        raise ValidationError(_("Nothing has the code “%s”.") % text[:60])
    return found[0].asset


def day_field(label, **kwargs):
    return forms.DateField(
        label=label, required=False, validators=[sensible_day], widget=forms.DateInput(attrs={"type": "date"}), **kwargs
    )


def shipments_to_load(tenant):
    return Shipment.objects.for_tenant(tenant).filter(status=ShipmentStatus.PLANNED).order_by("jms_reference", "pk")


class PlanForm(forms.Form):
    """Where assets are to go. assets: those that were scanned so far."""

    to_location = None
    returnable = forms.BooleanField(label=_("It comes back"), required=False)
    expected_return = day_field(_("Expected back"))
    shipment = forms.ModelChoiceField(
        Shipment.objects.none(), label=_("On the shipment"), required=False, empty_label=_("None")
    )
    notes = forms.CharField(label=_("Notes"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args, tenant, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["to_location"] = Places(tenant=tenant, is_new=True, label=_("Where to"), empty_label=_("Choose…"))
        self.fields["shipment"].queryset = shipments_to_load(tenant)
        self.order_fields(["to_location", "returnable", "expected_return", "shipment", "notes"])


class ActForm(forms.Form):
    """Something done to a row. seen: the version that the person saw; without it nothing is compared.

    is_queued: without a signal the phone keeps it and sends it later.
    """

    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)
    takes_photos = is_queued = False

    def __init__(self, *args, row, **kwargs):
        super().__init__(*args, **kwargs)
        self.row = row
        self.initial.setdefault("seen", row.version)
        self.prepare(row.tenant)

    def prepare(self, tenant):
        """What the fields offer depends on the row."""

    def clean(self):
        found = super().clean()
        found["photos"] = self.files.getlist("photos") if self.takes_photos and self.files else []
        if len(found["photos"]) > MOST_PHOTOS:
            words = ngettext("At most %d photo goes with it.", "At most %d photos go with it.", MOST_PHOTOS)
            raise ValidationError(words % MOST_PHOTOS)
        return found


class PressForm(ActForm):
    """A press on the phone. occurred_at: when it was pressed, where it was sent later."""

    occurred_at = forms.DateTimeField(required=False, widget=forms.HiddenInput)
    takes_photos = is_queued = True


def condition_field():
    return forms.CharField(
        label=_("Condition"), max_length=500, required=False, help_text=_("What is damaged or missing, if anything."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip


def condition_of(row) -> str:
    """What was noted of the end that comes next, or came last."""
    return row.condition_out if row.status == MovementStatus.PLANNED else row.condition_in


class DispatchForm(PressForm):
    gate_pass_ref = forms.CharField(label=_("Gate pass"), max_length=40, required=False)
    condition = condition_field()
    take_off = forms.BooleanField(label=_("Take it off its station"), required=False)

    def prepare(self, tenant):
        self.initial.setdefault("condition", condition_of(self.row))
        if getattr(self.row, "gate_pass_ref", "") or tenant.rules.agile_mode:
            del self.fields["gate_pass_ref"]


class ReceiveForm(PressForm):
    condition = condition_field()

    def prepare(self, tenant):
        place = Places(
            tenant=tenant, is_new=True, required=False, label=_("Where it is now"), empty_label=_("As planned")
        )
        self.fields["location"] = place
        self.initial.setdefault("condition", condition_of(self.row))
        self.order_fields(["condition", "location"])


class ConditionForm(PressForm):
    """What it looks like. next: the page that the person came from."""

    condition = condition_field()
    next = forms.CharField(required=False, max_length=100_000, widget=forms.HiddenInput)

    def prepare(self, tenant):
        self.initial.setdefault("condition", condition_of(self.row))


class SignedForm(forms.Form):
    """Who gives it signs on the screen. signature: a picture, as the page draws it."""

    signer_name = forms.CharField(label=_("Name of who gives it"), max_length=120)
    signature = forms.FileField(  # what it is, and how large, is looked at where all files are
        label=_("Signature"), widget=forms.FileInput(attrs={"accept": "image/*", "data-again": _("Sign anew")})
    )


class SignForm(SignedForm, ReceiveForm):
    is_queued = False  # whoever signs waits until it is written

    def prepare(self, tenant):
        super().prepare(tenant)
        self.order_fields(["signer_name", "signature", "condition", "location"])


class ReasonForm(ActForm):
    reason = forms.CharField(label=_("Why?"), max_length=500)


class GiveUpForm(ActForm):
    reason = forms.CharField(label=_("Why?"), max_length=500, required=False)


class ReturnForm(ActForm):
    notes = forms.CharField(label=_("Notes"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def prepare(self, tenant):
        place = Places(
            tenant=tenant, is_new=True, required=False, label=_("Where to"), empty_label=_("Where it left from")
        )
        self.fields["to_location"] = place
        self.order_fields(["to_location", "notes"])


class ChangeForm(ActForm):
    """A planned movement; of one that has left only the day on which it is expected back."""

    def prepare(self, tenant):
        row = self.row
        if row.status == MovementStatus.PLANNED:
            self.fields["to_location"] = Places(tenant=tenant, is_new=True, label=_("Where to"), empty_label=None)
            self.fields["returnable"] = forms.BooleanField(label=_("It comes back"), required=False)
        self.fields["expected_return"] = day_field(_("Expected back"))
        if row.status == MovementStatus.PLANNED:
            self.fields["shipment"] = forms.ModelChoiceField(
                shipments_to_load(tenant), label=_("On the shipment"), required=False, empty_label=_("None")
            )
            self.fields["notes"] = forms.CharField(
                label=_("Notes"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
            )
        for name in self.fields.keys() - {"seen"}:
            self.initial.setdefault(name, getattr(row, f"{name}_id", getattr(row, name)))


class PassForm(ActForm):
    number = forms.CharField(
        label=_("Number"), max_length=40, required=False, help_text=_("Of a book of passes; empty: the next of ours.")
    )
    bearer = forms.CharField(label=_("Bearer"), max_length=120, required=False)
    vehicle = forms.CharField(label=_("Vehicle"), max_length=120, required=False)
    valid_until = day_field(_("Valid until"), help_text=_("Empty: seven days from today."))

    def prepare(self, tenant):
        if getattr(self.row, "gate_pass_ref", ""):  # (a shipment has none of its own)
            del self.fields["number"]
