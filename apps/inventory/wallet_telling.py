"""Who is told of what people carry: the store that somebody asks for more, and the two ends of a handover."""

from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.models import User
from apps.core.notifications.kinds import Mail, NotificationKind, register
from apps.core.notifications.models import Notification
from apps.core.notifications.services import notify, settle
from apps.core.roles import Role
from apps.inventory.models import HandoverStatus, Stock, plain
from apps.registry.models import Location


def describe_asked(parts) -> str:
    sentence = _("%(person)s asks the store for %(amount)s of %(part)s") % parts
    return f"{sentence}: {parts['note']}" if parts["note"] else f"{sentence}."


ASKED = register(
    NotificationKind(
        key="stock_asked",
        name=gettext_lazy("Somebody asks the store for parts"),
        describe=describe_asked,
        mail=Mail.AT_ONCE,
        icon="store",
    )
)


def describe_handover(parts) -> str:
    sentence = {
        HandoverStatus.PENDING: _("%(person)s hands you %(amount)s of %(part)s: say whether you have them"),
        HandoverStatus.CONFIRMED: _("%(person)s has the %(amount)s of %(part)s that you handed over"),
        HandoverStatus.REFUSED: _("%(person)s does not have the %(amount)s of %(part)s: they stay in your wallet"),
    }[parts["status"]] % parts
    return f"{sentence}: {parts['note']}" if parts["note"] else f"{sentence}."


HANDED = register(
    NotificationKind(
        key="handover", name=gettext_lazy("Parts handed from one wallet to another"), describe=describe_handover, icon="swap"
    )
)  # fmt: skip


def keepers(part):
    """Who is asked for a part: supervisors of the places where it lies, or of all; where there are none, managers."""
    people = User.objects.for_tenant(part.tenant_id).filter(is_active=True)
    stores = Stock.objects.filter(part=part, qty_on_hand__gt=0).values("location")
    stores = Location.objects.for_tenant(part.tenant_id).filter(pk__in=stores)
    places = [place.pk for place in Location.objects.get_queryset_ancestors(stores, include_self=True)]
    supervisors = people.filter(role=Role.SUPERVISOR)
    near = supervisors.filter(Q(locations=[]) | Q(locations__overlap=places))
    return next((some for some in (near, supervisors) if some.exists()), people.filter(role=Role.MANAGER))


def tell_store(part, quantity, *, user, by, note, occasion) -> int:
    """Ask the store for so much of a part; the page that is linked is where they are issued. Returns how many were told."""
    query = urlencode({"part": part.sku, "user": user.pk, "quantity": plain(quantity)})
    return notify(
        ASKED, keepers(part), part, by=by, occasion=f"{by.pk} {occasion}", url=f"{reverse('inventory:stock_issue')}?{query}",
        person=str(user.pk), part=part.sku, amount=part.amount(quantity), note=note,
    )  # fmt: skip


def last_asked(part, person) -> Notification | None:
    """When a person last asked the store for a part, as somebody there was told."""
    about = {
        "entity_type": part._meta.db_table,
        "entity_id": part.pk,
        "kind": ASKED.key,
        "parts__person": str(person.pk),
    }
    return Notification.objects.for_tenant(part.tenant_id).filter(**about).order_by("-created_at").first()


def tell_of_handover(handover, *, by) -> None:
    """The receiver is told of an offer, the giver of what came of it."""
    is_new = handover.status == HandoverStatus.PENDING
    told, who = (handover.to_user, handover.from_user) if is_new else (handover.from_user, handover.to_user)
    if not is_new:
        settle(HANDED, handover)
    if handover.status == HandoverStatus.WITHDRAWN:
        return
    notify(
        HANDED, [told], handover, by=by, occasion=handover.status, url=reverse("inventory:wallet", args=[told.pk]),
        person=str(who.pk), part=handover.part.sku, amount=handover.part.amount(handover.quantity), status=handover.status,
        note=handover.note,
    )  # fmt: skip
