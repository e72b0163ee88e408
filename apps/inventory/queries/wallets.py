"""What people carry, as the pages of wallets list it."""

from datetime import timedelta

from django.db.models import Count, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from apps.core.models import User
from apps.inventory.models import VALUE, Handover, Wallet
from apps.inventory.models.parts import decimal_field
from apps.inventory.queries.found import named
from apps.inventory.queries.places import carried_since


def people_found(tenant, look, *, now):
    """Who carries something and a look finds: q (a name, or a part carried), who ("gone": no longer here), days (what is
    oldest was carried as long). Adds parts, value and pending (offers that wait for somebody), by name."""
    wallets = Wallet.objects.for_tenant(tenant).filter(qty_held__gt=0)
    of_person = wallets.filter(user=OuterRef("pk")).order_by().values("user")
    people = User.objects.for_tenant(tenant).filter(pk__in=wallets.values("user"))
    if text := (look.get("q") or "").replace("\x00", ""):
        carriers = wallets.filter(named(tenant, text, "part__")).values("user")
        people = people.filter(Q(display_name__icontains=text) | Q(pk__in=carriers))
    if look.get("who") == "gone":
        people = people.filter(is_active=False)
    if days := look.get("days"):
        since = carried_since(tenant, people.order_by("pk"))
        people = people.filter(pk__in={user for (user, _part), at in since.items() if at <= now - timedelta(days=days)})
    return people.annotate(
        parts=Subquery(of_person.annotate(n=Count("pk")).values("n")),
        value=Subquery(of_person.annotate(n=Sum("value")).values("n"), output_field=decimal_field(VALUE)),
        pending=Coalesce(
            Subquery(
                Handover.objects.pending()
                .filter(tenant=tenant, from_user=OuterRef("pk"))
                .order_by()
                .values("from_user")
                .annotate(n=Count("pk"))
                .values("n")
            ),
            0,
        ),
    )


def held(tenant, person, text=""):
    """A person's wallet, by SKU (`sku`, as a list in order wants it): all that is in it, or the parts that a text finds."""
    rows = Wallet.objects.for_tenant(tenant).filter(user=person, qty_held__gt=0)
    return rows.filter(named(tenant, text, "part__")).select_related("part").annotate(sku=F("part__sku"))


def handovers_of(tenant, person) -> tuple[list[Handover], list[Handover]]:
    """What is offered to a person, and what the person offers others, as long as nobody has answered; the oldest first."""
    rows = Handover.objects.for_tenant(tenant).pending().filter(Q(to_user=person) | Q(from_user=person))
    rows = list(rows.select_related("part", "from_user", "to_user").order_by("created_at", "pk"))
    return [row for row in rows if row.to_user_id == person.pk], [row for row in rows if row.from_user_id == person.pk]
