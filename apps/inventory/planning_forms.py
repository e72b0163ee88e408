"""What people may type of what is to be ordered, and was; and what the lists may ask for."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.list_forms import LookForm, day_field
from apps.inventory.models import QUANTITY


class ReorderLookForm(LookForm):
    SHOWS = [("", _("Below the minimum")), ("open", _("Not ordered yet"))]

    q = forms.CharField(required=False, max_length=100)
    supplier = forms.CharField(required=False, max_length=200)
    category = forms.CharField(required=False, max_length=100)
    show = forms.ChoiceField(choices=SHOWS, required=False)


class OrdersLookForm(LookForm):
    STATES = [("", _("Open")), ("late", _("Late")), ("closed", _("Received or closed")), ("all", _("All"))]

    q = forms.CharField(required=False, max_length=100)
    supplier = forms.CharField(required=False, max_length=200)
    state = forms.ChoiceField(choices=STATES, required=False)


def quantity_field(*, least="0.001", **kwargs):
    """A quantity of a part: three decimals."""
    field = forms.DecimalField(**QUANTITY, min_value=Decimal(least), **kwargs)
    field.widget.attrs |= {"inputmode": "decimal", "step": "any", "autocomplete": "off"}
    return field


class MarkForm(forms.Form):
    """Parts that were ordered: a quantity of each, and what is said of all of them."""

    supplier = forms.CharField(
        label=_("Supplier"), required=False, max_length=200, help_text=_("Empty: each part's own.")
    )
    reference = forms.CharField(label=_("Order number"), required=False, max_length=100)
    expected_on = day_field(
        label=_("Expected on"), required=False, help_text=_("Empty: after each part's lead time.")
    )  # fmt: skip

    def __init__(self, data=None, *, parts=()):
        super().__init__(data)
        self.parts = list(parts)
        self.cells = {part.pk: f"qty-{part.pk}" for part in self.parts}
        for name in self.cells.values():
            self.fields[name] = quantity_field()

    def said(self) -> dict:
        """What was said of all of them."""
        return {name: self.cleaned_data[name] for name in ("supplier", "reference", "expected_on")}

    def lines(self) -> list:
        return [(part, self.cleaned_data[self.cells[part.pk]]) for part in self.parts]

    def about_all(self):
        """Its fields but for the quantities, which stand in the table."""
        return [self[name] for name in ("supplier", "reference", "expected_on")]


class OrderForm(forms.Form):
    quantity = quantity_field(label=_("Quantity"))
    supplier = forms.CharField(label=_("Supplier"), required=False, max_length=200)
    reference = forms.CharField(label=_("Order number"), required=False, max_length=100)
    expected_on = day_field(label=_("Expected on"), required=False)


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Why"), max_length=500)
