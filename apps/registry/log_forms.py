"""What the addresses of the daily log may ask for. What cannot be read filters nothing."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.registry.log_days import is_sensible
from apps.registry.models import Asset, Location

ALL, OWN = "all", ""


class LookForm(forms.Form):
    """Of whose tenant the choices are is given: `tenant`."""

    shift = forms.CharField(required=False, max_length=40, label=_("Shift"))
    location = forms.ModelChoiceField(Location.objects.none(), required=False, label=_("Place"))
    q = forms.CharField(required=False, max_length=100, label=_("Search"))

    def __init__(self, data, *, tenant):
        super().__init__(data)
        for name, model in (("location", Location), ("after", Asset), ("asset", Asset)):
            if name in self.fields:
                self.fields[name].queryset = model.objects.for_tenant(tenant)

    def look(self) -> dict:
        """{field: value}, None or "" for what is not asked for or cannot be read."""
        self.is_valid()
        return {
            name: self.cleaned_data.get(name, "" if isinstance(field, forms.CharField) else None)
            for name, field in self.fields.items()
        }


class DayField(forms.DateField):
    def __init__(self, **kwargs):
        super().__init__(input_formats=["%Y-%m-%d"], **kwargs)

    def clean(self, value):
        day = super().clean(value)
        if day and not is_sensible(day):
            raise forms.ValidationError(_("This is of another age."))
        return day


class SaveForm(forms.Form):
    """Of which day, or shift, the cells are that were sent: the page's own, whatever day it is by now."""

    date = DayField()
    shift = forms.CharField(required=False, max_length=40)


class GridLookForm(LookForm):
    """One page of a day's grid. after: the last asset of the page before."""

    date = DayField(required=False, label=_("Date"))
    after = forms.ModelChoiceField(Asset.objects.none(), required=False)


class LogFilterForm(LookForm):
    """The list of logs."""

    asset = forms.ModelChoiceField(Asset.objects.none(), required=False, label=_("Asset"))
    since = DayField(required=False, label=_("From"))
    until = DayField(required=False, label=_("To"))
