"""Jobs: the list, one job's page, new, copied and pasted jobs, and what supervisors do to them."""

from datetime import timedelta

from django.contrib import messages
from django.db.models import Max, Min, Q, Sum
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.core.csv_export import EXPORTS
from apps.core.csv_export import PAGE as EXPORT_PAGE
from apps.core.errors import BrokenRule
from apps.core.paging import newest_first
from apps.core.pdf import as_download
from apps.core.roles import EVERYONE, SUPERVISORS, roles_allowed
from apps.core.services import lines_of
from apps.core.sheets.questions import questions
from apps.shopfloor import services
from apps.shopfloor.job_card import job_card as card_of
from apps.shopfloor.job_forms import (
    EndForm,
    JobFilterForm,
    JobForm,
    RankForm,
    ReasonForm,
)
from apps.shopfloor.models import Event, Job, JobStatus
from apps.shopfloor.paste import PasteSheet, read_paste
from apps.shopfloor.rights import rights_of
from apps.shopfloor.sheets import JobSheet
from apps.shopfloor.stories import describe, icon, photos_of
from apps.shopfloor.views.activity import reason_names
from apps.shopfloor.views.answers import read

PAGE = 50
EVENTS_SHOWN = 50
SESSIONS_SHOWN = 200


@require_GET
@roles_allowed(*EVERYONE)
def jobs(request):
    """All jobs, newest first, by what the address asks for."""
    look, today = _look(request), timezone.localdate()
    found = _filtered(Job.objects.for_tenant(request.tenant), look, today).with_quantities()
    page = newest_first(found, moment="created_at", tie="id", after=request.GET.get("after", ""), size=PAGE)
    rows = [(job, job.is_late(today), _percent(job)) for job in page.rows]
    context = {
        "rows": rows,
        "look": look,
        "is_filtered": any(look.values()),
        "statuses": [("", _("All")), *JobStatus.choices],
        "due_choices": JobFilterForm.DUE,
        "lines": lines_of(request.tenant),
        "next": page.next,
        "is_first": not request.GET.get("after"),
        "may": rights_of(request),
        "today": today,
    }
    return render(request, "shopfloor/job_list.html", context)


@require_GET
@roles_allowed(*EVERYONE)
def jobs_file(request, kind):
    """All that the filters find, newest first, with the columns that an import takes, and a few more."""
    look, sheet = _look(request), JobSheet(request.tenant)
    found = _filtered(Job.objects.for_tenant(request.tenant), look, timezone.localdate()).with_quantities()

    def page(after):
        rows = newest_first(found, moment="created_at", tie="id", after=after, size=EXPORT_PAGE)
        return sheet.cells(rows.rows), rows.next

    asked = {name: value for name, value in look.items() if value}
    return EXPORTS[kind](
        request, name="jobs", table="jobs", asked=asked, found=found, columns=sheet.headings(), page=page
    )


def _look(request) -> dict:
    form = JobFilterForm(request.GET)
    form.is_valid()  # what cannot be read filters nothing
    return form.cleaned_data


def _filtered(found, look, today):
    if look.get("status"):
        found = found.filter(status=look["status"])
    if look.get("line"):
        found = found.filter(line_hint=look["line"])
    if look.get("part"):
        found = found.filter(part_name__icontains=look["part"])
    if text := look.get("q"):
        found = found.filter(Q(code__icontains=text) | Q(part_name__icontains=text))
    due = {
        "late": Q(due_date__lt=today, status__in=[JobStatus.WAITING, JobStatus.RUNNING]),
        "today": Q(due_date=today),
        "week": Q(due_date__gte=today, due_date__lte=today + timedelta(days=7)),
        "none": Q(due_date=None),
    }.get(look.get("due", ""), Q())
    return found.filter(due)


def _percent(job) -> float:
    return min(100, round(100 * job.qty_done / job.qty_total, 1))


@require_GET
@roles_allowed(*EVERYONE)
def job_detail(request, pk):
    """One job: what was done where and when, what happened, and what a supervisor may do about it."""
    job = _job(request, pk)
    today = timezone.localdate()
    sessions = job.assignments.select_related("station").order_by("-started_at", "-id")[:SESSIONS_SHOWN]
    events = Event.objects.for_tenant(request.tenant).filter(job=job).select_related("station", "job", "user")
    shown = list(events.order_by("-occurred_at", "-seq")[:EVENTS_SHOWN])
    photos = photos_of(shown)
    reasons = reason_names(request.tenant)
    finished_on = job.completed_at and timezone.localdate(job.completed_at)
    context = {
        "job": job,
        "percent": _percent(job),
        "missing": max(job.qty_total - job.qty_done, 0),
        "is_late": job.is_late(today),
        "on_time": finished_on <= job.due_date if finished_on and job.due_date else None,
        "is_open": job.status in (JobStatus.WAITING, JobStatus.RUNNING),
        "stations": _by_station(job),
        "sessions": sessions,
        "events": [(event, describe(event, reasons=reasons), icon(event), photos.get(event.pk)) for event in shown],
        "may": rights_of(request),
        "today": today,
    }
    return render(request, "shopfloor/job_detail.html", context)


@require_GET
@roles_allowed(*EVERYONE)
def job_card(request, pk):
    """The job's card as a PDF, to lay beside the parts."""
    job = _job(request, pk)
    return as_download(card_of(request, job, _by_station(job)), job.code)


def _job(request, pk):
    return get_object_or_404(Job.objects.for_tenant(request.tenant).with_quantities(), pk=pk)


def _by_station(job):
    sums = {"good": Sum("qty_done"), "scrap": Sum("qty_scrap"), "first": Min("started_at"), "last": Max("ended_at")}
    return (
        job.assignments.values("station", "station__code", "station__name").annotate(**sums).order_by("station__code")
    )


@require_http_methods(["GET", "POST"])
@roles_allowed(*SUPERVISORS)
def job_new(request):
    return _create(request, JobForm(request.POST or None, tenant=request.tenant), title=_("New job"))


@require_http_methods(["GET", "POST"])
@roles_allowed(*SUPERVISORS)
def job_copy(request, pk):
    """A new job with another one's data; the code and the day are its own."""
    job = _job(request, pk)
    copied = ("part_name", "qty_total", "priority", "line_hint", "cycle_seconds")
    initial = {name: getattr(job, name) for name in copied}
    form = JobForm(request.POST or None, tenant=request.tenant, initial=initial)
    return _create(request, form, title=_("Copy of %s") % job)


def _create(request, form, *, title):
    if request.method == "POST" and form.is_valid():
        job = services.create_job(request.tenant, by=request.user, **form.values)
        messages.success(request, _("%s waits in the queue.") % job)
        return redirect("shopfloor:job_detail", pk=job.pk)
    return _form_page(request, form, title=title, button=_("Create the job"))


@require_http_methods(["GET", "POST"])
@roles_allowed(*SUPERVISORS)
def job_change(request, pk):
    job = _job(request, pk)
    form = JobForm(request.POST or None, tenant=request.tenant, instance=job)
    if request.method == "POST" and form.is_valid():
        services.change_job(job, by=request.user, seen=form.cleaned_data["seen"], **form.changes)
        messages.success(request, _("%s is changed.") % form.cleaned_data["code"])
        return redirect("shopfloor:job_detail", pk=job.pk)
    return _form_page(request, form, title=_("Change %s") % form.initial["code"], button=_("Save"), job=job)


def _form_page(request, form, *, title, button, job=None):
    context = {"form": form, "title": title, "button": button, "job": job, "lines": lines_of(request.tenant)}
    return render(request, "shopfloor/job_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@roles_allowed(*SUPERVISORS)
def jobs_paste(request):
    """Cells of a spreadsheet: first shown as they were understood, then made, all or none."""
    text = request.POST.get("text", "")
    answers = {name.removeprefix("way-"): way for name, way in request.POST.items() if name.startswith("way-")}
    paste = read_paste(text, request.tenant, answers) if request.method == "POST" else None
    if paste and paste.is_good and "create" in request.POST:
        made = services.create_jobs(request.tenant, [row.values for row in paste.rows], by=request.user)
        done = ngettext("%d job waits in the queue.", "%d jobs wait in the queue.", len(made)) % len(made)
        messages.success(request, done)
        return redirect("shopfloor:jobs")
    columns = PasteSheet(request.tenant).columns
    context = {"paste": paste, "text": text, "columns": columns, "questions": questions(paste), "answers": answers}
    is_refused = paste is not None and not paste.is_good
    return render(request, "shopfloor/job_paste.html", context, status=422 if is_refused else 200)


@require_POST
@roles_allowed(*SUPERVISORS)
def job_rank(request, pk):
    """Pin the job in the queue, or let it go by priority and due date again."""
    job, form = _job(request, pk), RankForm(request.POST)
    if not form.is_valid():
        raise BrokenRule(_("A rank is a whole number from 0 up, or empty."))
    job = services.change_job(job, by=request.user, **form.cleaned_data)
    messages.success(
        request, _("%s goes by priority and due date.") % job if job.rank is None else _("%s is pinned.") % job
    )
    return redirect("shopfloor:job_detail", pk=job.pk)


@require_POST
@roles_allowed(*SUPERVISORS)
def job_end(request, pk):
    """Complete the job from its own page, on whatever stations it runs."""
    job, said = _job(request, pk), read(EndForm(request.POST))
    fill = said["missing"] == "fill"
    short = "" if fill else said["reason"]
    job = services.complete_job(job, by=request.user, fill=fill, short=short, missing=said["told"])
    messages.success(request, _("%s is completed.") % job)
    return redirect("shopfloor:job_detail", pk=job.pk)


@require_POST
@roles_allowed(*SUPERVISORS)
def job_cancel(request, pk):
    job, form = _job(request, pk), ReasonForm(request.POST)
    said = read(form)
    if not said["reason"]:
        raise BrokenRule(_("Say why the job is given up."))
    job = services.cancel_job(job, by=request.user, reason=said["reason"], seen=said["seen"])
    messages.success(request, _("%s is cancelled; what was made stays counted.") % job)
    return redirect("shopfloor:job_detail", pk=job.pk)


@require_POST
@roles_allowed(*SUPERVISORS)
def job_reopen(request, pk):
    job, said = _job(request, pk), read(ReasonForm(request.POST))
    job = services.reopen_job(job, by=request.user, reason=said["reason"], seen=said["seen"])
    messages.success(request, _("%s waits in the queue again.") % job)
    return redirect("shopfloor:job_detail", pk=job.pk)
