"""What the figures of shifts may be asked for; what cannot be read asks for the usual: today, the whole plant."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.list_forms import day_field
from apps.core.services import lines_of, shift_names
from apps.shopfloor.kpis import LONGEST
from apps.shopfloor.models import Station

BY = [
    ("station", _("Station")),
    ("line", _("Line")),
    ("shift", _("Shift")),
    ("kind", _("Day or night")),
    ("day", pgettext_lazy("a date", "Day")),
    ("week", _("Week")),
    ("job", _("Job")),
    ("part", _("Part")),
]


class PerformanceForm(forms.Form):
    """Dates on which shifts start, both included; a line or a station; a shift; and what there is a row for each of."""

    first = day_field(label=_("From"), required=False)
    last = day_field(label=_("Until"), required=False)
    line = forms.ChoiceField(label=_("Line"), required=False)
    station = forms.ModelChoiceField(
        Station.objects.none(), label=_("Station"), required=False, to_field_name="code", empty_label=_("All stations")
    )
    shift = forms.ChoiceField(label=_("Shift"), required=False)
    by = forms.ChoiceField(label=_("A row for each"), choices=BY, required=False)

    def __init__(self, data, *, tenant, today):
        super().__init__(data)
        self.today = today
        self.fields["line"].choices = [("", _("All lines")), *((line, line) for line in lines_of(tenant))]
        self.fields["station"].queryset = Station.objects.for_tenant(tenant).order_by("code")
        self.fields["shift"].choices = [("", _("All shifts")), *((name, name) for name in shift_names(tenant))]

    def look(self) -> dict:
        """first, last: dates, in order. line, shift: names, or "". station: a row, or None. by: one of BY."""
        self.is_valid()
        found = self.cleaned_data
        last = found.get("last") or found.get("first") or self.today
        first = found.get("first") or last
        first, last = min(first, last), max(first, last)
        return {
            "first": max(first, last - LONGEST), "last": last, "line": found.get("line", ""),
            "station": found.get("station"), "shift": found.get("shift", ""), "by": found.get("by") or "station",
        }  # fmt: skip
