"""What somebody who leaves still carries."""

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.core.hooks import Held, answers_held_by
from apps.inventory.models import Wallet


@answers_held_by
def carried(tenant, people):
    """Parts in these people's wallets, until they are returned, handed over or written off."""
    wallets = Wallet.objects.for_tenant(tenant).filter(user__in=people, qty_held__gt=0).select_related("part")
    for wallet in wallets.order_by("user_id", "part__sku"):
        words = {"amount": wallet.part.amount(wallet.qty_held), "part": wallet.part, "name": wallet.part.name}
        yield (
            wallet.user_id,
            Held(
                _("%(amount)s of %(part)s (%(name)s) in the wallet") % words,
                reverse("inventory:wallet_part", args=[wallet.user_id, wallet.part_id]),
            ),
        )
