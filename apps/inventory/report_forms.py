"""What the reports of the stores may be asked for; what cannot be read asks for the usual."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.list_forms import LookForm, day_field
from apps.inventory.models import AbcClass


class ValueLookForm(LookForm):
    on = day_field(required=False)


class DaysLookForm(LookForm):
    """Of so many days back."""

    USUAL = "180"
    CHOICES = [("90", _("90 days")), ("180", _("180 days")), ("365", _("a year")), ("730", _("two years"))]

    days = forms.ChoiceField(choices=[], required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["days"].choices = self.CHOICES

    def look(self) -> dict:
        return {"days": super().look()["days"] or self.USUAL}


class UseLookForm(DaysLookForm):
    USUAL = "90"
    CHOICES = [("30", _("30 days")), ("90", _("90 days")), ("365", _("a year"))]


class ClassesLookForm(LookForm):
    SHOWS = [("", _("All")), ("changed", _("Changed")), *((value, value.upper()) for value in AbcClass.values)]

    show = forms.ChoiceField(choices=SHOWS, required=False)
