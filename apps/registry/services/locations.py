"""Places: make, change, move, delete. Moves are acts of their own: a stale form must not move back."""

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule
from apps.core.models import User
from apps.core.trees import tree_guard
from apps.registry.models import STEPS, Location
from apps.registry.services.trees import check_tenant, refuse_referred


def check_type(type, parent):
    """Raise BrokenRule where a place of this type cannot stand below that place."""
    if parent and type in STEPS and parent.type in STEPS and STEPS.index(type) < STEPS.index(parent.type):
        raise BrokenRule(
            _("A %(child)s cannot stand below a %(parent)s.")
            % {"child": Location(type=type).get_type_display().lower(), "parent": parent.get_type_display().lower()}
        )


@transaction.atomic
def save_location(location, *, parent=None):
    """Store a new or changed place; a new one hangs below `parent` (None: a site of its own). Returns it.

    Raises BrokenRule where its type stands above its parent's or below a child's.
    """
    with tree_guard(Location, location.tenant_id):
        if location._state.adding:
            location.parent = parent
        else:  # where it hangs is the database's word: a stale form must not move it back
            location.parent_id = Location.objects.get(pk=location.pk).parent_id
        check_tenant(location, location.parent)
        check_type(location.type, location.parent)
        for child in Location.objects.filter(parent=location):
            check_type(child.type, location)
        location.save()
    return location


@transaction.atomic
def move_location(location, *, parent, position="last-child"):
    """Hang a place, with all below it, elsewhere. Raises BrokenRule for a circle or a type out of order."""
    with tree_guard(Location, location.tenant_id):
        target = parent.parent if parent and position in ("left", "right") else parent
        check_tenant(location, parent)
        check_type(location.type, target)
        Location.objects.move_node(location, parent, position)
    return location


@transaction.atomic
def delete_location(location):
    """Delete a place that nothing refers to. Raises BrokenRule, which says what does."""
    with tree_guard(Location, location.tenant_id):
        location = Location.objects.locked().get(pk=location.pk)
        refuse_referred(location, instead=_("Switch it off instead."))
        if User.objects.for_tenant(location.tenant_id).filter(locations__contains=[str(location.pk)]).exists():
            raise BrokenRule(_("%s cannot be deleted: people have chosen it for their pages.") % location)
        location.delete()
