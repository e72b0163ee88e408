"""The shop floor's tables, for managers: master data by form, every change of state by a service."""

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.admin_base import EVERYWHERE, ReadOnly, TenantAdmin, TenantRelatedFilter, line_filter
from apps.shopfloor import (
    services,
    shift_admin,  # noqa: F401  (registers shifts)
)
from apps.shopfloor.models import (
    Call,
    Event,
    EventType,
    Job,
    PerformanceLog,
    ScrapReason,
    Station,
    StationAsset,
    StationAssignment,
    StationStatus,
    StopReason,
    TerminalStation,
)
from apps.shopfloor.sheets import (
    JobSheet,
    PerformanceLogSheet,
    ScrapReasonSheet,
    StationAssetSheet,
    StationSheet,
    StopReasonSheet,
    overlapping,
)
from apps.shopfloor.stories import describe


@admin.register(StopReason)
class StopReasonAdmin(TenantAdmin):
    sheet = StopReasonSheet
    list_display = ["code", "name", "group", "counts_as", "planned_minutes", "is_active"]
    list_display_links = ["code", "name"]
    list_filter = ["group", "counts_as", "is_active"]
    search_fields = ["code", "name"]
    fields = ["code", "name", "group", "counts_as", "planned_minutes", "is_active"]


@admin.register(ScrapReason)
class ScrapReasonAdmin(TenantAdmin):
    sheet = ScrapReasonSheet
    list_display = ["code", "name", "is_active"]
    list_display_links = ["code", "name"]
    list_filter = ["is_active"]
    search_fields = ["code", "name"]
    fields = ["code", "name", "is_active"]


class StopForm(forms.Form):
    """Why stations stop."""

    reason = forms.ModelChoiceField(StopReason.objects.none(), label=gettext_lazy("Reason"))
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=500)

    def __init__(self, *args, tenant, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].queryset = StopReason.objects.for_tenant(tenant).filter(is_active=True)


@admin.register(Station)
class StationAdmin(TenantAdmin):
    """Stations: master data here; status and job through the same services as the board."""

    sheet = StationSheet
    list_display = ["code", "name", "line", "status", "stop_reason", "status_since", "is_active"]
    list_display_links = ["code", "name"]
    list_filter = [line_filter(Station), "status", "is_active"]
    list_select_related = ["stop_reason"]
    search_fields = ["code", "name", "line"]
    autocomplete_fields = ["asset"]
    fields = ["code", "name", "line", "is_active", "asset", "status", "stop_reason", "status_since"]
    readonly_fields = ["status", "stop_reason", "status_since"]
    actions = ["run", "idle", "block", "take_off"]

    def store(self, request, obj, form, change):
        services.save_station(obj, by=request.user)

    @admin.action(description=gettext_lazy("Set running"), location=EVERYWHERE)
    def run(self, request, queryset):
        self._set(request, queryset, StationStatus.RUNNING, _("%(count)d stations are running."))

    @admin.action(description=gettext_lazy("Set idle"), location=EVERYWHERE)
    def idle(self, request, queryset):
        self._set(request, queryset, StationStatus.IDLE, _("%(count)d stations are idle."))

    @admin.action(description=gettext_lazy("Block, with a reason"), location=EVERYWHERE)
    def block(self, request, queryset):
        form = StopForm(request.POST if "apply" in request.POST else None, tenant=request.tenant)
        if not form.is_valid():
            return self.ask(request, queryset, form, action="block", title=_("Block stations"), button=_("Block"))
        done = _("%(count)d stations are blocked.")
        self._set(request, queryset, StationStatus.BLOCKED, done, **form.cleaned_data)

    @admin.action(description=gettext_lazy("Take the job off"), location=EVERYWHERE)
    def take_off(self, request, queryset):
        def act(station):
            services.take_off_job(station, by=request.user)

        self.run_each(request, queryset, act, _("%(count)d stations have no job any more."))

    def _set(self, request, queryset, status, done, **details):
        def act(station):
            services.set_status(station, status, by=request.user, **details)

        self.run_each(request, queryset, act, done)


class StationAssetForm(forms.ModelForm):
    def clean(self):
        found = super().clean()
        if not self.errors and found.get("started_at"):
            fields = ("station", "asset", "started_at", "ended_at")
            served = StationAsset(
                pk=self.instance.pk, tenant_id=self.instance.tenant_id, **{n: found[n] for n in fields}
            )
            for name in overlapping(served):
                self.add_error(name, _("%s is taken in this time; end that first.") % found[name])
        return found


@admin.register(StationAsset)
class StationAssetAdmin(TenantAdmin):
    form = StationAssetForm
    sheet = StationAssetSheet
    list_display = ["station", "asset", "started_at", "ended_at"]
    list_filter = [("station", TenantRelatedFilter)]
    list_select_related = ["station", "asset"]
    search_fields = ["station__code", "asset__name"]
    autocomplete_fields = ["station", "asset"]
    fields = ["station", "asset", "started_at", "ended_at"]
    ordering = ["-started_at"]


class JobAdminForm(forms.ModelForm):
    """A job's data, with the version the person saw: saving a stale form is a conflict."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            self.initial["seen"] = self.instance.version


class CompleteForm(forms.Form):
    """What happens to missing units: booked, or the job ends short."""

    fill = forms.BooleanField(label=gettext_lazy("Book the missing units as good"), required=False)
    short = forms.CharField(label=gettext_lazy("Or why the jobs end with fewer"), required=False, max_length=500)


class ReasonForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=500)


@admin.register(Job)
class JobAdmin(TenantAdmin):
    """Jobs: created, changed and ended through the services."""

    form = JobAdminForm
    sheet = JobSheet
    list_display = ["code", "part_name", "done", "due_date", "priority", "status", "line_hint", "rank"]
    list_display_links = ["code", "part_name"]
    list_filter = ["status", "priority", line_filter(Job, "line_hint"), "due_date"]
    search_fields = ["code", "part_name"]
    ordering = ["-created_at", "-id"]
    sortable_by = ["code", "due_date", "status"]
    readonly_fields = ["status", "created_at", "completed_at"]
    can_delete = False  # its events stay for ever; it is cancelled instead
    actions = ["complete", "cancel", "reopen"]
    save_as = True

    def get_fieldsets(self, request, obj=None):
        what = ["code", "part_name", "qty_total", "due_date", "priority", "line_hint", "rank", "cycle_seconds"]
        state = [(_("State"), {"fields": ["status", "created_at", "completed_at"]})] if obj else []
        return [(None, {"fields": [*what, "seen"]}), *state]

    def get_queryset(self, request):
        return super().get_queryset(request).with_quantities()

    @admin.display(description=gettext_lazy("done"))
    def done(self, job):
        return f"{job.qty_done} / {job.qty_total}"

    def store(self, request, obj, form, change):
        fields = {name: value for name, value in form.cleaned_data.items() if name != "seen"}
        if not change:
            services.create_job(request.tenant, by=request.user, id=obj.pk, **fields)
            return
        changed = {name: value for name, value in fields.items() if name in form.changed_data}
        services.change_job(obj, by=request.user, seen=form.cleaned_data["seen"], **changed)

    @admin.action(description=gettext_lazy("Complete"), location=EVERYWHERE)
    def complete(self, request, queryset):
        form = CompleteForm(request.POST if "apply" in request.POST else None)
        if not form.is_valid():
            return self.ask(request, queryset, form, action="complete", title=_("Complete jobs"), button=_("Complete"))

        def act(job):
            services.complete_job(job, by=request.user, **form.cleaned_data)

        self.run_each(request, queryset, act, _("%(count)d jobs are completed."))

    @admin.action(description=gettext_lazy("Cancel, with a reason"), location=EVERYWHERE)
    def cancel(self, request, queryset):
        form = ReasonForm(request.POST if "apply" in request.POST else None)
        if not form.is_valid():
            return self.ask(
                request, queryset, form, action="cancel", title=_("Cancel jobs"), button=_("Cancel the jobs")
            )

        def act(job):
            services.cancel_job(job, by=request.user, reason=form.cleaned_data["reason"])

        self.run_each(request, queryset, act, _("%(count)d jobs are cancelled."))

    @admin.action(description=gettext_lazy("Reopen"), location=EVERYWHERE)
    def reopen(self, request, queryset):
        def act(job):
            services.reopen_job(job, by=request.user)

        self.run_each(request, queryset, act, _("%(count)d jobs wait again."))


@admin.register(StationAssignment)
class StationAssignmentAdmin(ReadOnly, TenantAdmin):
    list_display = ["station", "job", "qty_done", "qty_scrap", "is_active", "started_at", "ended_at"]
    list_filter = ["is_active", ("station", TenantRelatedFilter)]
    list_select_related = ["station", "job"]
    search_fields = ["=station__code", "=job__code"]
    ordering = ["-started_at"]
    fields = ["station", "job", "qty_done", "qty_scrap", "is_active", "started_at", "ended_at", "notes"]


@admin.register(Call)
class CallAdmin(ReadOnly, TenantAdmin):
    list_display = ["opened_at", "station", "kind", "status", "level", "part", "qty", "acknowledged_by", "ended_at"]
    list_filter = ["status", "kind", ("station", TenantRelatedFilter)]
    list_select_related = ["station", "acknowledged_by"]
    search_fields = ["=station__code", "part"]
    ordering = ["-opened_at"]
    fields = [
        "station", "kind", "status", "part", "qty", "note", "level", "opened_by", "opened_at",
        "acknowledged_by", "acknowledged_at", "ended_by", "ended_at",
    ]  # fmt: skip


@admin.register(TerminalStation)
class TerminalStationAdmin(ReadOnly, TenantAdmin):
    """Which stations a paired terminal is for; pairing is done on the terminal itself."""

    list_display = ["device", "station"]
    list_filter = [("station", TenantRelatedFilter)]
    list_select_related = ["device", "station"]
    search_fields = ["=station__code", "device__name"]
    ordering = ["device__name", "station__code"]
    fields = ["device", "station"]


class EventTypeFilter(admin.SimpleListFilter):
    """The kinds LeanOps writes; asking millions of rows which kinds there are would take seconds."""

    title = gettext_lazy("kind")
    parameter_name = "kind"

    def lookups(self, request, model_admin):
        return EventType.choices

    def queryset(self, request, queryset):
        return queryset.filter(event_type=self.value()) if self.value() else queryset


@admin.register(Event)
class EventAdmin(ReadOnly, TenantAdmin):
    list_display = ["occurred_at", "kind", "station", "job", "user", "what"]
    list_filter = [EventTypeFilter, ("station", TenantRelatedFilter)]
    list_select_related = ["station", "job", "user"]
    search_fields = ["station__code"]
    search_help_text = gettext_lazy("The whole code of a station or a job.")
    ordering = ["-occurred_at", "-seq"]
    sortable_by = ()
    fields = ["occurred_at", "event_type", "station", "job", "user", "payload", "created_at", "seq"]

    @admin.display(description=gettext_lazy("kind"))
    def kind(self, event):
        return event.get_event_type_display()

    @admin.display(description=gettext_lazy("what happened"))
    def what(self, event):
        return Truncator(describe(event)).chars(200)

    def get_search_results(self, request, queryset, search_term):
        code = search_term.strip()
        if not code:
            return queryset, False
        stations = Station.objects.for_tenant(request.tenant).filter(code__iexact=code).values_list("pk", flat=True)
        jobs = Job.objects.for_tenant(request.tenant).filter(code__iexact=code).values_list("pk", flat=True)
        # The keys first: a join with two tables at once would read the whole log.
        return queryset.filter(Q(station__in=list(stations)) | Q(job__in=list(jobs))), False


@admin.register(PerformanceLog)
class PerformanceLogAdmin(TenantAdmin):
    sheet = PerformanceLogSheet
    list_display = [
        "log_date", "shift", "station", "job", "units_completed", "target_units", "efficiency", "source", "is_revised",
    ]  # fmt: skip
    list_filter = ["shift", "source", "is_revised", ("station", TenantRelatedFilter)]
    list_select_related = ["station", "job"]
    search_fields = ["=station__code", "=job__code"]
    autocomplete_fields = ["station", "job"]
    fields = ["log_date", "shift", "station", "job", "units_completed", "target_units", "efficiency"]
    readonly_fields = ["efficiency"]
    ordering = ["-log_date", "shift"]

    def store(self, request, obj, form, change):
        services.save_performance_log(obj, by=request.user)
