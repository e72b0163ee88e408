"""What people may type on the floor; validation, never saving. Choices are the tenant's own."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.core.models import Device, Theme
from apps.core.services import lines_of
from apps.shopfloor.models import (
    CallKind,
    Job,
    ReasonGroup,
    ScrapReason,
    Station,
    StationAssignment,
    StationStatus,
    StopReason,
)
from apps.shopfloor.services.stations import active_assignment

# What stands still for a reason of these groups is idle by plan, not blocked.
PLANNED = (ReasonGroup.CHANGEOVER, ReasonGroup.PLANNED, ReasonGroup.NO_DEMAND)
NEEDS_NOTE = ("other", "unspecified")  # reasons that say nothing without one
MOST = 1_000_000


class ReasonField(forms.ModelChoiceField):
    """A reason by its code."""

    def __init__(self, **kwargs):
        super().__init__(queryset=None, to_field_name="code", **kwargs)


class FloorForm(forms.Form):
    """A form over one tenant's rows: `querysets` of choice fields are narrowed to it."""

    querysets: dict = {}
    # The station's version that the person saw; without it nothing is compared.
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, tenant, **kwargs):
        super().__init__(*args, **kwargs)
        for name, model in self.querysets.items():
            self.fields[name].queryset = model.objects.for_tenant(tenant)

    @property
    def sentence(self) -> str:
        """The first thing that is wrong, for a sheet that has no place beside the field."""
        return next((str(message) for errors in self.errors.values() for message in errors), "")


class StatusForm(FloorForm):
    querysets = {"reason": StopReason}
    status = forms.ChoiceField(choices=StationStatus.choices, required=False)
    reason = ReasonField(required=False)
    note = forms.CharField(required=False, max_length=2000)

    def clean(self):
        reason = self.cleaned_data.get("reason")
        if not self.errors and not self.cleaned_data.get("status"):
            if not reason:
                raise ValidationError(_("Choose a status or a reason."))
            is_planned = reason.group in PLANNED
            self.cleaned_data["status"] = StationStatus.IDLE if is_planned else StationStatus.BLOCKED
        if reason and reason.code in NEEDS_NOTE and not self.cleaned_data.get("note"):
            self.add_error("note", _("Write a word about what it is."))
        return self.cleaned_data


class ReportForm(FloorForm):
    """For one station's assignments; the active one where none is named."""

    querysets = {"reason": ScrapReason}
    assignment = forms.ModelChoiceField(queryset=None, required=False)
    good = forms.IntegerField(required=False, min_value=-MOST, max_value=MOST)
    pick = forms.IntegerField(required=False, min_value=1, max_value=MOST)  # a number pressed instead of typed
    scrap = forms.IntegerField(required=False, min_value=-MOST, max_value=MOST)
    reason = ReasonField(required=False)
    note = forms.CharField(required=False, max_length=2000)
    override = forms.CharField(required=False, max_length=500)

    def __init__(self, *args, station, **kwargs):
        super().__init__(*args, **kwargs)
        self.station = station
        self.fields["assignment"].queryset = StationAssignment.objects.filter(station=station)

    def clean(self):
        if pick := self.cleaned_data.pop("pick", None):
            self.cleaned_data["good"] = pick
        for name in ("good", "scrap"):
            self.cleaned_data[name] = self.cleaned_data.get(name) or 0
        if not self.errors and not self.cleaned_data["good"] and not self.cleaned_data["scrap"]:
            raise ValidationError(_("Say how many."))
        if not self.errors and not self.cleaned_data["assignment"]:
            self.cleaned_data["assignment"] = active_assignment(self.station)
            if self.cleaned_data["assignment"] is None:
                raise ValidationError(_("%s has no job; start one first.") % self.station)
        return self.cleaned_data


class AssignForm(FloorForm):
    querysets = {"job": Job}
    job = forms.ModelChoiceField(queryset=None)
    run = forms.BooleanField(required=False)
    take_off = forms.BooleanField(required=False)
    note = forms.CharField(required=False, max_length=2000)


class ReassignForm(FloorForm):
    querysets = {"to": Station}
    to = forms.ModelChoiceField(queryset=None)
    to_seen = forms.IntegerField(required=False)  # the version of the other station that the person saw
    take_off = forms.BooleanField(required=False)


class CompleteForm(FloorForm):
    querysets = {"job": Job}
    job = forms.ModelChoiceField(queryset=None, required=False)  # the one the person saw
    missing = forms.IntegerField(required=False)  # how many the person was told are missing
    fill = forms.BooleanField(required=False)
    short = forms.CharField(required=False, max_length=500)


class SeenForm(FloorForm):
    """Nothing but what the person saw."""


class CallForm(FloorForm):
    kind = forms.ChoiceField(choices=CallKind.choices)
    part = forms.CharField(required=False, max_length=200, label=_("Part"))
    qty = forms.DecimalField(
        required=False, min_value=0.001, max_digits=14, decimal_places=3, label=_("Quantity"), localize=False
    )
    note = forms.CharField(required=False, max_length=2000, label=_("Note"))


class NoteForm(FloorForm):
    """A text, photos (any number of files named `photos`), or both."""

    text = forms.CharField(required=False, max_length=2000, label=_("Note"))

    def clean(self):
        self.cleaned_data["photos"] = self.files.getlist("photos")
        if not self.errors and not self.cleaned_data["text"] and not self.cleaned_data["photos"]:
            raise ValidationError(_("Write the note first, or take a photo."))
        return self.cleaned_data


class HandOverForm(FloorForm):
    text = forms.CharField(required=False, max_length=2000)


class CorrectForm(FloorForm):
    querysets = {"reason": StopReason}
    start = forms.DateTimeField(
        label=_("From"), widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
    )
    end = forms.DateTimeField(
        label=_("To"), widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
    )
    status = forms.ChoiceField(label=_("Status"), choices=StationStatus.choices)
    reason = ReasonField(label=_("Stop reason"), required=False, empty_label=_("none"))
    note = forms.CharField(label=_("Why is it corrected?"), max_length=2000)


class ReclassifyForm(FloorForm):
    querysets = {"reason": StopReason}
    reason = ReasonField()
    note = forms.CharField(required=False, max_length=2000)


class QueueMoveForm(forms.Form):
    to = forms.ChoiceField(choices=[("up", "up"), ("down", "down"), ("top", "top")])


class ScreenForm(forms.Form):
    """A name that no other screen in use has. instead_of: the device that ends by it."""

    name = forms.CharField(max_length=80)

    def __init__(self, *args, tenant, instead_of=None, **kwargs):
        super().__init__(*args, **kwargs)
        others = Device.objects.for_tenant(tenant).filter(revoked_at=None)
        self.others = others.exclude(pk=instead_of.pk) if instead_of else others

    def clean_name(self):
        name = self.cleaned_data["name"]
        if self.others.filter(name=name).exists():
            raise ValidationError(_("Another screen has this name."))
        return name


class PairForm(ScreenForm):
    """A name for the terminal that this browser becomes, and the stations people work at from it."""

    name = forms.CharField(max_length=80, label=_("Name of the terminal"), help_text=_("Where it hangs, say."))
    stations = forms.ModelMultipleChoiceField(
        None, label=_("Its stations"), error_messages={"required": _("Choose at least one station.")}
    )

    def __init__(self, *args, tenant, **kwargs):
        super().__init__(*args, tenant=tenant, **kwargs)
        self.fields["stations"].queryset = Station.objects.for_tenant(tenant).filter(is_active=True)


class WallForm(ScreenForm):
    """A name for a wall display, the lines it shows, and its look."""

    name = forms.CharField(max_length=80, label=_("Name of the display"), help_text=_("Where it hangs, say."))
    lines = forms.MultipleChoiceField(
        label=_("Lines"),
        help_text=_("Choose none to show them all."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    theme = forms.ChoiceField(label=_("Look"), choices=Theme, initial=Theme.DARK, widget=forms.RadioSelect)

    def __init__(self, *args, tenant, **kwargs):
        super().__init__(*args, tenant=tenant, **kwargs)
        self.fields["lines"].choices = [(line, line) for line in lines_of(tenant)]
