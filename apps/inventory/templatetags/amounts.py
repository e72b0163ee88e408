"""Quantities and moves as the stores' pages show them."""

from django import template
from django.utils.translation import gettext as _

from apps.core.roles import Role
from apps.inventory.models import MoveKind

register = template.Library()

ICONS = {
    MoveKind.RECEIVE: "down", MoveKind.TRANSFER: "swap", MoveKind.ISSUE: "hand", MoveKind.RETURN: "undo",
    MoveKind.HANDOVER: "swap", MoveKind.CONSUME: "tool", MoveKind.UNCONSUME: "undo", MoveKind.ADJUST: "note",
    MoveKind.COUNT: "check",
}  # fmt: skip


@register.filter
def of(quantity, part):
    """A quantity of a part, with its unit: “2.5 kg”; nothing for no quantity."""
    return "" if quantity is None else part.amount(quantity)


@register.filter
def icon(move) -> str:
    return ICONS[move.kind]


@register.filter
def way(move) -> str:
    """From where to where a move went: “Store · A-3 → Ana”; the world outside is left out."""
    source, target = _end(move, "from"), _end(move, "to")
    if source and target:
        return f"{source} → {target}"
    return _("from %s") % source if source else _("to %s") % target


def _end(move, end) -> str:
    place, bin = getattr(move, f"{end}_location"), getattr(move, f"{end}_bin")
    if place is None:
        return str(getattr(move, f"{end}_user") or "")
    return f"{place} · {bin}" if bin else str(place)


@register.filter
def undoable_by(move, person) -> bool:
    """Whether a person may bring back what a move used: their own, or, as a supervisor, anybody's."""
    if person.is_at_least(Role.SUPERVISOR):
        return True
    return person.is_at_least(Role.TECHNICIAN) and person.pk in (move.user_id, move.from_user_id)
