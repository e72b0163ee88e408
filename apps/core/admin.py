"""Tenants, people and the audit log, for admins; a platform superuser sees all tenants."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Q, Subquery
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from apps.core import hooks, services
from apps.core.admin_base import ReadOnly, TenantAdmin
from apps.core.admin_forms import PersonForm, TenantForm
from apps.core.api.tokens import revoke_token
from apps.core.audit import recorded_models
from apps.core.audit.words import ACTIONS
from apps.core.models import ApiToken, Attachment, AuditLog, Device, Tenant, User
from apps.core.person_sheet import PersonSheet


@admin.register(Tenant)
class TenantSettingsAdmin(TenantAdmin):
    """An admin's own tenant and its rules."""

    form = TenantForm
    exported = ("name", "slug", "timezone", "settings", "created_at")
    list_display = ["name", "slug", "timezone", "created_at"]
    search_fields = ["name", "slug"]
    can_delete = False

    def get_queryset(self, request):
        tenants = super(TenantAdmin, self).get_queryset(request)
        return tenants if request.user.is_superuser else tenants.filter(pk=request.tenant.pk)

    def get_form(self, request, obj=None, change=False, **kwargs):
        return super(TenantAdmin, self).get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request, obj=None):
        rules = [name for name in self.form.declared_fields if name.startswith("rule_")]
        return [(None, {"fields": ["name", "slug", "timezone"]}), (_("Rules"), {"fields": rules})]

    def get_readonly_fields(self, request, obj=None):
        return ["slug"] if obj and not request.user.is_superuser else []

    def has_add_permission(self, request):
        return request.user.is_superuser

    def store(self, request, obj, form, change):
        services.save_tenant(obj, by=request.user, request_id=request.id)

    def get_history_queryset(self, request, history_manager, pk_name, object_id):
        rows = super().get_history_queryset(request, history_manager, pk_name, object_id)
        return rows.filter(id=request.tenant.pk)


@admin.register(User)
class PersonAdmin(TenantAdmin):
    """People: who they are and what they may. Passwords are given, never seen."""

    form = PersonForm
    sheet = PersonSheet
    list_display = ["display_name", "email", "staff_number", "role", "is_active", "last_login"]
    list_filter = ["role", "is_active"]
    search_fields = ["display_name", "email", "staff_number"]
    ordering = ["display_name"]
    readonly_fields = ["last_login", "must_change_password", "created_at"]
    change_form_template = "admin/core/user/change_form.html"
    can_delete = False
    actions = ["deactivate", "activate", "sign_out_everywhere", "remove_second_factor"]

    def get_fieldsets(self, request, obj=None):
        who = (None, {"fields": ["display_name", "email", "staff_number"]})
        rights = (_("Rights"), {"fields": ["role", "is_active", "lines", "locations", "labour_rate"]})
        signing_in = (_("Signing in"), {"fields": ["last_login", "must_change_password", "created_at"]})
        return [who, rights, signing_in] if obj else [who, rights]

    def store(self, request, obj, form, change):
        services.save_person(obj, by=request.user)
        if "is_active" in form.changed_data and not obj.is_active:
            self._tell_held(request, [obj.pk])

    def _tell_held(self, request, keys):
        """Say what those of these people who are switched off still hold, with the way to each."""
        people = User.objects.for_tenant(request.tenant).filter(pk__in=keys, is_active=False)
        held = hooks.held_by(request.tenant, people)
        for person in people.filter(pk__in=held):
            for what, url in held[person.pk]:
                words = {"person": person, "what": format_html('<a href="{}">{}</a>', url, what)}
                self.message_user(request, format_html(_("{person} still has: {what}"), **words), messages.WARNING)

    def response_add(self, request, obj, post_url_continue=None):
        if obj.email and obj.is_active and "_popup" not in request.POST:
            return HttpResponseRedirect(reverse("admin:core_user_one_time_password", args=[obj.pk]))
        return super().response_add(request, obj, post_url_continue)

    def get_urls(self):
        view = self.admin_site.admin_view(self.one_time_password)
        return [path("<uuid:pk>/one-time-password/", view, name="core_user_one_time_password"), *super().get_urls()]

    @method_decorator(never_cache)
    def one_time_password(self, request, pk):
        """Asks once, then shows the new password once: it stands nowhere else."""
        person = self.get_object(request, str(pk))
        if not self.has_change_permission(request, person):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": _("One-time password"),
            "opts": self.opts,
            "person": person,
            "word": services.give_one_time_password(person, by=request.user) if request.method == "POST" else None,
        }
        return TemplateResponse(request, "admin/core/user/one_time_password.html", context)

    @admin.action(description=gettext_lazy("Deactivate the chosen people"))
    def deactivate(self, request, queryset):
        self._set_active(request, queryset, False, _("%(count)d people can no longer sign in."))

    @admin.action(description=gettext_lazy("Activate the chosen people"))
    def activate(self, request, queryset):
        self._set_active(request, queryset, True, _("%(count)d people can sign in again."))

    @admin.action(description=gettext_lazy("Sign the chosen people out everywhere"))
    def sign_out_everywhere(self, request, queryset):
        def act(person):
            services.sign_out_everywhere(person, by=request.user)

        self.run_each(request, queryset, act, _("%(count)d people have to sign in again."))

    @admin.action(description=gettext_lazy("Remove the second factor of the chosen people"))
    def remove_second_factor(self, request, queryset):
        def act(person):
            services.remove_second_factor(person, by=request.user)

        self.run_each(request, queryset, act, _("%(count)d people sign in with their password alone again."))

    def _set_active(self, request, queryset, is_active, done):
        def act(person):
            person.is_active = is_active
            services.save_person(person, by=request.user)

        keys = list(queryset.values_list("pk", flat=True))
        self.run_each(request, queryset, act, done)
        if not is_active:
            self._tell_held(request, keys)


@admin.register(Device)
class DeviceAdmin(ReadOnly, TenantAdmin):
    """Shared terminals and wall displays; they are made, and revoked, on pages of their own."""

    list_display = ["name", "kind", "paired_by", "paired_at", "last_seen_at", "revoked_at"]
    list_select_related = ["paired_by"]
    search_fields = ["name"]
    ordering = ["name"]
    fields = ["name", "kind", "lines", "theme", "paired_by", "paired_at", "last_seen_at", "revoked_at"]


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnly, TenantAdmin):
    """Tokens of scripts and other systems; they are made on the page My settings, and revoked there or here."""

    list_display = ["name", "user", "scope", "created_at", "expires_at", "last_used_at", "revoked_at"]
    list_select_related = ["user"]
    list_filter = ["scope"]
    search_fields = ["name", "user__display_name"]
    ordering = ["-created_at"]
    fields = ["name", "user", "scope", "created_at", "expires_at", "last_used_at", "revoked_at"]
    actions = ["revoke"]

    @admin.action(description=gettext_lazy("Revoke the chosen tokens"), permissions=["view"])
    def revoke(self, request, queryset):
        def act(token):
            revoke_token(token, by=request.user)

        may = self.has_view_permission(request)  # who sees them: nobody changes them by hand
        self.run_each(request, queryset, act, _("%(count)d tokens open nothing any more."), may=may)


@admin.register(Attachment)
class AttachmentAdmin(ReadOnly, TenantAdmin):
    """Photos and PDFs; they come with what they belong to."""

    list_display = ["created_at", "name", "content_type", "size", "uploaded_by", "entity_type"]
    list_select_related = ["uploaded_by"]
    list_filter = ["content_type"]
    search_fields = ["name"]
    ordering = ["-id"]
    fields = [
        "name",
        "content_type",
        "size",
        "width",
        "height",
        "uploaded_by",
        "created_at",
        "entity_type",
        "entity_id",
    ]


class ActionFilter(admin.SimpleListFilter):
    title = gettext_lazy("action")
    parameter_name = "action"

    def lookups(self, request, model_admin):
        return list(ACTIONS.items())

    def queryset(self, request, queryset):
        return queryset.filter(action=self.value()) if self.value() else queryset


class TableFilter(admin.SimpleListFilter):
    title = gettext_lazy("table")
    parameter_name = "table"

    def lookups(self, request, model_admin):
        return [(table, table) for table in sorted(recorded_models())]

    def queryset(self, request, queryset):
        return queryset.filter(entity_type=self.value()) if self.value() else queryset


@admin.register(AuditLog)
class AuditLogAdmin(ReadOnly, TenantAdmin):
    """Who changed what, when; written by the database, never by hand."""

    exported = (
        "id", "created_at", "user_id", "action", "entity_type", "entity_id", "changes", "reason", "request_id",
    )  # fmt: skip
    list_display = ["created_at", "person", "action", "entity_type", "entity_id", "changed"]
    list_display_links = ["created_at"]
    list_filter = [ActionFilter, TableFilter]
    search_fields = ["entity_id"]
    search_help_text = gettext_lazy("A person’s name, or the whole id of a row.")
    ordering = ["-id"]
    sortable_by = ()
    fields = ["created_at", "person", "action", "entity_type", "entity_id", "changes", "reason", "request_id"]
    readonly_fields = ["person"]

    def get_queryset(self, request):
        names = User.objects.filter(pk=OuterRef("user_id")).values("display_name")[:1]
        return super().get_queryset(request).annotate(person_name=Subquery(names))

    def get_search_results(self, request, queryset, search_term):
        term = search_term.strip()
        if not term:
            return queryset, False
        people = (
            User.objects.for_tenant(request.tenant).filter(display_name__icontains=term).values_list("pk", flat=True)
        )
        # Tables and people are named, so that the indexes are used.
        found = Q(user_id__in=list(people[:100])) | Q(entity_type__in=sorted(recorded_models()), entity_id=term)
        return queryset.filter(found), False

    @admin.display(description=gettext_lazy("person"))
    def person(self, entry):
        return entry.person_name or (entry.user_id and str(entry.user_id)) or _("the system")

    @admin.display(description=gettext_lazy("changed"))
    def changed(self, entry):
        return ", ".join(sorted(entry.changes))[:120]


from apps.core.webhooks import admin as _webhooks  # noqa: F401  (registers the webhooks' tables)
