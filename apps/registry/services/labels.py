"""Labels: printed for nobody yet, linked at the asset, issued anew. A token opens one asset, or none any more."""

import secrets

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history

from apps.core.errors import BrokenRule
from apps.registry.models import AssetIdentity, QrLabel
from apps.registry.qr import new_qr_token
from apps.registry.services.assets import check_in_service, lock_asset, raise_version
from apps.registry.services.trees import check_tenant, identify

MOST_IN_BATCH = 500
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # told apart in handwriting


@transaction.atomic
def reissue_label(asset, *, by, seen=None):
    """Give an asset a new token: from then on the label on it opens nothing. Returns its identity.

    asset: possibly stale. seen: the version that the person saw. Raises Conflict; BrokenRule where it is retired.
    """
    return _give_token(lock_asset(asset, seen=seen), new_qr_token(asset.tenant_id), _("Label issued anew"))


@transaction.atomic
def make_labels(tenant, count, *, by):
    """Tokens for a batch of labels that belong to nothing yet. Returns the batch's name: its day and four letters.

    What is printed of the batch is always the same tokens. Raises BrokenRule for more than a batch has.
    """
    if not 1 <= count <= MOST_IN_BATCH:
        raise BrokenRule(_("A batch has 1 to %d labels.") % MOST_IN_BATCH)
    batch = f"{timezone.localdate():%Y-%m-%d}-{''.join(secrets.choice(LETTERS) for _letter in range(4))}"
    labels = [
        QrLabel(tenant=tenant, token=new_qr_token(tenant.pk), batch=batch, created_by=by) for _label in range(count)
    ]
    bulk_create_with_history(labels, QrLabel, default_user=by, default_change_reason=_("Printed"))
    return batch


@transaction.atomic
def link_label(label, asset, *, by):
    """Make a printed label that of an asset; the one it had before opens nothing any more. Returns the identity.

    label, asset: possibly stale. Linking it again to the same asset changes nothing. Raises BrokenRule where the label
    belongs to an asset already, and where the asset is retired or another tenant's.
    """
    asset = lock_asset(asset)
    label = QrLabel.objects.locked().get(pk=label.pk)
    check_tenant(label, asset)
    if label.asset_id is not None:
        identity = AssetIdentity.objects.select_related("asset").get(asset=label.asset_id)
        if label.asset_id == asset.pk and identity.qr_token == label.token:
            return identity
        raise BrokenRule(_("This label belongs to %s already; take another one.") % identity.called)
    label.asset, label.linked_by, label.linked_at = asset, by, timezone.now()
    label.save()
    return _give_token(asset, label.token, _("Linked to a printed label"))


def _give_token(asset, token, reason):
    check_in_service(asset)
    identity = AssetIdentity.objects.locked().filter(asset=asset).first() or identify(asset)
    identity.qr_token = token
    identity._change_reason = reason
    identity.save()
    raise_version(asset)
    return identity
