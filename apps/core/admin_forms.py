"""What admins may type about people and about their tenant's rules."""

from dataclasses import MISSING, fields
from typing import Literal, get_args, get_origin

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core import services
from apps.core.forms import PlacesField
from apps.core.models import Tenant, User
from apps.core.roles import Role
from apps.core.tenant_settings import TenantSettings, validate_settings


class PersonForm(forms.ModelForm):
    """A person. Who signs in needs an e-mail address; a staff number alone is for shared terminals."""

    lines = forms.MultipleChoiceField(
        label=gettext_lazy("lines"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("What the person's pages show; none chosen shows all."),
    )

    locations = PlacesField(
        label=gettext_lazy("places"),
        help_text=gettext_lazy("What the person's pages show, with all below them; none chosen shows all."),
    )

    class Meta:
        model = User
        fields = ["display_name", "email", "staff_number", "role", "is_active", "lines", "locations", "labour_rate"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "lines" in self.fields:
            lines = {*services.lines_of(self.tenant), *self.instance.lines}
            self.fields["lines"].choices = [(line, line) for line in sorted(lines)]
        if "locations" in self.fields:
            self.fields["locations"].offer(services.place_names(self.tenant), self.instance.locations)

    def clean(self):
        found = super().clean()
        if not self.errors and not found.get("email") and not found.get("staff_number"):
            raise ValidationError(_("Enter an e-mail address, or a staff number for shared terminals."))
        return found


RULES = {
    "agile_mode": (
        gettext_lazy("Agile mode"),
        gettext_lazy("Fewer approvals: operators’ requests become orders at once, operators start and complete jobs."),
    ),
    "currency": (gettext_lazy("Currency"), gettext_lazy("Three letters, like EUR.")),
    "overrun_percent": (
        gettext_lazy("Overrun, %"),
        gettext_lazy("How far good units may exceed a job's quantity; at least one unit."),
    ),
    "undo_seconds": (gettext_lazy("Undo, seconds"), gettext_lazy("How long one's own press can be undone.")),
    "andon_minutes": (
        gettext_lazy("Escalation, minutes"),
        gettext_lazy("When a call nobody acknowledged climbs: up to four rising numbers, like 0, 3, 10, 15."),
    ),
    "max_run_hours_per_day": (gettext_lazy("Most run hours a day"), ""),
    "daily_log_days": (gettext_lazy("Daily logs, days back"), gettext_lazy("Older ones only a manager enters.")),
    "defect_on_machine_block": (
        gettext_lazy("Blocked by the machine"),
        gettext_lazy("Whether a service request is offered, made at once, or neither."),
    ),
    "labour_rate": (gettext_lazy("Labour rate per hour"), ""),
    "public_reports": (
        gettext_lazy("Public reports"),
        gettext_lazy("Whoever scans an asset's code may report a problem without signing in."),
    ),
    "second_factor_roles": (gettext_lazy("Second factor"), gettext_lazy("Roles that sign in with a second factor.")),
}
WORDS = {
    "offer": gettext_lazy("Offer a request"),
    "create": gettext_lazy("Make a request"),
    "off": gettext_lazy("Neither"),
}


class NumbersField(forms.CharField):
    """Numbers with commas between, as a list."""

    def prepare_value(self, value):
        return ", ".join(f"{number:g}" for number in value) if isinstance(value, list) else value

    def to_python(self, value):
        try:
            numbers = [float(word) for word in super().to_python(value).replace(";", ",").split(",") if word.strip()]
        except ValueError:
            raise ValidationError(_("Write numbers with commas between.")) from None
        return [int(number) if number.is_integer() else number for number in numbers]


def _field_of(rule) -> forms.Field:
    label, help_text = RULES[rule.name]
    words = {"label": label, "help_text": help_text, "required": False}
    if rule.type is bool:
        return forms.BooleanField(**words)
    if get_origin(rule.type) is Literal:
        return forms.ChoiceField(**words, choices=[(value, WORDS[value]) for value in get_args(rule.type)])
    if rule.name == "second_factor_roles":
        return forms.MultipleChoiceField(**words, choices=Role.choices, widget=forms.CheckboxSelectMultiple)
    if rule.name == "andon_minutes":
        return NumbersField(**words)
    if rule.type is int:
        return forms.IntegerField(**words, min_value=0)
    if rule.type is float:
        return forms.FloatField(**words, min_value=0)
    return forms.CharField(**words, max_length=3)


class TenantForm(forms.ModelForm):
    """A tenant's name, hours and rules: a field for each of TenantSettings; left empty, it has its default."""

    class Meta:
        model = Tenant
        fields = ["name", "slug", "timezone"]

    for rule in fields(TenantSettings):
        locals()[f"rule_{rule.name}"] = _field_of(rule)
    del rule

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        rules = self.instance.rules
        for rule in fields(TenantSettings):
            if f"rule_{rule.name}" in self.fields:
                self.initial.setdefault(f"rule_{rule.name}", getattr(rules, rule.name))

    def clean(self):
        found = super().clean()
        settings = {}
        for rule in fields(TenantSettings):
            default = rule.default if rule.default is not MISSING else rule.default_factory()
            value = found.get(f"rule_{rule.name}")
            if value in (None, "") or (value == [] and rule.name == "andon_minutes"):
                value = default
            if rule.type is float and isinstance(value, float) and value.is_integer():
                value = int(value)
            if value != default:
                settings[rule.name] = value
        if not self.errors:
            validate_settings(settings)
        self.instance.settings = settings
        return found
