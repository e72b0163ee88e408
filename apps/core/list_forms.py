"""What the lists may be asked for."""

from django import forms

from apps.core.fields import day_of_a_machine


class LookForm(forms.Form):
    """The filters of a list, from its address; what cannot be read filters nothing."""

    def look(self) -> dict:
        """{field: value}, "" or None for what is not asked for or cannot be read."""
        self.is_valid()
        return {
            name: self.cleaned_data.get(name, "" if isinstance(field, forms.CharField | forms.ChoiceField) else None)
            for name, field in self.fields.items()
        }


class DayInput(forms.DateInput):
    def __init__(self):
        super().__init__(attrs={"type": "date"}, format="%Y-%m-%d")


def day_field(**kwargs):
    """A date as the browser's own field sends it."""
    return forms.DateField(input_formats=["%Y-%m-%d"], widget=DayInput, validators=[day_of_a_machine], **kwargs)
