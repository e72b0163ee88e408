"""The audit log for admins: filtered by its address, in pages by key, as CSV; and one object's own history."""

import json
from datetime import datetime, time, timedelta
from itertools import groupby
from urllib.parse import urlencode

from django import forms
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Max, Min
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.utils.text import capfirst
from django.views.decorators.http import require_GET

from apps.core.audit import CHANGES, recorded_models
from apps.core.audit.words import ACTIONS, Names, action_words, entries, table_names
from apps.core.csv_export import EXPORTS
from apps.core.csv_export import PAGE as CSV_PAGE
from apps.core.hooks import sealed_tables
from apps.core.models import AuditLog, User
from apps.core.roles import Role, roles_allowed

PAGE = 50
CSV_COLUMNS = [
    "created_at",
    "user_id",
    "person",
    "action",
    "entity_type",
    "entity_id",
    "changes",
    "reason",
    "request_id",
    "id",
]
SYSTEM = "system"


class AuditFilterForm(forms.Form):
    """The filters of the audit log, from its address."""

    table = forms.CharField(required=False, max_length=63)
    object = forms.CharField(required=False, max_length=64)
    person = forms.CharField(required=False, max_length=36)
    kind = forms.CharField(required=False, max_length=40)
    day = forms.DateField(required=False)

    def clean_person(self):
        """A person's id, `system`, or nothing."""
        person = self.cleaned_data["person"]
        return forms.UUIDField().clean(person) if person not in ("", SYSTEM) else person

    def clean_day(self):
        day = self.cleaned_data["day"]
        if day and not 1900 < day.year < 9000:  # a slip of the hand; the last of days has no next
            raise forms.ValidationError("")
        return day


def _look(request) -> dict:
    """What the address asks for; what cannot be read finds nothing, as `broken` says."""
    form = AuditFilterForm(request.GET)
    form.is_valid()
    return form.cleaned_data | {"broken": bool(form.errors)}


def _rows(tenant, look):
    """The rows looked for, newest first. Each filter is one that an index answers."""
    rows = AuditLog.objects.filter(tenant=tenant).order_by("-id")
    if look["broken"]:
        return rows.none()
    if look["table"]:
        rows = rows.filter(entity_type=look["table"])
    if look["object"]:
        rows = rows.filter(entity_id=look["object"])
        if not look["table"]:  # tables are named, so that the index is used
            rows = rows.filter(entity_type__in=list(recorded_models()))
    if look["person"]:
        rows = rows.filter(user_id=None if look["person"] == SYSTEM else look["person"])
    if look["kind"]:
        rows = rows.filter(action=look["kind"])
    if look["day"]:
        rows = rows.filter(**_day(tenant, look["day"]))
    return rows


def _day(tenant, day) -> dict:
    """The bounds of one of the tenant's own days: 23 or 25 hours at clock changes.

    Its numbers are asked for first: by moment alone, the planner may read all days that came after.
    """
    start, end = (datetime.combine(d, time.min, tenant.zone) for d in (day, day + timedelta(days=1)))
    within = {"created_at__gte": start, "created_at__lt": end}
    numbers = AuditLog.objects.filter(tenant=tenant, **within).aggregate(first=Min("id"), last=Max("id"))
    return within | {"id__gte": numbers["first"] or 0, "id__lte": numbers["last"] or 0}


def _page(rows, after: str, size: int):
    """One page of rows, and the `after` of the next ("" at the end); a cursor that is none begins at the start."""
    if after.isdecimal() and len(after) < 19:
        rows = rows.filter(id__lt=int(after))
    found = list(rows[: size + 1])
    return found[:size], str(found[size - 1].pk) if len(found) > size else ""


@require_GET
@roles_allowed(Role.ADMIN)
def audit(request):
    look = _look(request)
    after = request.GET.get("after", "")
    rows, following = _page(_rows(request.tenant, look), after, PAGE)
    asked = {name: value for name, value in request.GET.items() if name != "after" and value}
    names, recorded = table_names(), [*recorded_models(), *sealed_tables()]
    people = {str(key): name for key, name in User.objects.for_tenant(request.tenant).values_list("pk", "display_name")}
    context = {
        "days": by_day(entries(rows, request.tenant)),
        "asked": asked,
        "query": urlencode(asked),
        "next_query": urlencode(asked | {"after": following}) if following else "",
        "is_first": not after,
        "tables": _choices({table: names[table] for table in recorded}, asked.get("table")),
        "kinds": _choices({action: action_words(action) for action in ACTIONS}, asked.get("kind")),
        "people": _choices(people, asked.get("person"), but=SYSTEM),
        "system": SYSTEM,
        "today": timezone.localdate(),
    }
    return render(request, "core/audit.html", context)


def by_day(found):
    return [
        (day, list(rows)) for day, rows in groupby(found, key=lambda entry: timezone.localdate(entry.row.created_at))
    ]


def _choices(known: dict, asked, *, but="") -> list[tuple[str, str]]:
    """The choices of a filter, with what the address asks for even where nobody knows it (an erased person)."""
    unknown = {asked: asked} if asked and asked not in known and asked != but else {}
    return sorted((known | unknown).items(), key=lambda choice: choice[1].casefold())


@require_GET
@roles_allowed(Role.ADMIN)
def audit_file(request, kind):
    """All that the filters find, newest first, sent as it is read."""
    tenant, look = request.tenant, _look(request)

    def page(after):
        rows, following = _page(_rows(tenant, look), after, CSV_PAGE)
        names = Names(tenant)
        for row in rows:
            names.want(User, row.user_id)
        names.load()
        return [_csv_cells(row, tenant, names) for row in rows], following

    return EXPORTS[kind](
        request,
        name="audit",
        table="audit_logs",
        asked={name: value for name, value in request.GET.items() if value and name in AuditFilterForm.base_fields},
        found=_rows(tenant, look),
        columns=CSV_COLUMNS,
        page=page,
    )


def _csv_cells(row, tenant, names):
    person = names.of(User, row.user_id) if row.user_id else ""
    changes = json.dumps(row.changes, ensure_ascii=False, cls=DjangoJSONEncoder)
    local = tenant.local(row.created_at).isoformat(sep=" ", timespec="milliseconds")
    words = [row.action, row.entity_type, row.entity_id, changes, row.reason, row.request_id]
    return [local, str(row.user_id or ""), person, *words, row.pk]


class MomentForm(forms.Form):
    """As it was on …: a moment of the tenant's own clock, or one with its offset."""

    at = forms.DateTimeField(required=False)

    def clean_at(self):
        at = self.cleaned_data["at"]
        if at and not 1900 < at.year < 9000:
            raise forms.ValidationError("")
        return at


@require_GET
@roles_allowed(Role.ADMIN)
def object_history(request, table, pk):
    """All versions of one row, newest first, and with `?at=` the whole row as it was then."""
    model = recorded_models().get(table)
    versions = AuditLog.objects.filter(
        tenant=request.tenant, entity_type=table, entity_id=str(pk), action__in=CHANGES
    ).order_by("-id")
    newest = versions.first()
    if model is None or newest is None:
        raise Http404
    form = MomentForm(request.GET)
    at = form.cleaned_data["at"] if form.is_valid() else None
    after = request.GET.get("after", "")
    rows, following = _page(versions, after, PAGE)
    then, at = _version(request, versions, at)
    found = entries([*rows, newest, *([then] if then else [])], request.tenant)
    context = {
        "table": table,
        "pk": pk,
        "entry": found[len(rows)],
        "days": by_day(found[: len(rows)]),
        "next": following,
        "is_first": not after,
        "today": timezone.localdate(),
        "at": at,
        "then": found[-1] if then else None,
        "fields": _as_it_was(model, then, request.tenant) if then and then.action != "delete" else [],
        "is_wrong_moment": bool(form.errors),
    }
    return render(request, "core/object_history.html", context)


def _version(request, versions, at):
    """The version asked for by its number or by a moment, and the moment."""
    number = request.GET.get("version", "")
    if number.isdecimal() and len(number) < 19 and (version := versions.filter(pk=int(number)).first()):
        return version, version.created_at
    return (versions.filter(created_at__lte=at).first() if at else None), at


def _as_it_was(model, version, tenant) -> list[tuple[str, str]]:
    """Every field of the row, from the history row that a version was recorded from."""
    row = model.history.model.objects.filter(tenant_id=tenant.pk, pk=version.history_row).first()
    if row is None:
        return []
    fields = [field for field in row.tracked_fields if field.name not in ("id", "tenant")]
    names = Names(tenant)
    for field in fields:
        names.want_value(field, getattr(row, field.attname))
    names.load()
    return [(capfirst(str(field.verbose_name)), names.shown(field, getattr(row, field.attname))) for field in fields]
