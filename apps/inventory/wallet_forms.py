"""What people may type of what they carry."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.core.errors import BrokenRule
from apps.inventory.services.moving import exact
from apps.inventory.stock_forms import People, Warehouses, bin_field, number, text

MOST_DAYS = 3650


class WalletForm(forms.Form):
    """So much of a part: of a wallet, or for it."""

    quantity = number(_("Quantity"))

    def __init__(self, *args, part, person, **kwargs):
        super().__init__(*args, prefix=None, auto_id=f"{self.name}-%s", **kwargs)
        self.fields["quantity"].label = _("Quantity in %s") % part.unit
        self.prepare(part.tenant, person)

    def prepare(self, tenant, person):
        """Add the fields whose choices are the tenant's."""

    def clean_quantity(self):
        try:
            return exact(self.cleaned_data["quantity"])
        except BrokenRule as refused:
            raise ValidationError(str(refused)) from None


class AskForm(WalletForm):
    name = "ask"
    note = text(_("What for"), 200)


class ReturnForm(WalletForm):
    name = "return"

    def prepare(self, tenant, person):
        self.fields["warehouse"] = Warehouses(tenant, _("Into the warehouse"))
        self.fields["bin"] = bin_field(_("Bin"))


class HandOverForm(WalletForm):
    name = "hand-over"

    def prepare(self, tenant, person):
        self.fields["receiver"] = People(tenant, _("To"))
        self.fields["receiver"].queryset = self.fields["receiver"].queryset.exclude(pk=person.pk)
        self.fields["note"] = text(_("Note"), 500)


class WriteOffForm(WalletForm):
    name = "write-off"
    reason = forms.CharField(label=_("Why"), max_length=500)


class WriteOffAllForm(forms.Form):
    """All that a person carries."""

    reason = forms.CharField(label=_("Why"), max_length=500)


class AnswerForm(forms.Form):
    """To a handover: the receiver has it or not; the giver takes it back."""

    answer = forms.ChoiceField(choices=[(word, word) for word in ("confirm", "refuse", "withdraw")])


class WalletsFilterForm(forms.Form):
    """The filters of the list, from its address; what cannot be read filters nothing."""

    WHO = [("", _("Everybody")), ("gone", _("Who has left"))]

    q = forms.CharField(required=False, max_length=200)
    who = forms.ChoiceField(choices=WHO, required=False)
    days = forms.IntegerField(required=False, min_value=1, max_value=MOST_DAYS)

    def look(self) -> dict:
        self.is_valid()
        return self.cleaned_data
