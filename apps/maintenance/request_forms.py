"""What people may type of what they report, and of what becomes of it."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.core.list_forms import LookForm
from apps.core.models import User
from apps.core.roles import Role
from apps.maintenance.models import Priority, RequestStatus, ServiceRequest, WorkOrder
from apps.registry.models import Asset, Location
from apps.registry.place_field import Places
from apps.registry.scanning import called

MOST_PHOTOS = 4
MOST_MINUTES = 24 * 60
Station = ServiceRequest._meta.get_field("station").related_model
SUBJECTS: dict = {"asset": Asset, "station": Station, "location": Location}


class RequestsLookForm(LookForm):
    STATUSES = [("", _("All")), *RequestStatus.choices]
    WHOSE = [("mine", _("Mine")), ("all", _("Everybody's"))]

    q = forms.CharField(required=False, max_length=200)
    status = forms.ChoiceField(choices=STATUSES, required=False)
    whose = forms.ChoiceField(choices=WHOSE, required=False)
    urgency = forms.ChoiceField(choices=[("", ""), *Priority.choices], required=False)

    def __init__(self, *args, tenant, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["location"] = Places(tenant=tenant, required=False, empty_label=_("Any"))


class WordsForm(forms.Form):
    """What is wrong, in words or in photos: a photo alone says enough."""

    description = forms.CharField(
        label=_("What is wrong?"), max_length=5000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    most_photos = MOST_PHOTOS

    def clean(self):
        found = super().clean()
        found["photos"] = self.files.getlist("photos") if self.files else []
        if len(found["photos"]) > self.most_photos:
            most = ngettext(
                "At most %d photo goes with a report.", "At most %d photos go with a report.", self.most_photos
            )
            self.add_error(None, most % self.most_photos)
        if not self.errors and not found["description"]:
            if not found["photos"]:
                self.add_error("description", _("Write what is wrong, or take a photo."))
            found["description"] = str(_("See the photo."))
        return found


class PublicForm(WordsForm):
    """What somebody without an account may say."""

    name = forms.CharField(
        label=_("Your name"), max_length=100, required=False, help_text=_("So that people know whom to ask."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )  # fmt: skip
    most_photos = 1

    field_order = ["description", "name"]


class ReportForm(WordsForm):
    """A new request. What it is about comes along; where it does not, the person says it."""

    urgency = forms.ChoiceField(
        label=_("How urgent is it?"), choices=Priority.choices, initial=Priority.NORMAL, widget=forms.RadioSelect
    )
    is_down = forms.BooleanField(label=_("It stands because of this"), required=False)
    occurred_at = forms.DateTimeField(required=False, widget=forms.HiddenInput)  # of what was sent later than pressed

    def __init__(self, *args, tenant, subject, **kwargs):
        super().__init__(*args, **kwargs)
        self.tenant, self.subject = tenant, subject
        for name, model in SUBJECTS.items():
            rows = model.objects.for_tenant(tenant)
            self.fields[name] = forms.ModelChoiceField(rows, required=False, widget=forms.HiddenInput)
            self.initial[name] = subject.get(name)
        if not subject:
            self.fields["location"] = Places(tenant=tenant, required=False, is_new=True, label=_("Or which place?"))
            self.fields["code"] = forms.CharField(
                label=_("Which machine or station?"), help_text=_("Its code."), max_length=60, required=False,
                widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
            )  # fmt: skip
        self.order_fields(["code", "location", "description", "urgency", "is_down"])

    def clean_code(self):
        code = self.cleaned_data["code"].strip()
        if not code:
            return {}
        if found := called(self.tenant, code):
            if len(found) > 1:
                raise ValidationError(_("Several machines have this code; scan the label."))
            return {"asset": found[0].asset}
        if station := Station.objects.for_tenant(self.tenant).filter(code__iexact=code).first():
            return {"station": station}
        raise ValidationError(_("No machine or station has the code “%s”.") % code)

    def clean(self):
        found = super().clean()
        found["subject"] = {name: found[name] for name in SUBJECTS if found.get(name)} | (found.pop("code", None) or {})
        if not self.errors and not found["subject"]:
            self.add_error(None, _("Say what it is about: a machine, a station or a place."))
        return found


class SeenForm(forms.Form):
    """The version that the person saw; without it nothing is compared."""

    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)


class PressForm(SeenForm):
    """A press on the phone. occurred_at: when it was pressed, where it was sent later."""

    occurred_at = forms.DateTimeField(required=False)


class StopForm(PressForm):
    minutes = forms.IntegerField(
        label=_("How many minutes was it?"), min_value=1, max_value=MOST_MINUTES, required=False
    )


class ConvertForm(SeenForm):
    """people: what to choose from, where many of these forms are shown at once and the people are read already."""

    priority = forms.ChoiceField(label=_("Priority"), choices=Priority.choices)
    assigned_to = forms.ModelChoiceField(
        User.objects.none(), label=_("Whose it is"), required=False, empty_label=_("Nobody's yet")
    )
    title = forms.CharField(label=_("Title"), max_length=200, required=False)

    def __init__(self, *args, tenant, people=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["assigned_to"].queryset = workers(tenant)
        if people is not None:
            self.fields["assigned_to"].choices = [("", _("Nobody's yet")), *((row.pk, str(row)) for row in people)]


def workers(tenant):
    """Who may be given an order."""
    people = User.objects.for_tenant(tenant).filter(is_active=True).exclude(role=Role.OPERATOR)
    return people.order_by("display_name", "pk")


class RejectForm(SeenForm):
    reason = forms.CharField(label=_("Why not?"), max_length=500)


class OrderField(forms.ModelChoiceField):
    """An open order, by its number."""

    def __init__(self, **kwargs):
        super().__init__(WorkOrder.objects.none(), to_field_name="number", empty_label=None, **kwargs)

    def label_from_instance(self, order):
        return f"{order.number} {order.title}"


class MergeForm(SeenForm):
    """orders: those that it may be put to. shown: the same, where they are read already."""

    work_order = OrderField(
        label=_("Into the order"),
        error_messages={"invalid_choice": _("This order is not open any more, or is about something else.")},
    )

    def __init__(self, *args, orders, shown=None, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["work_order"]
        field.queryset = orders
        if shown is not None:
            field.choices = [(order.number, field.label_from_instance(order)) for order in shown]
