"""Shifts, for managers."""

from django import forms
from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.admin_base import TenantAdmin
from apps.core.errors import BrokenRule
from apps.core.services import lines_of
from apps.shopfloor.models import Shift, ShiftException
from apps.shopfloor.models.shifts import WEEKDAYS
from apps.shopfloor.services import shifts
from apps.shopfloor.shift_sheet import ShiftSheet


class BreaksField(forms.CharField):
    """09:30-09:45, 12:00-12:30, as a list of starts and ends."""

    def prepare_value(self, value):
        if isinstance(value, list):
            return ", ".join(f"{pause['start']}-{pause['end']}" for pause in value)
        return value

    def to_python(self, value):
        words = [word.partition("-") for word in super().to_python(value).replace("–", "-").split(",") if word.strip()]
        return [{"start": start.strip(), "end": end.strip()} for start, _dash, end in words]

    def has_changed(self, initial, data):
        return self.prepare_value(initial) != data


class WorkedForm(forms.ModelForm):
    """Lines to tick, breaks as a person writes them."""

    lines = forms.MultipleChoiceField(
        label=gettext_lazy("Lines"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None chosen: all lines."),
    )
    breaks = BreaksField(
        label=gettext_lazy("Breaks"), required=False, help_text=gettext_lazy("Like 09:30-09:45, 12:00-12:30.")
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "lines" in self.fields:
            lines = {*lines_of(self.tenant), *self.instance.lines}
            self.fields["lines"].choices = [(line, line) for line in sorted(lines)]

    def _post_clean(self):
        super()._post_clean()
        if not self.errors:
            try:
                self.refuse_clash(self.instance)
            except BrokenRule as refused:
                self.add_error(None, str(refused))


class ShiftForm(WorkedForm):
    """A shift of every week."""

    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Weekdays"),
        coerce=int,
        choices=WEEKDAYS,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Of the dates it starts on."),
    )
    refuse_clash = staticmethod(shifts.refuse_clash)

    class Meta:
        model = Shift
        fields = ["name", "kind", "start", "end", "weekdays", "lines", "breaks"]


class ShiftExceptionForm(WorkedForm):
    """A holiday or an extra shift."""

    refuse_clash = staticmethod(shifts.refuse_clash_of_exception)

    class Meta:
        model = ShiftException
        fields = ["date", "type", "name", "kind", "start", "end", "lines", "breaks"]


class WorkedAdmin(TenantAdmin):
    @admin.display(description=gettext_lazy("lines"))
    def on_lines(self, worked):
        return ", ".join(worked.lines) or _("all")


@admin.register(Shift)
class ShiftAdmin(WorkedAdmin):
    """When which lines work."""

    form = ShiftForm
    sheet = ShiftSheet
    list_display = ["name", "kind", "start", "end", "days", "on_lines"]
    list_filter = ["kind"]
    search_fields = ["name"]
    fields = ["name", "kind", "start", "end", "weekdays", "lines", "breaks"]

    def store(self, request, obj, form, change):
        shifts.save_shift(obj, by=request.user)

    @admin.display(description=gettext_lazy("weekdays"))
    def days(self, shift):
        return ", ".join(str(dict(WEEKDAYS)[day])[:2] for day in shift.weekdays)


@admin.register(ShiftException)
class ShiftExceptionAdmin(WorkedAdmin):
    """Dates that are not as every week."""

    form = ShiftExceptionForm
    list_display = ["date", "type", "name", "start", "end", "on_lines"]
    list_filter = ["type"]
    search_fields = ["name"]
    date_hierarchy = "date"
    fields = ["date", "type", "name", "kind", "start", "end", "lines", "breaks"]

    def store(self, request, obj, form, change):
        shifts.save_shift_exception(obj, by=request.user)

    def delete_model(self, request, obj):
        shifts.remove_shift_exception(obj, by=request.user)
