"""A person's inbox, its bell, and what is mailed. Not at shared terminals: nobody's inbox is everybody's there."""

import uuid
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.core.http import own_address
from apps.core.list_files import as_moment, list_file
from apps.core.notifications import services, unread
from apps.core.notifications.forms import NotificationSettingsForm
from apps.core.notifications.kinds import all_kinds
from apps.core.notifications.words import in_words
from apps.core.roles import EVERYONE, roles_allowed
from apps.core.services import save_own_settings, shift_names

PAGE = 50


@require_GET
@roles_allowed(*EVERYONE)
def notifications(request):
    """Newest first, in pages by key."""
    kind, is_unread, after = request.GET.get("kind", ""), "unread" in request.GET, _key(request.GET.get("after", ""))
    rows = _found(request)
    if after:
        rows = rows.filter(pk__lt=after)
    found = list(rows.order_by("-pk")[: PAGE + 1])
    asked = {name: value for name, value in request.GET.items() if name in ("kind", "unread")}
    context = {
        "told": in_words(found[:PAGE]),
        "kinds": all_kinds().values(),
        "kind": kind,
        "is_unread": is_unread,
        "query": urlencode(asked),
        "next_query": urlencode(asked | {"after": found[PAGE - 1].pk}) if len(found) > PAGE else "",
        "is_first": after is None,
    }
    return render(request, "core/notifications.html", context)


@require_GET
@roles_allowed(*EVERYONE)
def notifications_file(request, kind):
    columns = ["created_at", "kind", "sentence", "address", "read_at"]

    def cells(rows):
        return [
            [as_moment(told.row.created_at), told.kind, told.sentence, told.row.url, as_moment(told.row.read_at)]
            for told in in_words(rows)
        ]

    rows = _found(request).order_by("-pk")
    filters = ("kind", "unread")
    return list_file(request, kind, name="notifications", rows=rows, columns=columns, cells=cells, filters=filters)


def _found(request):
    """One's own, as far as the filters go."""
    rows = services.mine(request.tenant, request.user)
    if kind := request.GET.get("kind", ""):
        rows = rows.filter(kind=kind)
    return rows.filter(read_at=None) if "unread" in request.GET else rows


def _key(text) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


@require_GET
@roles_allowed(*EVERYONE)
def notification(request, pk):
    """Where links in the inbox and in mails lead: on to what it is about, and it is read."""
    mine = services.mine(request.tenant, request.user)
    found = get_object_or_404(mine, pk=pk)
    services.mark_read(mine.filter(pk=pk))
    return redirect(own_address(request, found.url) or "core:notifications")


@require_POST
@roles_allowed(*EVERYONE)
def notifications_read(request):
    """All that the page showed, and what is older; what came meanwhile stays unread."""
    mine = services.mine(request.tenant, request.user)
    newest = _key(request.POST.get("newest", ""))
    services.mark_read(mine.filter(pk__lte=newest) if newest else mine.none())
    return redirect("core:notifications")


@require_GET
@roles_allowed(*EVERYONE)
def bell(request):
    """The bell anew, for pages that are told that its number changed."""
    if not request.htmx:
        return redirect("core:notifications")
    request.unread = services.mine(request.tenant, request.user).filter(read_at=None)[: unread.MOST + 1].count()
    return render(request, "core/_bell.html")


@require_http_methods(["GET", "POST"])
@roles_allowed(*EVERYONE)
def notification_settings(request):
    shifts = shift_names(request.tenant, request.user.lines)
    form = NotificationSettingsForm(request.POST or None, instance=request.user, shifts=shifts)
    if request.method == "POST" and form.is_valid():
        save_own_settings(request, **form.choices())
        messages.success(request, _("Your settings are saved."))
        return redirect("core:notification_settings")
    context = {"form": form, "sends_mail": settings.SENDS_MAIL}
    return render(request, "core/notification_settings.html", context, status=422 if form.errors else 200)
