"""The ledger as a feed, and bringing back what was used."""

from itertools import groupby

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.core.doing import done, posted
from apps.core.errors import NotAllowed
from apps.core.list_files import as_moment, list_file, page_from
from apps.core.models import User
from apps.core.request_keys import key_of
from apps.core.roles import EVERYONE, SUPERVISORS, Role, roles_allowed
from apps.inventory import queries, services
from apps.inventory.models import MoveKind, plain
from apps.inventory.stock_forms import MoveFilterForm, UndoForm
from apps.inventory.templatetags.amounts import undoable_by

PAGE = 50
COLUMNS = [
    "seq", "moment", "kind", "sku", "name", "quantity", "unit", "unit_cost", "value", "cost_known", "from_warehouse", "from_bin",
    "from_person", "to_warehouse", "to_bin", "to_person", "reference", "supplier", "reason", "person",
]  # fmt: skip
FILTERS = ("part", "place", "person", "kind", "day", "q")


@require_GET
@roles_allowed(*EVERYONE)
def stock_moves(request):
    """Every move of every part, the newest first."""
    look = MoveFilterForm(request.GET, tenant=request.tenant).look()
    page = page_from(queries.moves_found(request.tenant, look), after=request.GET.get("after", ""), size=PAGE)
    queries.note_left(page.rows)
    by_day = groupby(page.rows, key=lambda move: timezone.localdate(move.created_at))
    context = {
        "look": look, "asked": request.GET, "is_filtered": any(request.GET.get(name) for name in FILTERS),
        "days": [(day, list(moves)) for day, moves in by_day], "today": timezone.localdate(), "next": page.cursor_after(),
        "is_first": not page.has_previous, "places": queries.stores(request.tenant), "kinds": MoveKind.choices,
        "people": User.objects.filter(tenant=request.tenant).order_by("display_name", "pk"),
    }  # fmt: skip
    return render(request, "inventory/stock_moves.html", context)


@require_GET
@roles_allowed(*EVERYONE)
def stock_moves_file(request, kind):
    """All that the filters find."""
    look = MoveFilterForm(request.GET, tenant=request.tenant).look()
    rows = queries.moves_found(request.tenant, look)

    def cells(found):
        return [_cells(move) for move in found]

    return list_file(request, kind, name="stock-moves", rows=rows, columns=COLUMNS, cells=cells, filters=FILTERS)


def _cells(move) -> list:
    return [
        move.seq, as_moment(move.created_at), move.kind, move.part.sku, move.part.name, plain(move.quantity), move.part.unit,
        plain(move.unit_cost), plain(move.value), move.cost_known, str(move.from_location or ""), move.from_bin,
        str(move.from_user or ""), str(move.to_location or ""), move.to_bin, str(move.to_user or ""), move.reference,
        move.supplier, move.reason, str(move.user or ""),
    ]  # fmt: skip


@require_http_methods(["GET", "POST"])
@roles_allowed(Role.TECHNICIAN, *SUPERVISORS)
def stock_move_undo(request, pk):
    """Bring back what was used: the own, or, as a supervisor, anybody's."""
    move = get_object_or_404(queries.moves_found(request.tenant, {}).filter(kind=MoveKind.CONSUME), pk=pk)
    if not undoable_by(move, request.user):
        raise NotAllowed(_("%s used that; ask a supervisor.") % (move.user or _("Somebody else")))
    queries.note_left([move])
    form = UndoForm(posted(request), move=move)
    act = {"by": request.user, "key": key_of(request)}
    if request.method == "POST" and done(form, lambda form: services.unconsume(move, **act, **form.cleaned_data)):
        said = _("%(amount)s of %(part)s are back.")
        messages.success(request, said % {"amount": move.part.amount(form.cleaned_data["quantity"]), "part": move.part})
        return redirect("inventory:part_detail", pk=move.part_id)
    return render(
        request, "inventory/stock_move_undo.html", {"move": move, "form": form}, status=422 if form.errors else 200
    )
