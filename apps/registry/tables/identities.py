"""How assets are found (asset_identities.csv, qr_labels.csv), and what they are (asset_specs.csv, asset_categories.csv)."""

import json
from dataclasses import dataclass
from itertools import chain, islice

from django.db import connection
from django.db.models import F

from apps.core.tables.checking import refuse_doubled
from apps.core.tables.columns import DEFAULT, NULL, Aside, Bad, Column, Json, Key, Moment, ReferenceById, Text
from apps.core.tables.table import Table
from apps.core.tables.writing import BATCH, create
from apps.registry.models import Asset, AssetCategory, AssetIdentity, AssetSpec, QrLabel, valid_schema
from apps.registry.qr import USABLE, new_qr_token
from apps.registry.services import identify
from apps.registry.specs import plain_errors, spec_errors

SECRET = 22  # characters that 128 random bits take


@dataclass(frozen=True)
class Token(Column):
    """What stands in a label's QR code. It stays as it is: labels are on the machines."""

    def parse(self, cell, warn):
        if not USABLE.fullmatch(cell):
            raise Bad("no token: it stands in an address, and has letters, digits and . _ ~ - only, at most 200")
        if len(cell) < SECRET:
            warn("short enough to be guessed; kept, since labels hold it. A new one can be issued on the asset's page")
        return cell


class OfAsset(Table):
    """One row for each asset, known by its asset."""

    columns = [ReferenceById("asset_id", to="assets"), Aside("id"), Aside("tenant_id")]
    key = "asset_id"
    order = "t.asset_id"
    turn = 3

    def change(self, load, instance, former):
        load.noted["assets"].add(instance.asset_id)
        return ()


class Identities(OfAsset):
    """Each asset has one, with a token for its label: those that are not in the file are made."""

    model = AssetIdentity
    columns = [
        *OfAsset.columns,
        Text("client_code", NULL, usual=60),
        Token("qr_token", DEFAULT),
        Text("barcode_manufacturer", NULL, usual=120),
    ]

    def check(self, load):
        for column, what in (("client_code", "code"), ("qr_token", "token")):
            refuse_doubled(load, self, column)
            load.refuse_where(
                self,
                f"""select s.at_line, '{column}', s.{column}, 'another asset has this {what}: ' || t.asset_id
                    from load_asset_identities s join asset_identities t on t.tenant_id = %(tenant)s
                    and t.{column} = s.{column} and t.asset_id <> s.asset_id where s.{column} <> ''""",
            )

    def start(self, load, instance):
        instance.qr_token = instance.qr_token or new_qr_token(load.tenant.pk)

    def finish(self, load):
        # Whoever looks at an asset whose code or specs were changed has seen another one.
        Asset.objects.for_tenant(load.tenant).filter(pk__in=load.noted["assets"]).update(version=F("version") + 1)
        if "assets.csv" not in load.report.files:
            return
        assets = Asset.objects.for_tenant(load.tenant).filter(identity=None).order_by("pk")
        while nameless := list(assets[:BATCH]):
            create(AssetIdentity, [identify(asset) for asset in nameless])


class Labels(Table):
    """Labels that were printed for nobody yet: a box of them is worth keeping."""

    model = QrLabel
    columns = [
        Key("id"),
        Token("token"),
        Text("batch", usual=40),
        ReferenceById("created_by_id", DEFAULT, to="users"),
        Moment("created_at", DEFAULT),
        ReferenceById("asset_id", NULL, to="assets"),
        ReferenceById("linked_by_id", DEFAULT, to="users"),
        Moment("linked_at", NULL),
    ]
    order = "t.created_at, t.id"

    def check(self, load):
        refuse_doubled(load, self, "token")
        load.refuse_where(
            self,
            """select s.at_line, 'token', s.token, 'another label has this token: ' || t.id
               from load_qr_labels s join qr_labels t on t.tenant_id = %(tenant)s and t.token = s.token and t.id <> s.id""",
        )
        load.refuse_where(
            self,
            """select at_line, 'linked_at', linked_at, 'a label has an asset and a moment when it was linked, or neither'
               from load_qr_labels where (asset_id is null) <> (linked_at is null)""",
        )


class Categories(Table):
    model = AssetCategory
    columns = [
        Key("id"),
        Text("name", usual=100),
        Json("spec_schema", DEFAULT, check=valid_schema),
        Moment("created_at", DEFAULT),
    ]
    order = 't.name collate "C"'
    turn = 1

    def check(self, load):
        refuse_doubled(load, self, "name")
        load.refuse_where(
            self,
            """select s.at_line, 'name', s.name, 'another category has this name: ' || t.id
               from load_asset_categories s join asset_categories t on t.tenant_id = %(tenant)s
               and t.name = s.name and t.id <> s.id""",
        )


class Specs(OfAsset):
    """Checked as a form would, against the schema of the asset's category: as both will be."""

    model = AssetSpec
    columns = [*OfAsset.columns, Json("specs", DEFAULT)]

    def check(self, load):
        category = "coalesce(f.category, case when f.id is null then t.category else '' end)"
        if "category" not in load.given["assets"]:
            category = "t.category"
        bad: list[tuple] = []
        with connection.chunked_cursor() as staged:
            staged.execute(
                f"""with schemas as (
                        select name, spec_schema from load_asset_categories where spec_schema is not null union all
                        select t.name, t.spec_schema from asset_categories t where t.tenant_id = %s and not exists (
                            select from load_asset_categories f where f.id = t.id and f.spec_schema is not null))
                    select s.at_line, s.specs::text, coalesce(c.spec_schema, '{{}}')::text from load_asset_specs s
                    left join load_assets f on f.id = s.asset_id left join assets t on t.tenant_id = %s and t.id = s.asset_id
                    left join schemas c on c.name = {category} where s.specs is not null""",
                [load.tenant.pk, load.tenant.pk],
            )
            for line, text, schema in staged:
                specs = json.loads(text)
                for path, reason in islice(chain(plain_errors(specs), spec_errors(json.loads(schema), specs)), 1):
                    bad.append((line, "specs", text, f"{path}: {reason}" if path else reason))
        load.refuse_each(self, bad)
