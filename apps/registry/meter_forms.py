"""What people may type of meters."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.registry.models import Meter, ReadingKind

NUMBER = {"max_digits": 14, "decimal_places": 4, "min_value": 0}


def number(label, **kwargs):
    field = forms.DecimalField(label=label, **(NUMBER | kwargs))
    field.widget.attrs |= {"inputmode": "decimal", "step": "any"}
    return field


class Confirms(forms.Form):
    """`sure` is the very value that the person was asked about: with another one it is asked anew."""

    sure = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    @property
    def is_confirmed(self) -> bool:
        return self.cleaned_data["sure"] == str(self.cleaned_data["value"])


class WhenField(forms.DateTimeField):
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class ReadingForm(Confirms):
    meter = forms.ChoiceField(label=_("Meter"), choices=Meter.choices)
    kind = forms.ChoiceField(
        label=_("What is it?"),
        choices=[(ReadingKind.READING, _("What the meter shows")), (ReadingKind.DELTA, _("How much was added"))],
    )
    value = number(_("Value"))
    read_at = WhenField(label=_("When"), required=False, help_text=_("Empty: now."))
    reason = forms.CharField(label=_("Note"), required=False, max_length=500)


class CorrectForm(Confirms):
    value = number(_("The right value"))
    reason = forms.CharField(label=_("Why"), max_length=500)


class WhyForm(forms.Form):
    reason = forms.CharField(label=_("Why"), max_length=500)


class ReplaceForm(Confirms):
    meter = forms.ChoiceField(label=_("Meter"), choices=Meter.choices)
    value = number(_("The old meter showed last"), required=False, help_text=_("Empty: nobody could read it."))
    new_value = number(_("The new one begins with"), initial=0)
    read_at = WhenField(label=_("When"), required=False, help_text=_("Empty: now."))
    reason = forms.CharField(label=_("Why"), max_length=500)
