"""What the lists may be asked for."""

from django import forms


class LookForm(forms.Form):
    """The filters of a list, from its address; what cannot be read filters nothing."""

    def look(self) -> dict:
        """{field: value}, "" or None for what is not asked for or cannot be read."""
        self.is_valid()
        return {
            name: self.cleaned_data.get(name, "" if isinstance(field, forms.CharField | forms.ChoiceField) else None)
            for name, field in self.fields.items()
        }
