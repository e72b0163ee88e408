"""What people may type of places and assets; the services store it."""

import uuid

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.registry.models import Asset, AssetDocument, AssetStatus, Criticality, Location
from apps.registry.place_field import Places


class DateInput(forms.DateInput):
    def __init__(self):
        super().__init__(attrs={"type": "date"}, format="%Y-%m-%d")


class Unit(forms.CharField):
    """An asset, by its code or its id; a list of suggestions comes as one types."""

    def __init__(self, *, tenant, **kwargs):
        self.tenant = tenant
        super().__init__(max_length=60, **kwargs)

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        rows = Asset.objects.for_tenant(self.tenant)
        found = rows.filter(identity__client_code=text).first()
        if found is None and (key := _key(text)):
            found = rows.filter(pk=key).first()
        if found is None:
            raise ValidationError(_("No asset has the code “%s”.") % text)
        return found


def _key(text):
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


class AssetFilterForm(forms.Form):
    """The filters of the list, from its address; what cannot be read filters nothing."""

    q = forms.CharField(required=False, max_length=200)
    category = forms.CharField(required=False, max_length=100)
    status = forms.ChoiceField(choices=[("", ""), *AssetStatus.choices], required=False)
    criticality = forms.ChoiceField(choices=[("", ""), *Criticality.choices], required=False)

    def __init__(self, *args, tenant, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["location"] = Places(tenant=tenant, required=False, empty_label=_("Any"))


class AssetForm(forms.ModelForm):
    """An asset with its identity. seen: the version that the person looked at, kept in the page."""

    client_code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("As the plant calls it, like P-101."),
    )
    barcode_manufacturer = forms.CharField(label=gettext_lazy("Maker's barcode"), max_length=120, required=False)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    IDENTITY = ("client_code", "barcode_manufacturer")

    class Meta:
        model = Asset
        fields = [
            "name", "category", "criticality", "manufacturer", "model", "serial_number", "purchase_date",
            "purchase_cost", "warranty_end", "run_hours_source", "run_hours_rolls_over_at", "odometer_rolls_over_at",
            "notes",
        ]  # fmt: skip
        widgets = {
            "name": forms.TextInput,
            "category": forms.TextInput(attrs={"list": "categories", "autocomplete": "off"}),
            "manufacturer": forms.TextInput,
            "model": forms.TextInput,
            "serial_number": forms.TextInput,
            "purchase_date": DateInput,
            "warranty_end": DateInput,
            "notes": forms.Textarea(attrs={"rows": 3}),
        }
        help_texts = {
            "category": gettext_lazy("Says which specs there are to fill in."),
            "run_hours_rolls_over_at": gettext_lazy(
                "What it counts to before it begins again at 0; empty: it does not."
            ),
            "odometer_rolls_over_at": gettext_lazy("Likewise, in km."),
        }

    field_order = [
        "name",
        "client_code",
        "category",
        "criticality",
        "manufacturer",
        "model",
        "serial_number",
        "barcode_manufacturer",
    ]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["purchase_cost"].help_text = self.instance.tenant.rules.currency
        if not self.instance._state.adding:
            self.initial |= {name: getattr(self.instance.identity, name) for name in self.IDENTITY}
            self.initial["seen"] = self.instance.version

    @property
    def identity(self) -> dict:
        return {name: self.cleaned_data[name] for name in self.IDENTITY}


class NewAssetForm(AssetForm):
    """A new one, and where it goes: into a unit, or to a place."""

    field_order = ["name", "client_code", "location", "parent", *AssetForm.field_order[2:]]

    def __init__(self, *args, tenant, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["location"] = Places(tenant=tenant, is_new=True, required=False)
        self.fields["parent"] = Unit(
            tenant=tenant, required=False, label=_("Or part of the unit"), help_text=_("Its code. A component is where its unit is."),
            widget=forms.TextInput(attrs={"list": "units", "autocomplete": "off"}),
        )  # fmt: skip
        self.order_fields(self.field_order)

    def clean(self):
        found = super().clean()
        if not self.errors and not found.get("location") and not found.get("parent"):
            self.add_error("location", _("Say where it stands, or which unit it is part of."))
        return found


class MoveAssetForm(forms.Form):
    """To a place on its own, or into a unit."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, asset, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["seen"] = asset.version
        self.fields["location"] = Places(tenant=asset.tenant_id, is_new=True, required=False, label=_("To the place"))
        self.fields["parent"] = Unit(
            tenant=asset.tenant_id, required=False, label=_("Or into the unit"), help_text=_("Its code."),
            widget=forms.TextInput(attrs={"list": "units", "autocomplete": "off"}),
        )  # fmt: skip

    def clean(self):
        found = super().clean()
        if not self.errors and bool(found.get("location")) == bool(found.get("parent")):
            self.add_error("location", _("Say where it goes: to a place, or into a unit."))
        return found


class StatusForm(forms.Form):
    status = forms.ChoiceField(choices=[(s.value, s.label) for s in AssetStatus if s != AssetStatus.IN_TRANSIT])
    reason = forms.CharField(max_length=500, required=False)
    seen = forms.IntegerField(required=False)


class LocationForm(forms.ModelForm):
    class Meta:
        model = Location
        fields = ["name", "type", "is_active"]
        widgets = {"name": forms.TextInput}
        help_texts = {"is_active": gettext_lazy("Switched off, it is offered no more; what stands there stays.")}


class PlaceForm(forms.Form):
    """Below which place; none: a site of its own. is_new: as Places has it."""

    def __init__(self, *args, tenant, is_new=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["parent"] = Places(
            tenant=tenant, is_new=is_new, required=False, label=_("Below"), empty_label=_("nothing: a site of its own")
        )


class DocumentForm(forms.ModelForm):
    class Meta:
        model = AssetDocument
        fields = ["title", "kind", "expires_date"]
        widgets = {"title": forms.TextInput, "expires_date": DateInput}


class NewDocumentForm(DocumentForm):
    file = forms.FileField(
        label=gettext_lazy("File"), help_text=gettext_lazy("A PDF or a picture."),
        widget=forms.FileInput(attrs={"accept": "application/pdf,image/jpeg,image/png,image/webp"}),
    )  # fmt: skip
    field_order = ["file", "title", "kind", "expires_date"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["title"].required = False
        self.fields["title"].help_text = _("Empty: the file's name.")


class NewLocationForm(LocationForm):
    """A new place, and below which."""

    def __init__(self, *args, tenant, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["parent"] = PlaceForm(tenant=tenant, is_new=True).fields["parent"]


class ExpiringForm(forms.Form):
    USUAL = 90
    DAYS = [
        ("0", gettext_lazy("Over")),
        ("30", gettext_lazy("30 days")),
        ("60", gettext_lazy("60 days")),
        ("90", gettext_lazy("90 days")),
        ("365", gettext_lazy("A year")),
    ]
    days = forms.ChoiceField(choices=DAYS)
