"""What every admin page of ours shares: one tenant's rows, constant queries, no log but the audit log."""

import uuid
from functools import partial

from django import forms
from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.contrib.admin.options import SOURCE_MODEL_VAR
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import models, transaction
from django.http import Http404
from django.template.response import TemplateResponse
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from simple_history.admin import SimpleHistoryAdmin

from apps.core.errors import BrokenRule
from apps.core.fields import day_of_a_machine
from apps.core.models import User
from apps.core.references import referring
from apps.core.sheets.admin import SheetsAdmin

# Actions stand above the list and above one row's form.
EVERYWHERE = [admin.ActionLocation.CHANGE_LIST, admin.ActionLocation.CHANGE_FORM]


class CappedPaginator(Paginator):
    """Counts no further than a person pages: a whole count of a big table takes seconds."""

    MOST = 10_000

    @cached_property
    def count(self):
        return self.object_list.order_by()[: self.MOST].count()


class TenantRelatedFilter(admin.RelatedFieldListFilter):
    """A filter by a related row that offers the tenant's own."""

    def field_choices(self, field, request, model_admin):
        return field.get_choices(include_blank=False, limit_choices_to={"tenant": request.tenant})


class NeverNull(forms.JSONField):
    """Emptied, it is what a new row begins with."""

    def __init__(self, *, default, **kwargs):
        super().__init__(**kwargs)
        self.default = default

    def clean(self, value):
        found = super().clean(value)
        return self.default() if found is None else found


class TenantAdmin(SheetsAdmin, SimpleHistoryAdmin):
    """Base of the managers' tables: rows and choices of the tenant in force; another tenant's row is not there (404).

    Subclasses whose changes have rules override `store`, which calls the service.
    """

    list_per_page = 50
    list_max_show_all = 200
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # a count for each choice reads the whole table
    paginator = CappedPaginator
    view_on_site = False
    formfield_overrides = {models.TextField: {"widget": AdminTextInputWidget}}
    object_history_template = "admin/object_history_of_row.html"
    readonly_on_change: tuple[str, ...] = ()
    can_delete = True
    parts: tuple[type[models.Model], ...] = ()  # whose rows go with a row, and do not keep it

    # -- one tenant's rows ------------------------------------------------------------------------------------------

    def get_queryset(self, request):
        return super().get_queryset(request).filter(tenant=request.tenant)

    def lookup_allowed(self, lookup, value, request):
        """Not by what JSON holds: the database takes no NUL there, and nobody's filter asks for a whole document."""
        names = [field.name for field in self.opts.concrete_fields if isinstance(field, models.JSONField)]
        return lookup.partition("__")[0] not in names and super().lookup_allowed(lookup, value, request)

    def get_object(self, request, object_id, from_field=None):
        found = super().get_object(request, object_id, from_field or None)
        if found is None:
            raise Http404
        return found

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        rows = db_field.remote_field.model._default_manager
        if hasattr(rows, "for_tenant"):
            kwargs["queryset"] = rows.for_tenant(request.tenant)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if isinstance(db_field, models.JSONField) and not db_field.null:
            kwargs.setdefault("form_class", partial(NeverNull, default=db_field.get_default))
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(db_field, models.DateField) and field:
            field.validators = [*field.validators, day_of_a_machine]
        return field

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        return type(form.__name__, (_OfTenant, form), {"tenant": request.tenant})

    def render_change_form(self, request, context, *args, **kwargs):
        response = super().render_change_form(request, context, *args, **kwargs)
        if context["errors"]:
            response.status_code = 422
        return response

    def get_readonly_fields(self, request, obj=None):
        fields = super().get_readonly_fields(request, obj)
        return (*fields, *self.readonly_on_change) if obj else fields

    def changeform_view(self, request, *args, **kwargs):
        """Two fields of Django's own that it trusts: a copy under a new key, which no table here offers, and the name of
        the model whose form asked for a new row, which it takes apart as it was sent."""
        sent = request.POST.get(SOURCE_MODEL_VAR, "").lower()
        known = sent in {model._meta.label_lower for model in self.admin_site._registry}
        odd = {"_saveasnew"} | (set() if known else {SOURCE_MODEL_VAR})
        if odd & set(request.POST):
            request.POST = request.POST.copy()
            for name in odd:
                request.POST.pop(name, None)
        return super().changeform_view(request, *args, **kwargs)

    # -- changes ----------------------------------------------------------------------------------------------------

    def save_model(self, request, obj, form, change):
        self.store(request, obj, form, change)

    def store(self, request, obj, form, change) -> None:
        """Store a new or changed row."""
        obj.save()

    def log_addition(self, request, obj, message):
        """The audit log has it."""

    def log_change(self, request, obj, message):
        """The audit log has it."""

    def log_deletions(self, request, queryset):
        """The audit log has it."""

    # -- deleting: only where nothing refers to the row -------------------------------------------------------------

    def has_delete_permission(self, request, obj=None):
        return self.can_delete and super().has_delete_permission(request, obj)

    def get_deleted_objects(self, objs, request):
        """Django would gather all that refers to the rows, millions of events too; this asks only whether there is."""
        refusals = [
            _("%(row)s: %(what)s refer to it.") % {"row": obj, "what": ", ".join(found)}
            for obj in objs
            if (found := referring(obj, but=self.parts))
        ]
        names = [f"{capfirst(self.opts.verbose_name)}: {obj}" for obj in objs]
        return names, {self.opts.verbose_name_plural: len(names)}, set(), refusals

    def delete_model(self, request, obj):
        if found := referring(obj, but=self.parts):
            raise BrokenRule(
                _("%(row)s cannot be deleted: %(what)s refer to it.") % {"row": obj, "what": ", ".join(found)}
            )
        obj.delete()

    def delete_queryset(self, request, queryset):
        for obj in queryset.order_by("pk"):
            self.delete_model(request, obj)

    # -- history: what changed, by whom; a former state is not put back past the services --------------------------

    def get_urls(self):
        return [url for url in super().get_urls() if not (url.name or "").endswith("_simple_history")]

    def get_history_queryset(self, request, history_manager, pk_name, object_id):
        try:
            uuid.UUID(str(object_id))
        except ValueError:
            raise Http404 from None
        rows = super().get_history_queryset(request, history_manager, pk_name, object_id)
        return rows.filter(tenant_id=request.tenant.pk)

    def set_history_delta_changes(self, request, historical_records, foreign_keys_are_objs=False):
        # Related rows stay ids: naming each takes a query of its own, and they may be gone.
        super().set_history_delta_changes(request, historical_records, foreign_keys_are_objs=False)
        records = list(historical_records)
        people = User.objects.in_bulk({record.history_user_id for record in records if record.history_user_id})
        for record in records:
            record.person = people.get(record.history_user_id)

    def history_view(self, request, object_id, extra_context=None):
        if not hasattr(self.model, "history"):
            raise Http404
        return super().history_view(request, object_id, extra_context)

    def revert_disabled(self, request, obj=None):
        return True

    # -- actions ----------------------------------------------------------------------------------------------------

    def run_each(self, request, queryset, act, done, *, may=None) -> None:
        """Call a service for each chosen row, in the order of keys, and say for how many; what is refused is told.

        act: a function of one row, raising BrokenRule. done: a sentence with %(count)d. may: whether the person may, where
        that is another question than who may change rows by hand.
        """
        if not (self.has_change_permission(request) if may is None else may):
            raise PermissionDenied
        count = 0
        for row in queryset.order_by("pk"):
            try:
                with transaction.atomic():
                    act(row)
                count += 1
            except BrokenRule as refused:
                self.message_user(request, str(refused), messages.ERROR)
        if count:
            self.message_user(request, done % {"count": count}, messages.SUCCESS)

    def ask(self, request, queryset, form, *, action, title, button):
        """A page that asks what an action needs (a reason, say) and sends the chosen rows along again."""
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "button": button,
            "form": form,
            "action": action,
            "rows": queryset,
            "opts": self.opts,
            "media": self.media + form.media,
            "action_checkbox_name": helpers.ACTION_CHECKBOX_NAME,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/ask.html", context, status=422 if form.errors else 200)


class _OfTenant:
    """A form whose row knows its tenant before it is checked, so that a taken code is told beside its field."""

    tenant = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance._state.adding and self.tenant is not None:
            self.instance.tenant = self.tenant

    def _get_validation_exclusions(self):
        return super()._get_validation_exclusions() - {"tenant"}


class ReadOnly:
    """For what services and the database write: looked at, never changed here."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class LookedAt(ReadOnly, TenantAdmin):
    """Rows of a tenant that services write: here to look at."""


class ReasonForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500)


class Acted(LookedAt):
    """The same, with acts of the services above the list; a row's own form changes nothing."""

    def has_change_permission(self, request, obj=None):
        return obj is None and TenantAdmin.has_change_permission(self, request)

    def for_a_reason(self, request, queryset, act, *, action, title, button, done):
        """Ask for the reason, then call act(row, reason=, by=) for each chosen row."""
        form = ReasonForm(request.POST if "apply" in request.POST else None)
        if not form.is_valid():
            return self.ask(request, queryset, form, action=action, title=title, button=button)
        return self.run_each(request, queryset, lambda row: act(row, by=request.user, **form.cleaned_data), done)


def line_filter(of_model, field="line"):
    """A list filter by line, offering those of the tenant."""

    class LineFilter(admin.SimpleListFilter):
        title = gettext_lazy("line")
        parameter_name = "line"

        def lookups(self, request, model_admin):
            lines = of_model.objects.for_tenant(request.tenant).exclude(**{field: ""}).order_by(field)
            return [(line, line) for line in lines.values_list(field, flat=True).distinct()]

        def queryset(self, request, queryset):
            return queryset.filter(**{field: self.value()}) if self.value() else queryset

    return LineFilter
