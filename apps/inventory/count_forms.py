"""What people may type of counts."""

import re

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.errors import BrokenRule
from apps.core.list_forms import LookForm
from apps.inventory.models import STORES, AbcClass, CountStatus, Part
from apps.inventory.planning_forms import quantity_field
from apps.inventory.services.moving import bin_name
from apps.registry.models import Location

GAPS = re.compile(r"[\s,;]+")


def stores_of(tenant):
    """The places that keep parts, by name."""
    return Location.objects.for_tenant(tenant).filter(type__in=STORES, is_active=True).order_by("name", "pk")


class StartForm(forms.Form):
    """A count of a warehouse, or of some of its bins."""

    warehouse = forms.ModelChoiceField(Location.objects.none(), label=_("Warehouse"))
    bins = forms.CharField(
        label=_("Bins"), required=False, max_length=4000, help_text=_("With commas between; empty: the whole warehouse."),
    )  # fmt: skip
    note = forms.CharField(label=_("Note"), required=False, max_length=500)

    def __init__(self, *args, tenant, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["warehouse"].queryset = stores_of(tenant)

    def clean_bins(self):
        try:
            return [bin_name(bin) for bin in GAPS.split(self.cleaned_data["bins"]) if bin]
        except BrokenRule as refused:
            raise forms.ValidationError(str(refused)) from None


class CountsLookForm(LookForm):
    status = forms.ChoiceField(choices=[("", _("All")), *CountStatus.choices], required=False)
    warehouse = forms.ModelChoiceField(Location.objects.none(), required=False)

    def __init__(self, *args, tenant, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["warehouse"].queryset = stores_of(tenant)


class PlanLookForm(LookForm):
    CLASSES = [("", _("All")), *((value, value.upper()) for value in AbcClass.values)]

    abc = forms.ChoiceField(choices=CLASSES, required=False)


class ReviewLookForm(LookForm):
    SHOWS = [("", _("Differences")), ("all", _("All that was counted")), ("left", _("Not counted yet"))]

    show = forms.ChoiceField(choices=SHOWS, required=False)


class CountedForm(forms.Form):
    """What was found of a part in a bin."""

    part = forms.ModelChoiceField(Part.objects.none(), widget=forms.HiddenInput)
    bin = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    quantity = quantity_field(label=_("How much is there?"), least="0")
    again = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, tenant, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["part"].queryset = Part.objects.for_tenant(tenant)


class WhyForm(forms.Form):
    """A reason that may be empty."""

    reason = forms.CharField(label=_("Why"), required=False, max_length=500)


class PostForm(WhyForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = _("Reason of the differences")
        self.fields["reason"].help_text = _("Of those that have none of their own.")
