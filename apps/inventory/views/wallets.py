"""What people carry: everybody's, one's own, and one part of it."""

from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from apps.core.csv_export import EXPORTS
from apps.core.csv_export import PAGE as EXPORT_PAGE
from apps.core.errors import NotAllowed
from apps.core.list_files import as_moment
from apps.core.models import User
from apps.core.paging import in_order
from apps.core.roles import EVERYONE, SUPERVISORS, Role, roles_allowed
from apps.inventory import queries, wallet_telling
from apps.inventory.models import Part, Stock, Wallet, plain
from apps.inventory.wallet_forms import (
    AskForm,
    HandOverForm,
    ReturnForm,
    WalletsFilterForm,
    WriteOffAllForm,
    WriteOffForm,
)

PAGE, CARRIERS = 50, 20
PEOPLE_COLUMNS = ["person", "is_active", "parts", "value", "since"]
COLUMNS = ["person", "sku", "name", "category", "quantity", "unit", "unit_cost", "value", "since"]


def person_or_404(request, pk) -> User:
    """Whose wallet it is. Raises NotAllowed where it is another person's, and no supervisor asks."""
    person = get_object_or_404(User.objects.for_tenant(request.tenant), pk=pk)
    if person != request.user and not request.user.is_at_least(Role.SUPERVISOR):
        raise NotAllowed(_("That is the wallet of %s; ask a supervisor.") % person)
    return person


@require_GET
@roles_allowed(*EVERYONE)
def wallets(request):
    """Supervisors see who carries something; everybody else the own wallet."""
    if not request.user.is_at_least(Role.SUPERVISOR):
        return _wallet_page(request, request.user)
    now, look, after = timezone.now(), WalletsFilterForm(request.GET).look(), request.GET.get("after", "")
    found = queries.people_found(request.tenant, look, now=now)
    page = in_order(found, field="display_name", after=after, size=PAGE)
    context = {
        "look": look, "is_filtered": any(look.values()), "rows": _with_ages(request.tenant, page.rows),
        "next": page.next, "is_first": not after, "who": WalletsFilterForm.WHO, "months": [30, 90, 180, 365],
    }  # fmt: skip
    return render(request, "inventory/wallets.html", context)


def _with_ages(tenant, people) -> list:
    """(person, since when the oldest of what is carried)."""
    oldest: dict = {}
    for (user, _part), since in queries.carried_since(tenant, people).items():
        oldest[user] = min(since, oldest.get(user, since))
    return [(person, oldest.get(person.pk)) for person in people]


@require_GET
@roles_allowed(*SUPERVISORS)
def wallets_file(request, kind):
    """All people that the filters find, with what they carry is worth, and how old it is."""
    look, tenant = WalletsFilterForm(request.GET).look(), request.tenant
    found = queries.people_found(tenant, look, now=timezone.now())

    def page(after):
        rows = in_order(found, field="display_name", after=after, size=EXPORT_PAGE)
        cells = [
            [str(person), person.is_active, person.parts, plain(person.value), as_moment(since)]
            for person, since in _with_ages(tenant, rows.rows)
        ]
        return cells, rows.next

    asked = {name: value for name, value in look.items() if value}
    return EXPORTS[kind](
        request, name="wallets", table="inventory_wallets", asked=asked, found=found, columns=PEOPLE_COLUMNS, page=page
    )


@require_GET
@roles_allowed(*EVERYONE)
def wallet(request, pk):
    """What one person carries: the own wallet, or, for supervisors, anybody's."""
    return _wallet_page(request, person_or_404(request, pk))


def wallet_context(request, person) -> dict:
    """What the page of a wallet shows."""
    text, after = request.GET.get("code", "").replace("\x00", "").strip()[:200], request.GET.get("after", "")
    found = queries.held(request.tenant, person, text)
    page = in_order(found, field="sku", after=after, size=PAGE)
    since = queries.carried_since(request.tenant, [person])
    whole = queries.people_found(request.tenant, {}, now=timezone.now()).filter(pk=person.pk).first()
    offered, given = queries.handovers_of(request.tenant, person)
    return {
        "person": person, "is_own": person == request.user, "rows": [(row, since.get((person.pk, row.part_id))) for row in page.rows],
        "next": page.next, "is_first": not after, "text": text, "whole": whole, "oldest": min(since.values(), default=None),
        "offered": offered, "given": given, "supervises": request.user.is_at_least(Role.SUPERVISOR),
        "manages": request.user.is_at_least(Role.MANAGER), "write_off": WriteOffAllForm(),
        "may_act": request.user.is_at_least(Role.TECHNICIAN),
    }  # fmt: skip


def _wallet_page(request, person):
    """A scanned code leads to the part; words find in the wallet."""
    code = request.GET.get("code", "").replace("\x00", "").strip()[:500]
    if part := queries.find_part(request.tenant, code):
        return redirect("inventory:wallet_part", pk=person.pk, part=part.pk)
    return render(request, "inventory/wallet.html", wallet_context(request, person))


@require_GET
@roles_allowed(*EVERYONE)
def wallet_file(request, pk, kind):
    """All that a person carries; `?code=`: the parts that these words find."""
    person = person_or_404(request, pk)
    text = request.GET.get("code", "").replace("\x00", "").strip()[:200]
    found, since = queries.held(request.tenant, person, text), queries.carried_since(request.tenant, [person])

    def page(after):
        rows = in_order(found, field="sku", after=after, size=EXPORT_PAGE)
        return [_cells(row, person, since.get((person.pk, row.part_id))) for row in rows.rows], rows.next

    asked = {"person": str(person.pk)} | ({"code": text} if text else {})
    return EXPORTS[kind](
        request, name="wallet", table="inventory_wallets", asked=asked, found=found, columns=COLUMNS, page=page
    )


def _cells(row, person, since) -> list:
    part = row.part
    return [
        str(person), part.sku, part.name, part.category, plain(row.qty_held), part.unit, plain(row.unit_cost),
        plain(row.value), as_moment(since),
    ]  # fmt: skip


@require_GET
@roles_allowed(*EVERYONE)
def wallet_part(request, pk, part):
    """One part in a wallet, or not in it: who else has it, and what can be done."""
    return part_page(request, person_or_404(request, pk), part_or_404(request, part))


def part_or_404(request, pk) -> Part:
    return get_object_or_404(Part.objects.for_tenant(request.tenant).select_related("tenant"), pk=pk)


def part_page(request, person, part, *, refused=None):
    """refused: the form that is shown again, with what is wrong."""
    forms = {form.name: form(part=part, person=person) for form in (AskForm, ReturnForm, HandOverForm, WriteOffForm)}
    if refused is not None:
        forms[refused.name] = refused
    wallet = Wallet.objects.for_tenant(request.tenant).filter(user=person, part=part, qty_held__gt=0).first()
    stock = Stock.objects.for_tenant(request.tenant).filter(part=part, qty_on_hand__gt=0).select_related("location")
    offered = [row for row in queries.handovers_of(request.tenant, person)[1] if row.part_id == part.pk]
    is_own, supervises = person == request.user, request.user.is_at_least(Role.SUPERVISOR)
    context = {
        "person": person, "part": part, "wallet": wallet, "is_own": is_own, "supervises": supervises,
        "may_act": request.user.is_at_least(Role.TECHNICIAN), "manages": request.user.is_at_least(Role.MANAGER),
        "since": queries.carried_since(request.tenant, [person]).get((person.pk, part.pk)) if wallet else None,
        "stock": stock.order_by("location__name", "bin_location"), "given": offered,
        "carriers": queries.carriers(part).exclude(user=person)[:CARRIERS],
        "asked": wallet_telling.last_asked(part, person) if is_own else None,
        "ask_form": forms["ask"], "return_form": forms["return"], "hand_over_form": forms["hand-over"],
        "write_off_form": forms["write-off"], "bins": sorted({row.bin_location for row in stock} - {""}),
    }  # fmt: skip
    return render(request, "inventory/wallet_part.html", context, status=422 if refused is not None else 200)
