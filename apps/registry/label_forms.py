"""What people choose when they print labels: which assets, which sheet, where on it."""

import re

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.label_sheets import DEFAULT_FORMAT, FORMATS, MOST_LABELS
from apps.registry.models import Asset, AssetIdentity, AssetStatus
from apps.registry.place_field import Places
from apps.registry.scanning import identified
from apps.registry.services import MOST_IN_BATCH

GAPS = re.compile(r"[\s,;]+")


class ChoiceForm(forms.Form):
    """Which assets: those with these codes, or all that the other fields leave. Retired ones have no label."""

    codes = forms.CharField(
        label=gettext_lazy("Codes"), required=False, max_length=20_000, strip=True,
        widget=forms.Textarea(attrs={"rows": 3}), help_text=gettext_lazy("One below the other, or from a spreadsheet."),
    )  # fmt: skip
    q = forms.CharField(label=gettext_lazy("Name"), required=False, max_length=200)
    category = forms.CharField(
        label=gettext_lazy("Category"), required=False, max_length=100,
        widget=forms.TextInput(attrs={"list": "categories", "autocomplete": "off"}),
    )  # fmt: skip
    asset = forms.ModelMultipleChoiceField(
        Asset.objects.none(), label=gettext_lazy("Assets"), required=False, widget=forms.MultipleHiddenInput
    )

    def __init__(self, *args, tenant, **kwargs):
        super().__init__(*args, **kwargs)
        self.tenant = tenant
        self.fields["place"] = Places(tenant=tenant, required=False, empty_label=_("Anywhere"))
        self.fields["asset"].queryset = Asset.objects.for_tenant(tenant)
        self.order_fields(["codes", "place"])

    @property
    def typed(self) -> list[str]:
        return [code for code in GAPS.split(self.cleaned_data.get("codes", "")) if code]

    def is_about_something(self) -> bool:
        return any(self.cleaned_data.get(name) for name in self.fields)

    def found(self):
        """The identities chosen, by code and name; none where nothing was asked for."""
        asked, rows = self.cleaned_data, identified(self.tenant).exclude(asset__status=AssetStatus.RETIRED)
        if not self.is_about_something():
            return rows.none()
        named = Q()
        if codes := self.typed:
            named |= Q(client_code__in=codes)
        if asked.get("asset"):
            named |= Q(asset__in=asked["asset"])
        rows = rows.filter(named)
        if place := asked.get("place"):
            rows = rows.filter(asset__location__in=place.get_descendants(include_self=True))
        if text := asked.get("q"):
            rows = rows.filter(Q(asset__name__icontains=text) | Q(client_code__icontains=text))
        if category := asked.get("category"):
            rows = rows.filter(asset__category=category)
        return rows.order_by("client_code", "asset__name", "pk")

    def unknown_codes(self) -> list[str]:
        """Of the codes that were typed, those that no asset has."""
        known = set(
            AssetIdentity.objects.for_tenant(self.tenant)
            .filter(client_code__in=self.typed)
            .values_list("client_code", flat=True)
        )
        return [code for code in self.typed if code not in known]


class SheetForm(forms.Form):
    """Which sheet, where to start on it, how many of each."""

    format = forms.ChoiceField(
        label=gettext_lazy("Sheet"),
        choices=[(key, sheet.name) for key, sheet in FORMATS.items()],
        initial=DEFAULT_FORMAT,
    )
    start = forms.IntegerField(
        label=gettext_lazy("Start at label"), min_value=1, max_value=65, initial=1,
        help_text=gettext_lazy("Counted row by row; press the first free one in the picture."),
    )  # fmt: skip
    copies = forms.IntegerField(label=gettext_lazy("Of each"), min_value=1, max_value=MOST_LABELS, initial=1)

    def clean(self):
        found = super().clean()
        sheet, start = FORMATS.get(found.get("format", "")), found.get("start")
        if sheet and start and start > sheet.per_page:
            self.add_error("start", _("This sheet has %d labels.") % sheet.per_page)
        return found


class BatchForm(forms.Form):
    count = forms.IntegerField(label=gettext_lazy("How many"), min_value=1, max_value=MOST_IN_BATCH, initial=21)


class LinkForm(forms.Form):
    """Which asset a label is stuck to."""

    asset = forms.ModelChoiceField(
        Asset.objects.none(), error_messages={"invalid_choice": gettext_lazy("This asset is no longer there.")}
    )

    def __init__(self, *args, tenant, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["asset"].queryset = Asset.objects.for_tenant(tenant)
