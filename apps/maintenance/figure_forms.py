"""What the figures of maintenance may be asked for; what cannot be read asks for the usual: the last 90 days of all."""

from datetime import timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.list_forms import day_field
from apps.registry.models import Asset
from apps.registry.place_field import Places

USUAL = timedelta(days=89)
LONGEST = timedelta(days=366 * 20)


class FiguresForm(forms.Form):
    """A period of days, both included, and an asset with its components, or a place with all below."""

    first = day_field(label=_("From"), required=False)
    last = day_field(label=_("Until"), required=False)

    def __init__(self, data, *, tenant, today):
        super().__init__(data)
        self.today = today
        self.fields["location"] = Places(tenant=tenant, required=False, empty_label=_("All places"))
        self.fields["asset"] = forms.ModelChoiceField(
            Asset.objects.for_tenant(tenant), required=False, widget=forms.HiddenInput
        )

    def look(self) -> dict:
        """first, last: days, the first never after the last. asset, location: rows, or None."""
        self.is_valid()
        last = self.cleaned_data.get("last") or self.today
        first = self.cleaned_data.get("first") or last - USUAL
        if first > last:
            first, last = last, first
        first = max(first, last - LONGEST)
        asset = self.cleaned_data.get("asset")
        return {
            "first": first, "last": last, "asset": asset,
            "location": None if asset else self.cleaned_data.get("location"),
        }  # fmt: skip
