"""Places and assets, for managers. Moving and retiring are acts of their own: a stale form must not move back."""

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import ActionLocation
from django.contrib.admin.widgets import AdminTextInputWidget, AutocompleteSelect
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from mptt.admin import DraggableMPTTAdmin, MPTTModelAdmin

from apps.core.admin_base import EVERYWHERE, ReadOnly, TenantAdmin, TenantRelatedFilter
from apps.core.errors import BrokenRule
from apps.core.http import lasting_address, stays_here
from apps.core.pdf import as_download
from apps.registry import services
from apps.registry.label_forms import SheetForm
from apps.registry.log_sheet import DailyLogSheet
from apps.registry.models import (
    Asset,
    AssetCategory,
    AssetDocument,
    AssetIdentity,
    AssetSpec,
    DailyLog,
    Location,
    MeterReading,
    QrLabel,
)
from apps.registry.printing import labels_of
from apps.registry.scanning import identified
from apps.registry.services.assets import PARTS
from apps.registry.sheets import IDENTITY, AssetSheet, LocationSheet, with_identity

DEEPEST = 12  # levels that static/admin/leanops.css indents


class TreeAdmin(TenantAdmin):
    """What both trees share: a title indented by a class (never by a style), and a page for moving."""

    form = forms.ModelForm
    change_form_template = "admin/registry/tree_change_form.html"
    ordering = ["tree_id", "lft"]
    sortable_by = ()
    readonly_on_change = ("parent",)

    @admin.display(description=gettext_lazy("name"))
    def indented_title(self, item):
        return format_html('<span class="level-{}">{}</span>', min(item.level, DEEPEST), item)

    def get_actions(self, request, action_location=ActionLocation.CHANGE_LIST):
        actions = super(MPTTModelAdmin, self).get_actions(request, action_location)
        actions.pop("delete_selected", None)  # leaves first, one by one: the refusal then says what is below
        return actions

    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}_move"
        return [path("<uuid:pk>/move/", self.admin_site.admin_view(self.move), name=name), *super().get_urls()]

    def move(self, request, pk):
        """GET asks where to, POST moves."""
        row = self.get_object(request, str(pk))
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        data = request.POST if request.method == "POST" else None
        form = self.move_form(data, site=self.admin_site, tenant=request.tenant, row=row)
        if request.method == "POST" and form.is_valid():
            self.do_move(row, by=request.user, **form.cleaned_data)
            self.message_user(request, _("%s has moved.") % row, messages.SUCCESS)
            return HttpResponseRedirect(reverse(f"admin:registry_{self.opts.model_name}_change", args=[row.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Move %s") % row,
            "opts": self.opts,
            "original": row,
            "form": form,
            "media": self.media + form.media,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/registry/move.html", context, status=422 if form.errors else 200)


def _choice(model, field, site, tenant, **kwargs):
    widget = AutocompleteSelect(model._meta.get_field(field), site)
    rows = model._meta.get_field(field).related_model.objects.for_tenant(tenant)
    return forms.ModelChoiceField(rows, required=False, widget=widget, **kwargs)


class MoveLocationForm(forms.Form):
    def __init__(self, *args, site, tenant, row, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["parent"] = _choice(
            Location, "parent", site, tenant, label=_("Below"), help_text=_("Empty: a place of its own."),
            initial=row.parent_id,
        )  # fmt: skip


class MoveAssetForm(forms.Form):
    def __init__(self, *args, site, tenant, row, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["parent"] = _choice(
            Asset, "parent", site, tenant, label=_("Into the unit"), initial=row.parent_id,
            help_text=_("A component is where its unit is."),
        )  # fmt: skip
        self.fields["location"] = _choice(
            Asset, "location", site, tenant, label=_("Or, on its own, to the place"),
            initial=None if row.parent_id else row.location_id,
        )  # fmt: skip

    def clean(self):
        found = super().clean()
        if not self.errors and not found["parent"] and not found["location"]:
            raise forms.ValidationError(_("Say where it goes: into a unit, or to a place."))
        return found


@admin.register(Location)
class LocationAdmin(TreeAdmin, DraggableMPTTAdmin):
    """Places as a tree: dragged, or moved on a page of their own."""

    sheet = LocationSheet
    list_display = ["tree_actions", "indented_title", "type", "is_active"]
    list_display_links = ["indented_title"]
    list_filter = ["type", "is_active"]
    list_per_page = 1000
    list_max_show_all = 1000
    search_fields = ["name"]
    autocomplete_fields = ["parent"]
    fields = ["parent", "name", "type", "is_active"]
    expand_tree_by_default = True
    change_list_template = "admin/change_list.html"
    move_form = MoveLocationForm

    @admin.display(description=gettext_lazy("drag"))
    def tree_actions(self, item):
        return super().tree_actions(item)

    def store(self, request, obj, form, change):
        services.save_location(obj, parent=form.cleaned_data.get("parent"))

    def delete_model(self, request, obj):
        services.delete_location(obj)

    def do_move(self, row, *, parent, by):
        services.move_location(row, parent=parent)

    def _move_node(self, request):
        """A drag. The page reloads whatever the answer is, so what was refused is told there."""
        row = self.get_object(request, request.POST.get("cut_item", ""))
        target = self.get_object(request, request.POST.get("pasted_on", ""))
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        if (position := request.POST.get("position")) not in ("last-child", "left", "right"):
            return HttpResponse(_("Below, before or after: which?"), status=400)
        try:
            services.move_location(row, parent=target, position=position)
        except BrokenRule as refused:
            self.message_user(request, str(refused), messages.ERROR)
            return HttpResponse(str(refused), status=409)
        self.message_user(request, _("%s has moved.") % row, messages.SUCCESS)
        return HttpResponse("OK")

    def _tree_context(self, request):
        # Ids as text: mptt leaves UUIDs to an encoder that has to be told.
        context = super()._tree_context(request)
        context["treeStructure"] = {
            str(parent): [str(pk) for pk in children] for parent, children in context["treeStructure"].items()
        }
        return context


class ReasonForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500)


class AssetAdminForm(forms.ModelForm):
    """An asset with its identity. A new component needs no place: it is where its unit is."""

    client_code = AssetIdentity._meta.get_field("client_code").formfield(widget=AdminTextInputWidget)
    barcode_manufacturer = AssetIdentity._meta.get_field("barcode_manufacturer").formfield(widget=AdminTextInputWidget)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "location" in self.fields:
            self.fields["location"].required = False
        if identity := getattr(self.instance, "identity", None):
            self.initial |= {name: getattr(identity, name) for name in IDENTITY}

    def clean_client_code(self):
        code = self.cleaned_data["client_code"]
        others = AssetIdentity.objects.filter(tenant=self.tenant, client_code=code).exclude(asset=self.instance.pk)
        if code and others.exists():
            raise forms.ValidationError(_("Another asset has this code."))
        return code

    def clean(self):
        found = super().clean()
        if "location" in self.fields and not found.get("location"):
            if unit := found.get("parent"):
                found["location"] = unit.location
            else:
                self.add_error("location", _("Say where it stands, or which unit it is part of."))
        return found


@admin.register(Asset)
class AssetAdmin(TreeAdmin, MPTTModelAdmin):
    """Machines and their components."""

    sheet = AssetSheet
    form = AssetAdminForm
    parts = PARTS
    list_display = ["indented_title", "code", "status", "criticality", "category", "location"]
    list_display_links = ["indented_title"]
    list_filter = ["status", "criticality", ("location", TenantRelatedFilter)]
    list_select_related = ["location"]
    search_fields = ["name", "category", "serial_number", "identity__client_code", "identity__barcode_manufacturer"]
    autocomplete_fields = ["parent", "location"]
    fields = [
        "parent", "location", "name", "client_code", "category", "criticality", "status", "manufacturer", "model",
        "serial_number", "barcode_manufacturer", "purchase_date", "purchase_cost", "warranty_end", "notes",
        "run_hours_source", "run_hours_rolls_over_at", "odometer_rolls_over_at",
    ]  # fmt: skip
    readonly_fields = ["status"]
    readonly_on_change = ("parent", "location")
    change_list_template = "admin/change_list.html"
    actions = ["print_labels", "reissue_labels", "take_out_of_service", "put_in_service", "retire"]
    move_form = MoveAssetForm

    def get_queryset(self, request):
        return with_identity(super().get_queryset(request))

    @admin.action(description=gettext_lazy("Print labels"), location=EVERYWHERE)
    def print_labels(self, request, queryset):
        form = SheetForm(request.POST if "apply" in request.POST else None)
        if not form.is_valid():
            title, button = _("Print labels"), _("Print (PDF)")
            address = lasting_address(request, "/q/")
            words = _("No phone reaches %s: labels printed now open nothing elsewhere. Set LEANOPS_ADDRESS first.")
            if stays_here(address):
                self.message_user(request, words % address, messages.WARNING)
            return self.ask(request, queryset, form, action="print_labels", title=title, button=button)
        identities = identified(request.tenant).filter(asset__in=queryset).order_by("client_code", "asset__name", "pk")
        if not identities:
            return self.message_user(request, _("Choose at least one asset."), messages.ERROR)
        return as_download(labels_of(request, identities, form), "labels")

    @admin.action(description=gettext_lazy("Issue new labels"), location=EVERYWHERE)
    def reissue_labels(self, request, queryset):
        form = forms.Form(request.POST if "apply" in request.POST else None)
        if not form.is_valid():
            title = _("Issue new labels: the old ones open nothing any more")
            return self.ask(request, queryset, form, action="reissue_labels", title=title, button=_("Issue new labels"))
        return self.run_each(
            request,
            queryset,
            lambda asset: services.reissue_label(asset, by=request.user),
            _("%(count)d labels are issued anew; print them."),
        )

    @admin.display(description=gettext_lazy("code"))
    def code(self, asset):
        return asset.client_code

    def store(self, request, obj, form, change):
        identity = {name: form.cleaned_data[name] for name in IDENTITY}
        services.save_asset(obj, parent=form.cleaned_data.get("parent"), identity=identity)

    def delete_model(self, request, obj):
        services.delete_asset(obj)

    def do_move(self, row, *, parent, location, by):
        services.move_asset(row, parent=parent, location=location, by=by)

    @admin.action(description=gettext_lazy("Take out of service"), location=EVERYWHERE)
    def take_out_of_service(self, request, queryset):
        words = _("Take assets out of service"), _("Take out of service"), _("%(count)d assets are out of service.")
        return self._for_a_reason(request, queryset, "take_out_of_service", services.set_out_of_service, *words)

    @admin.action(description=gettext_lazy("Put back in service"), location=EVERYWHERE)
    def put_in_service(self, request, queryset):
        words = _("Put assets back in service"), _("Put back in service"), _("%(count)d assets are in service.")
        return self._for_a_reason(request, queryset, "put_in_service", services.set_in_service, *words)

    @admin.action(description=gettext_lazy("Retire"), location=EVERYWHERE)
    def retire(self, request, queryset):
        words = _("Retire assets"), _("Retire"), _("%(count)d assets are retired.")
        return self._for_a_reason(request, queryset, "retire", services.retire_asset, *words)

    def _for_a_reason(self, request, queryset, action, act, title, button, done):
        form = ReasonForm(request.POST if "apply" in request.POST else None)
        if not form.is_valid():
            return self.ask(request, queryset, form, action=action, title=title, button=button)
        self.run_each(request, queryset, lambda asset: act(asset, reason=form.cleaned_data["reason"]), done)


@admin.register(AssetCategory)
class AssetCategoryAdmin(TenantAdmin):
    """Kinds of assets, and what is to be known of each."""

    list_display = ["name"]
    search_fields = ["name"]
    fields = ["name", "spec_schema"]


class OfAsset(ReadOnly, TenantAdmin):
    """What belongs to one asset, looked at: it is written on the asset's own page."""

    list_select_related = ["asset"]
    search_fields = ["asset__name"]
    ordering = ["-id"]


@admin.register(AssetIdentity)
class AssetIdentityAdmin(OfAsset):
    list_display = ["asset", "client_code", "barcode_manufacturer"]
    search_fields = ["client_code", "barcode_manufacturer", "asset__name"]
    fields = ["asset", "client_code", "barcode_manufacturer"]


@admin.register(AssetSpec)
class AssetSpecAdmin(OfAsset):
    list_display = ["asset", "specs"]
    fields = ["asset", "specs"]


@admin.register(AssetDocument)
class AssetDocumentAdmin(OfAsset):
    list_display = ["title", "asset", "kind", "expires_date"]
    search_fields = ["title", "asset__name"]
    fields = ["asset", "title", "kind", "expires_date", "created_at"]


@admin.register(QrLabel)
class QrLabelAdmin(OfAsset):
    list_display = ["batch", "asset", "created_at", "linked_at"]
    search_fields = ["batch", "asset__name"]
    fields = ["batch", "asset", "created_by", "created_at", "linked_by", "linked_at"]


@admin.register(DailyLog)
class DailyLogAdmin(OfAsset):
    """What was logged; written in the grid, or imported through its service."""

    sheet = DailyLogSheet
    list_display = ["date", "shift", "asset", "run_hours_added", "fuel_liters_added"]
    ordering = ["-date", "-id"]
    fields = ["date", "shift", "asset", "supervisor", "run_hours_added", "run_hours_reading", "fuel_liters_added"]

    def has_import_permission(self, request):
        return TenantAdmin.has_add_permission(self, request)


@admin.register(MeterReading)
class MeterReadingAdmin(OfAsset):
    """The ledger. What was wrong is taken back by an entry of its own, for a reason."""

    list_display = ["read_at", "asset", "meter", "kind", "value", "source"]
    list_filter = ["meter", "kind"]
    ordering = ["-read_at", "-seq"]
    fields = ["asset", "meter", "kind", "value", "read_at", "source", "user", "reason", "voids", "found_by"]
    actions = ["take_back"]

    @admin.action(description=gettext_lazy("Take back"), permissions=["view"], location=EVERYWHERE)
    def take_back(self, request, queryset):
        form = ReasonForm(request.POST if "apply" in request.POST else None)
        if not form.is_valid():
            title, button = _("Take readings back: they leave every calculation"), _("Take back")
            return self.ask(request, queryset, form, action="take_back", title=title, button=button)

        def act(reading):
            services.void_reading(reading, by=request.user, reason=form.cleaned_data["reason"])

        may = self.has_view_permission(request)
        self.run_each(request, queryset, act, _("%(count)d readings are taken back."), may=may)
