"""Each asset that is there gets an identity, with a token for its label."""

from django.db import migrations
from django.utils import timezone

from apps.core.isolation import platform_context
from apps.registry.qr import new_qr_token

REASON = "Each asset has an identity"


def fill(apps, schema_editor):
    Asset = apps.get_model("registry", "Asset")
    Identity = apps.get_model("registry", "AssetIdentity")
    Historical = apps.get_model("registry", "HistoricalAssetIdentity")
    with platform_context():
        assets = Asset.objects.filter(identity=None).values_list("pk", "tenant_id")
        made = [Identity(asset_id=pk, tenant_id=tenant, qr_token=new_qr_token(tenant)) for pk, tenant in assets]
        Identity.objects.bulk_create(made, batch_size=1000)
        now = timezone.now()
        rows = (
            Historical(
                id=row.pk, tenant_id=row.tenant_id, asset_id=row.asset_id, client_code="", barcode_manufacturer="",
                history_type="+", history_date=now, history_change_reason=REASON,
            )
            for row in made
        )  # fmt: skip
        Historical.objects.bulk_create(rows, batch_size=1000)


class Migration(migrations.Migration):
    dependencies = [("registry", "0004_identities_and_logs_isolated")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
