"""What people choose when they print labels of parts."""

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.inventory import queries
from apps.inventory.models import Part
from apps.inventory.part_forms import PartFilterForm
from apps.registry.label_forms import SheetForm


class PartChoiceForm(PartFilterForm):
    """Which parts: those that were ticked, else all that the filters of the list find."""

    part = forms.ModelMultipleChoiceField(Part.objects.none(), required=False, widget=forms.MultipleHiddenInput)

    def __init__(self, *args, tenant, **kwargs):
        super().__init__(*args, **kwargs)
        self.tenant = tenant
        self.fields["part"].queryset = Part.objects.for_tenant(tenant)

    def found(self):
        """The parts chosen, by SKU; none where nothing was asked for."""
        look = self.look()
        if look.get("part"):
            return look["part"].order_by("sku")
        if not any(look.values()):
            return Part.objects.none()
        return queries.parts_found(self.tenant, look).order_by("sku")


class PartSheetForm(SheetForm):
    """Which sheet, where to start on it, how many of each, and what each is."""

    each = forms.ChoiceField(
        label=_("One for each"), choices=[("part", _("Part")), ("bin", _("Bin in which it lies"))], required=False
    )
