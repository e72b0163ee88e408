"""Moving stock: receive, transfer, issue, return, adjust. Each page begins with the scan field, and tells afterwards how
much there is."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from apps.core.doing import done, posted
from apps.core.request_keys import key_of
from apps.core.roles import MANAGERS, SUPERVISORS, Role, roles_allowed
from apps.inventory import queries, services
from apps.inventory.models import MoveKind, PartOrder, Stock, Wallet
from apps.inventory.stock_forms import AdjustForm, IssueForm, MoveForm, ReceiveForm, ReturnForm, TransferForm, read_key

STAYS = (
    "location",
    "target",
    "reference",
    "supplier",
    "user",
)  # of the address: what the next of the same kind begins with


@dataclass(frozen=True)
class Act:
    """An act on stock: its address, its words, what may be typed, and the service that does it."""

    name: str
    title: str | Promise
    button: str | Promise
    form: type[MoveForm]
    service: Callable


RECEIVE = Act("receive", _("Receive"), _("Receive it"), ReceiveForm, services.receive)
TRANSFER = Act("transfer", _("Transfer"), _("Transfer it"), TransferForm, services.transfer)
ISSUE = Act("issue", _("Issue to a wallet"), _("Issue it"), IssueForm, services.issue_to_wallet)
RETURN = Act("return", _("Return from a wallet"), _("Return it"), ReturnForm, services.return_from_wallet)
ADJUST = Act("adjust", _("Adjust the book"), _("Adjust it"), AdjustForm, services.adjust)


@require_http_methods(["GET", "POST"])
@roles_allowed(*SUPERVISORS)
def stock_receive(request):
    """Put what was delivered into a bin. `?part=` (a code), `?location=`, `?order=` begin it."""
    return _page(request, RECEIVE)


@require_http_methods(["GET", "POST"])
@roles_allowed(*SUPERVISORS)
def stock_transfer(request):
    """Move a part to another warehouse or bin. `?part=`, `?location=` (from where)."""
    return _page(request, TRANSFER)


@require_http_methods(["GET", "POST"])
@roles_allowed(*SUPERVISORS)
def stock_issue(request):
    """Give somebody a part to carry. `?part=`, `?location=`, `?user=`."""
    return _page(request, ISSUE)


@require_http_methods(["GET", "POST"])
@roles_allowed(Role.TECHNICIAN, *SUPERVISORS)
def stock_return(request):
    """Bring back what somebody carries: the own, or, as a supervisor, anybody's. `?part=`, `?location=`, `?user=`."""
    return _page(request, RETURN)


@require_http_methods(["GET", "POST"])
@roles_allowed(*MANAGERS)
def stock_adjust(request):
    """Correct what a bin is said to hold, for a reason. `?part=`, `?location=`, `?bin=`."""
    return _page(request, ADJUST)


def _page(request, act):
    start = {name: text.replace("\x00", "")[:200] for name, text in request.GET.items()}
    sent = request.POST.get("part", "") if request.method == "POST" else start.get("part", "")
    code = sent.replace("\x00", "").strip()[:500]
    part = queries.find_part(request.tenant, code) if code else _ordered(request, start.get("order", ""))
    form = None
    if part:
        part.tenant = request.tenant
        form = act.form(posted(request), part=part, person=request.user, start=start)
    if request.method == "POST" and form:
        move = done(form, lambda form: act.service(part, by=request.user, key=key_of(request), **form.told))
        if move:
            return HttpResponseRedirect(f"{reverse(f'inventory:stock_{act.name}')}?{urlencode(_next(move))}")
    context = {
        "act": act, "part": part, "form": form, "code": code, "done": _done(request, start),
        "stays": {name: start[name] for name in STAYS if start.get(name)},
    }  # fmt: skip
    if part:
        rows = Stock.objects.for_tenant(request.tenant).filter(part=part).select_related("location")
        context["stock"] = [row for row in rows.order_by("location__name", "bin_location") if row.qty_on_hand]
        context["bins"] = sorted({row.bin_location for row in rows} - {""})
        context["carriers"] = list(queries.carriers(part)[:10])
    is_refused = request.method == "POST"
    return render(request, "inventory/stock_act.html", context, status=422 if is_refused else 200)


def _ordered(request, key):
    """The part of an order to a supplier, where the address names one alone."""
    rows = PartOrder.objects.for_tenant(request.tenant).select_related("part")
    order = rows.filter(pk=read_key(key)).first()
    return order and order.part


def _next(move) -> dict:
    """Where the next one of the same kind begins: what was done, and what of it stays."""
    is_inward = move.kind in (MoveKind.RECEIVE, MoveKind.RETURN)
    place = move.to_location_id if is_inward else move.from_location_id or move.to_location_id
    stays = {
        "location": place, "target": move.to_location_id if move.kind == MoveKind.TRANSFER else None,
        "reference": move.reference, "supplier": move.supplier, "user": move.to_user_id or move.from_user_id,
    }  # fmt: skip
    return {"done": move.pk} | {name: value for name, value in stays.items() if value}


def _done(request, start):
    """What was done just now, and how much there is of it since: the move, and the balances at its ends."""
    move = queries.moves_found(request.tenant, {}).filter(pk=read_key(start.get("done", ""))).first()
    if move is None:
        return None
    part = {"part": move.part_id}
    ends = []
    for end in ("from", "to"):
        place, bin = getattr(move, f"{end}_location_id"), getattr(move, f"{end}_bin")
        person = getattr(move, f"{end}_user_id")
        if place:
            rows = Stock.objects.for_tenant(request.tenant).filter(location=place, bin_location=bin, **part)
            ends += rows.select_related("part", "location")
        elif person:
            ends += Wallet.objects.for_tenant(request.tenant).filter(user=person, **part).select_related("part", "user")
    return {"move": move, "ends": ends}
