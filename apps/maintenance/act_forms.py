"""What people may type where they act on an order. Each form's `told` is what its service is told, by name.

seen: the version of the order that the person looked at. occurred_at: when it happened, of what a phone kept while there
was no signal; what was done meanwhile on that phone has moved the order, so that its own `seen` says nothing then.
"""

from datetime import timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.core.errors import BrokenRule
from apps.core.fields import sensible_day
from apps.core.roles import Role
from apps.core.uploads import store_upload
from apps.inventory import queries as stores
from apps.inventory.models import Wallet
from apps.inventory.services.moving import exact
from apps.inventory.stock_forms import Warehouses, bin_field, number
from apps.maintenance.models import (
    CostKind,
    FailureCode,
    FailureKind,
    HoldReason,
    Outcome,
    TaskKind,
    TaskResult,
)
from apps.maintenance.order_forms import moment_field, workers
from apps.registry.meter_forms import number as meter_value
from apps.registry.models import Meter

MOST_PHOTOS = 4
CLOCKS = timedelta(minutes=5)  # by which a phone's clock may be ahead


class Moment(forms.DateTimeField):
    """When something happened, as a phone says it: ISO 8601. What its clock has ahead of ours is now."""

    def __init__(self):
        super().__init__(required=False, widget=forms.HiddenInput, validators=[sensible_day])

    def clean(self, value):
        moment, now = super().clean(value), timezone.now()
        return now if moment and now < moment <= now + CLOCKS else moment


class ActForm(forms.Form):
    """Of an order, by the person of a request; row: what of the order it is about."""

    is_dated = False  # whether it may have happened a while ago, while there was no signal
    takes_photos = False
    starts: tuple = ()  # what the address may begin it with

    def __init__(self, *args, order, request, row=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.order, self.request, self.person, self.row, self.asks = order, request, request.user, row, ""
        self.auto_id = f"{type(self).__name__}-{row.pk if row else order.pk}-%s"
        if self.is_dated:
            self.fields["occurred_at"] = Moment()
        self.prepare(order.tenant)

    def prepare(self, tenant):
        """Add the fields whose choices are the tenant's or the order's."""

    @property
    def at(self):
        return self.cleaned_data.get("occurred_at")

    @property
    def told(self) -> dict:
        told = {name: value for name, value in self.cleaned_data.items() if name not in ("occurred_at", "photos")}
        if "seen" in self.fields and self.at:
            told["seen"] = None
        return told | ({"at": self.at} if self.is_dated else {})

    def stored_photos(self) -> list:
        """The photos that came along, as Attachments that belong to nothing yet."""
        files = self.files.getlist("photos") if self.files else []
        if len(files) > MOST_PHOTOS:
            raise BrokenRule(_now("At most %d photos at once.") % MOST_PHOTOS)
        return [store_upload(file, tenant=self.order.tenant, by=self.person) for file in files]


class SeenForm(ActForm):
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, order, **kwargs):
        super().__init__(*args, order=order, **kwargs)
        self.initial["seen"] = order.version


def why(**kwargs):
    return forms.CharField(label=_("Why"), max_length=500, **kwargs)


# -- its life -----------------------------------------------------------------------------------------------------------


class StartForm(SeenForm):
    is_dated = True
    reason = why(required=False, help_text=_("Only for an asset in transit."))


class HoldForm(SeenForm):
    is_dated = True
    hold_reason = forms.ChoiceField(
        label=_("Why"),
        choices=[choice for choice in HoldReason.choices if choice[0] != HoldReason.REVIEW],
        widget=forms.RadioSelect,
    )


class ResumeForm(SeenForm):
    is_dated = True


class ReturnForm(SeenForm):
    reason = why(required=False, help_text=_("Needed once something is booked, or where somebody else began."))


class ReasonForm(SeenForm):
    reason = why()


class AssignForm(SeenForm):
    def prepare(self, tenant):
        self.fields["person"] = forms.ModelChoiceField(
            workers(tenant), label=_now("Whose it is"), empty_label=_now("Nobody's"), required=False,
            initial=self.order.assigned_to_id,
        )  # fmt: skip


class FinishForm(SeenForm):
    is_dated = True
    performed_at = moment_field(_("Done at"), help_text=_("Empty: now."))
    down_until = moment_field(_("It runs again since"), help_text=_("Empty: since the work was done."))

    def prepare(self, tenant):
        if self.order.down_from is None or self.order.down_until:
            del self.fields["down_until"]


class Code(forms.TypedChoiceField):
    """A failure code of those that were read; none of them: None."""

    def __init__(self, codes, **kwargs):
        known = {str(code.pk): code for code in codes}
        choices = [("", "–"), *((key, code.name) for key, code in known.items())]
        super().__init__(choices=choices, coerce=known.get, empty_value=None, required=False, **kwargs)


class CloseForm(SeenForm):
    """Done or not; the codes of a repair, of which one press may give all three: `codes`, their keys with a + between."""

    is_dated = True
    outcome = forms.ChoiceField(
        label=_("Outcome"), choices=Outcome.choices, initial=Outcome.DONE, widget=forms.RadioSelect
    )
    codes = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)
    reason = why(required=False, help_text=_("Needed where it was not done."))
    performed_at = moment_field(_("Done at"), help_text=_("Empty: now, or when it was finished."))

    def prepare(self, tenant):
        order, schedule, self.codes = self.order, self.order.pm_schedule, []
        if schedule is None:
            codes = FailureCode.objects.for_tenant(tenant).filter(is_active=True).order_by("name", "pk")
            self.codes = list(codes)
            for kind in FailureKind:
                self.fields[kind.value] = Code(
                    [code for code in self.codes if code.kind == kind], label=kind.label,
                    initial=getattr(order, f"{kind.value}_id"),
                )  # fmt: skip
        else:
            del self.fields["codes"]
        if schedule is not None and schedule.interval_meter:
            self.fields["meter_reading"] = meter_value(
                _now("%s shows") % schedule.get_meter_display(), required=False, help_text=_now("Empty: as read last.")
            )
        if self.person.is_at_least(Role.SUPERVISOR):
            self.fields["end_timers_of_others"] = forms.BooleanField(
                label=_now("End the time of others that still runs"), required=False
            )

    @property
    def code_fields(self) -> list:
        return [self[kind.value] for kind in FailureKind if kind.value in self.fields]

    @property
    def said_seldom(self) -> list:
        return [self["reason"], self["performed_at"]]

    def clean_codes(self):
        """The codes that one press gives, by kind."""
        keys = [key for key in self.cleaned_data["codes"].split("+") if key]
        found = {}
        for kind, key in zip(FailureKind, keys, strict=False):
            try:
                found[kind.value] = self.fields[kind.value].clean(key)
            except ValidationError:
                raise ValidationError(_now("That code is not in use any more; choose another.")) from None
        return found

    def clean(self):
        found = super().clean()
        for kind, code in (found.pop("codes", None) or {}).items():
            found[kind] = found.get(kind) or code
        return found


# -- its tasks ----------------------------------------------------------------------------------------------------------


class ResultForm(ActForm):
    """sure: the very value about which the person was asked whether it is right. answer: that which the page shows."""

    is_dated, takes_photos = True, True
    result = forms.ChoiceField(choices=TaskResult.choices, required=False)
    value = forms.CharField(required=False, max_length=2000)
    comment = forms.CharField(label=_("Comment"), required=False, max_length=2000)
    sure = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)
    answer = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def prepare(self, tenant):
        self.fields["value"].label = self.row.unit or self.row.get_kind_display()
        self.fields["answer"].initial = self.row.answer

    @property
    def told(self) -> dict:
        told = super().told
        sure, answer = told.pop("sure"), told.pop("answer")
        told["result"] = told["result"] or TaskResult.INPUT
        is_compared = "answer" in self.data  # (empty: the page shows that there is none)
        return told | {"confirmed": bool(sure) and sure == told["value"], "seen": answer if is_compared else None}


class WaiveForm(ActForm):
    reason = why()


class TaskForm(ActForm):
    """A further step."""

    description = forms.CharField(label=_("What is to be done"), max_length=500)
    kind = forms.ChoiceField(label=_("Kind"), choices=TaskKind.choices, initial=TaskKind.CHECK)
    is_mandatory = forms.BooleanField(label=_("Mandatory"), required=False, initial=True)
    unit = forms.CharField(label=_("Unit"), max_length=20, required=False)
    min = meter_value(_("From"), required=False, min_value=None)
    max = meter_value(_("To"), required=False, min_value=None)
    meter = forms.ChoiceField(label=_("Meter"), choices=Meter.choices, initial=Meter.RUN_HOURS)

    def clean(self):
        found = super().clean()
        low, high = found.get("min"), found.get("max")
        if low is not None and high is not None and high < low:
            self.add_error("max", _now("It ends before it begins: from the lower to the higher."))
        return found


class MoveForm(ActForm):
    """A place up or down."""

    step = forms.TypedChoiceField(label=_("Where to"), choices=[(-1, _("Up")), (1, _("Down"))], coerce=int)


# -- time, parts, costs, words ------------------------------------------------------------------------------------------


class DatedForm(ActForm):
    is_dated = True


class StopForm(DatedForm):
    minutes = forms.IntegerField(
        label=_("Minutes"), min_value=1, max_value=24 * 60, required=False, help_text=_("Empty: as long as it ran.")
    )


class MinutesForm(DatedForm):
    minutes = forms.IntegerField(label=_("Minutes"), min_value=1, max_value=24 * 60)
    note = forms.CharField(label=_("Note"), max_length=500, required=False)


class OthersMinutesForm(MinutesForm):
    """Those of anybody, for supervisors."""

    def prepare(self, tenant):
        self.fields["user"] = forms.ModelChoiceField(
            workers(tenant), label=_now("Who"), empty_label=None, initial=self.person.pk, required=False
        )


class PartForm(ActForm):
    quantity = number(_("Quantity"), initial=1)

    def clean_quantity(self):
        try:
            return exact(self.cleaned_data["quantity"])
        except BrokenRule as refused:
            raise ValidationError(str(refused)) from None


class Held(forms.ModelChoiceField):
    """A part that somebody carries."""

    def __init__(self, person, rows, **kwargs):
        super().__init__(rows.select_related("part", "user").order_by("part__sku", "pk"), empty_label=None, **kwargs)
        self.person = person
        self.choices = [(wallet.pk, self.label_from_instance(wallet)) for wallet in self.queryset]

    def label_from_instance(self, wallet):
        words = f"{wallet.part.sku} {wallet.part.name} ({wallet.part.amount(wallet.qty_held)})"
        return words if wallet.user_id == self.person.pk else f"{words} · {wallet.user}"


class UseForm(PartForm):
    """From the own wallet; a supervisor's offers that of whose order it is, too."""

    is_dated = True

    def prepare(self, tenant):
        whose = {self.person.pk}
        if self.person.is_at_least(Role.SUPERVISOR):
            whose |= {self.order.assigned_to_id} - {None}
        rows = Wallet.objects.for_tenant(tenant).filter(user__in=whose, qty_held__gt=0)
        self.fields["held"] = Held(self.person, rows, label=_now("From my wallet"))
        self.order_fields(["held", "quantity"])

    @property
    def told(self) -> dict:
        held = self.cleaned_data["held"]
        return {"part": held.part, "user": held.user, "quantity": self.cleaned_data["quantity"], "at": self.at}


class CodeForm(PartForm):
    """A part by what was scanned or typed."""

    starts = ("part", "quantity", "warehouse")
    part = forms.CharField(
        label=_("Part"), max_length=500, help_text=_("Its SKU or barcode."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )  # fmt: skip

    def clean_part(self):
        part = stores.find_part(self.order.tenant, self.cleaned_data["part"])
        if part is None:
            raise ValidationError(_now("No part has the code “%s”.") % self.cleaned_data["part"])
        return part


class TakeForm(CodeForm):
    """From a warehouse."""

    is_dated = True

    def prepare(self, tenant):
        self.fields["warehouse"] = Warehouses(tenant, _now("From the warehouse"))
        self.fields["bin"] = bin_field(_now("Bin"))
        self.order_fields(["part", "quantity", "warehouse", "bin"])

    @property
    def told(self) -> dict:
        said = {name: self.cleaned_data[name] for name in ("part", "quantity", "warehouse")}
        return said | {"bin": self.cleaned_data["bin"] or None, "at": self.at}


class NeedForm(CodeForm):
    """What is kept for the order."""

    def prepare(self, tenant):
        self.fields["warehouse"] = Warehouses(tenant, _now("In the warehouse"), required=False)
        self.order_fields(["part", "quantity", "warehouse"])


class CostForm(ActForm):
    kind = forms.ChoiceField(label=_("Kind"), choices=CostKind.choices)
    amount = forms.DecimalField(
        label=_("Amount"), max_digits=14, decimal_places=2, help_text=_("A credit note is negative."),
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
    )  # fmt: skip
    supplier = forms.CharField(label=_("Supplier"), max_length=200, required=False)
    reference = forms.CharField(label=_("Reference"), max_length=100, required=False)


class CommentForm(DatedForm):
    takes_photos = True
    text = forms.CharField(
        label=_("Comment"), max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
