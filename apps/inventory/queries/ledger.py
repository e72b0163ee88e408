"""The ledger as the pages read it: what a look finds, what can still be brought back."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Q, Sum

from apps.inventory.models import MoveKind, StockMove

SHOWN_WITH = ("part", "user", "from_location", "from_user", "to_location", "to_user")


def moves_found(tenant, look):
    """A tenant's moves that a look finds, the newest first: part (False: none is meant), place (a Location), person (who did it, or whose wallet
    it was), kind, day (a date, the plant's), q (a reference)."""
    moves = StockMove.objects.for_tenant(tenant).select_related(*SHOWN_WITH)
    if (part := look.get("part")) is not None:
        moves = moves.filter(part=part) if part else moves.none()
    if look.get("place"):
        moves = moves.filter(Q(from_location=look["place"]) | Q(to_location=look["place"]))
    if look.get("person"):
        moves = moves.filter(Q(user=look["person"]) | Q(from_user=look["person"]) | Q(to_user=look["person"]))
    if look.get("kind"):
        moves = moves.filter(kind=look["kind"])
    if look.get("q"):
        moves = moves.filter(reference__icontains=look["q"])
    if day := look.get("day"):
        start = datetime(day.year, day.month, day.day, tzinfo=tenant.zone)
        end = day + timedelta(days=1)
        moves = moves.filter(
            created_at__gte=start, created_at__lt=datetime(end.year, end.month, end.day, tzinfo=tenant.zone)
        )
    return moves.order_by("-seq")


def note_left(moves) -> None:
    """Say of each move how much of it can still be brought back, `left`: of what was used; one query for all of them."""
    used = [move.pk for move in moves if move.kind == MoveKind.CONSUME]
    back = {}
    if used:
        rows = StockMove.objects.filter(tenant_id=moves[0].tenant_id, undoes__in=used).order_by()
        back = dict(rows.values_list("undoes").annotate(Sum("quantity")))
    for move in moves:
        move.left = move.quantity - back.get(move.pk, 0) if move.kind == MoveKind.CONSUME else Decimal(0)
