"""What the taker of a handover scans."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.logistics.movement_forms import condition_field


class TakeForm(forms.Form):
    code = forms.CharField(label=_("The code that is shown"), max_length=500)
    condition = condition_field()
