"""What people may type of parts."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.inventory.models import AbcClass

USE = [("", _("In use")), ("no", _("Not in use")), ("all", _("All"))]


class PartFilterForm(forms.Form):
    """The filters of the list, from its address; what cannot be read filters nothing."""

    q = forms.CharField(required=False, max_length=200)
    category = forms.CharField(required=False, max_length=100)
    abc_class = forms.ChoiceField(choices=[("", _("Any")), *AbcClass.choices], required=False)
    below = forms.ChoiceField(choices=[("", ""), ("1", "1")], required=False)
    use = forms.ChoiceField(choices=USE, required=False)

    def look(self) -> dict:
        self.is_valid()
        return self.cleaned_data
