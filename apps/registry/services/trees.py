"""What holds in both trees, places and assets: one tenant meets itself, what is referred to stays, many rows at once."""

from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from apps.core.errors import BrokenRule
from apps.core.models import Attachment
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
    found = []
    for relation in row._meta.get_fields(include_hidden=True):
        if not relation.auto_created or relation.concrete or relation.related_model in but:
            continue
        model = relation.related_model
        if not hasattr(model, "tenant_id") or model.__name__.startswith("Historical"):
            continue
        found.append((model, model._base_manager.filter(tenant=row.tenant_id, **{relation.field.name: row}).count()))
    files = Attachment.objects.for_tenant(row.tenant_id).filter(entity_type=row._meta.db_table, entity_id=row.pk)
    found.append((Attachment, files.count()))
    if words := [_counted(model, count) for model, count in found if count]:
        raise BrokenRule(
            _("%(row)s cannot be deleted, because of %(what)s. %(instead)s")
            % {"row": row, "what": ", ".join(words), "instead": instead}
        )


def _counted(model: type[models.Model], count: int) -> str:
    one, many = str(model._meta.verbose_name), str(model._meta.verbose_name_plural)
    return ngettext("%(count)d %(one)s", "%(count)d %(many)s", count) % {"count": count, "one": one, "many": many}


@transaction.atomic
def save_many(model, tenant, *, new, changed, fields, reason):
    """Store many new and changed places, or assets, that were checked, under the lock of their tree; with history.

    new: each with its parent's key, after its parent. fields: what differs in `changed`; never where a row hangs.
    """
    with tree_guard(model, tenant.pk):
        if new:
            add_nodes(model, tenant.pk, new, batch_size=BATCH, default_change_reason=reason)
            if model is Asset:
                identities = [identify(asset) for asset in new]
                bulk_create_with_history(identities, AssetIdentity, batch_size=BATCH, default_change_reason=reason)
        if changed and fields:
            if model is Asset:
                fields = [*fields, "version"]
                for asset in changed:
                    asset.version += 1
            bulk_update_with_history(changed, model, fields, batch_size=BATCH, default_change_reason=reason)
