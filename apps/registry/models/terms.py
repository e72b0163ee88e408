"""What an asset is found by, as a table: row-level security keeps GIN and patterns from being asked, plain ranges not."""

from django.db import models
from django.db.models import Q

from apps.core.fields import key_to
from apps.core.models import Row
from apps.registry.models.assets import Asset


class AssetTerm(Row):
    """A word of an asset's name, code, serial number, maker or barcode; or, with `name`, one of its specs.

    Kept by triggers of the database, whichever way an asset, its identity or its specs are written. `source` is the
    table that it came from. term: in small letters. number: of a spec that is one, or begins with one ("220v").
    """

    asset = key_to(Asset, "+", on_delete=models.CASCADE)
    source = models.TextField()
    name = models.TextField(default="")
    term = models.TextField()
    number = models.FloatField(null=True)

    class Meta:
        db_table = "asset_terms"
        indexes = [
            models.Index(fields=["tenant", "name", "term", "asset"], name="asset_terms_term"),
            models.Index(
                fields=["tenant", "name", "number", "asset"],
                name="asset_terms_number",
                condition=Q(number__isnull=False),
            ),
            models.Index(fields=["tenant", "asset", "source"], name="asset_terms_asset"),
        ]
