"""What holds in both trees, places and assets: one tenant meets itself, what is referred to stays, many rows at once."""

from django.db import connection, transaction
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from apps.core.errors import BrokenRule
from apps.core.references import referring
from apps.core.trees import add_nodes, tree_guard
from apps.registry.models import Asset, AssetIdentity
from apps.registry.qr import new_qr_token

BATCH = 1000


def check_tenant(row, *others) -> None:
    for other in others:
        if other is not None and other.tenant_id != row.tenant_id:
            raise BrokenRule(_("%s belongs to another tenant.") % other)


def identify(asset, **fields) -> AssetIdentity:
    """The identity of a new asset, with a token for its label; not stored yet."""
    return AssetIdentity(tenant_id=asset.tenant_id, asset=asset, qr_token=new_qr_token(asset.tenant_id), **fields)


def refuse_referred(row, *, but=(), instead) -> None:
    """Raise BrokenRule, which says what refers to a row, where anything does.

    but: models whose rows are a part of it and go with it. instead: a sentence, what to do.
    """
    if found := referring(row, but=but):
        words = {"row": row, "what": ", ".join(found), "instead": instead}
        raise BrokenRule(_("%(row)s cannot be deleted: %(what)s refer to it. %(instead)s") % words)


@transaction.atomic
def save_many(model, tenant, *, new, changed, fields, reason, identities=None):
    """Store many new and changed places, or assets, that were checked, under the lock of their tree; with history.

    new: each with its parent's key, after its parent. fields: what differs in `changed`; never where a row hangs.
    identities: {key of an asset: fields of its identity}, of new ones, and of those that differ in it.
    """
    how = {"batch_size": BATCH, "default_change_reason": reason}
    with tree_guard(model, tenant.pk):
        if new:
            add_nodes(model, tenant.pk, new, **how)
        if model is Asset:
            identities = dict(identities or {})
            made = [identify(asset, **identities.pop(asset.pk, {})) for asset in new]
            bulk_create_with_history(made, AssetIdentity, **how)
            _change_identities(identities, how)
            fields = [*fields, "version"]
            for asset in changed:
                asset.version += 1
        if changed and fields:
            bulk_update_with_history(changed, model, fields, **how)
    if len(new) >= BATCH:
        transaction.on_commit(_count_anew, robust=True)


def _count_anew() -> None:
    """Tell the planner at once: until the next autovacuum it would search for thousands as if they were a few."""
    with connection.cursor() as cursor:
        cursor.execute("analyze locations, assets, asset_identities, asset_terms")


def _change_identities(identities, how) -> None:
    rows = list(AssetIdentity.objects.locked().filter(asset__in=identities).order_by("pk"))
    for row in rows:
        for name, value in identities[row.asset_id].items():
            setattr(row, name, value)
    if rows:
        bulk_update_with_history(rows, AssetIdentity, sorted({n for f in identities.values() for n in f}), **how)
