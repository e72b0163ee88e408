"""What people may type of parts."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from apps.inventory.models import AbcClass, Part, PartBarcode, PartUnit

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


class PartForm(forms.ModelForm):
    class Meta:
        model = Part
        fields = [
            "sku", "name", "category", "unit", "min_level", "max_level", "barcode", "supplier", "lead_days", "abc_class",
        ]  # fmt: skip
        widgets = {
            "sku": forms.TextInput(attrs={"autocapitalize": "characters", "spellcheck": "false"}),
            "name": forms.TextInput,
            "category": forms.TextInput(attrs={"list": "categories", "autocomplete": "off"}),
            "unit": forms.TextInput(attrs={"list": "units", "autocomplete": "off"}),
            "barcode": forms.TextInput(attrs={"autocomplete": "off"}),
            "supplier": forms.TextInput,
        }
        help_texts = {
            "unit": _("What it is counted in: pcs, m, kg, l. It stays once something has moved."),
            "barcode": _("Of the maker. Further ones are added on the part's page."),
        }

    def clean_unit(self):
        unit = self.cleaned_data["unit"].strip()
        if not unit:
            raise ValidationError(_now("Say what it is counted in: pcs, m, kg."))
        return unit


class BarcodeForm(forms.ModelForm):
    class Meta:
        model = PartBarcode
        fields = ["barcode"]
        widgets = {"barcode": forms.TextInput(attrs={"autocomplete": "off"})}


class UnitForm(forms.ModelForm):
    class Meta:
        model = PartUnit
        fields = ["code", "factor"]
        labels = {"code": _("Unit")}
        widgets = {"code": forms.TextInput(attrs={"placeholder": _("box"), "autocomplete": "off"})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["factor"].label = _now("Holds, in %s") % self.instance.part.unit
        self.fields["factor"].help_text = ""

    def clean_code(self):
        code = self.cleaned_data["code"]
        if self.instance.part.units.filter(tenant_id=self.instance.tenant_id, code=code).exists():
            raise ValidationError(_now("There is a unit of this name already; remove it first."))
        return code
