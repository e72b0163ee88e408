"""Places and assets in spreadsheets: trees, in which a row is known by its id, or by where it hangs and its name."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F
from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule
from apps.core.sheets.columns import Column, as_text
from apps.core.sheets.formulas import as_written
from apps.core.sheets.names import BETWEEN, as_key
from apps.core.sheets.tables import REASON, Change, Comparison, Sheet
from apps.core.trees import tree_guard
from apps.registry import services
from apps.registry.models import Asset, AssetIdentity, Location


class TreeSheet(Sheet):
    """A tree's rows. What hangs below something comes after it; what is there is moved on its own page, not by a sheet."""

    key = ("id",)
    place: tuple[str, ...]  # attributes that, with the name, tell a row without its id

    @property
    def needed(self):
        return ("name",)

    def compare(self, grid, answers, *, lock=False):
        if lock:  # before anything of the tree is read
            with tree_guard(self.model, self.tenant.pk):
                pass
        return super().compare(grid, answers, lock=lock)

    def match(self, found: Comparison, chosen, *, lock) -> None:
        rows = self.rows().order_by("pk")
        self.there = {row.pk: row for row in (rows.select_for_update(of=("self",), no_key=True) if lock else rows)}
        self.path_of = self.names.paths(self.model)
        known: dict = {}
        for row in self.there.values():
            known.setdefault(self._place(row), []).append(row.pk)
        first: dict = {}
        for change in found.rows:
            instance = self._instance(change, known)
            if instance is None:
                continue
            if instance.pk in first:
                change.errors.setdefault("name", _("Line %d has this one too.") % first[instance.pk])
            else:
                first[instance.pk] = change.number
                change.instance = instance

    def _place(self, row) -> tuple:
        return (*(getattr(row, name) for name in self.place), row.name.strip())

    def _instance(self, change: Change, known):
        """The row that is meant, or a new one; None where the row's errors say why there is neither."""
        if text := as_text(change.cells.get("id", "")).strip():
            key = as_key(text)
            if key not in self.there:
                change.errors["id"] = _("No row here has this id; leave it empty for a new one.")
                return None
            return self.there[key]
        if (named := self.named(change)) is not None:
            return named
        row: Any = self.model(tenant=self.tenant)
        for attribute in (*self.place, "name"):
            column = self.column(attribute.removesuffix("_id"))
            cell = change.cells.get(column.name, "")
            try:
                setattr(row, attribute, column.parse(cell, "") if as_text(cell).strip() else None)
            except ValidationError as error:
                change.errors.setdefault(column.name, " ".join(error.messages))
        if not row.name:
            change.errors.setdefault("name", _("This may not be empty."))
        if change.errors:
            return None
        self.settle(row)
        keys = [key for key in known.get(self._place(row), []) if self.is_meant(change, self.there[key])]
        if len(keys) > 1:
            change.errors["name"] = _("More than one is called so there; write its id, as an export does.")
            return None
        if keys:
            return self.there[keys[0]]
        change.is_new = True
        self.remember(change, row, known)
        return row

    def named(self, change: Change):
        """The row that is meant by more than where it hangs and its name."""

    def is_meant(self, change: Change, row) -> bool:
        """Whether a row may be the one that hangs there and is called so."""
        return True

    def settle(self, row) -> None:
        """Complete where a new row is."""

    def remember(self, change, row, known):
        """Rows below may name it."""
        known[self._place(row)] = [row.pk]
        self.there[row.pk] = row
        above = self.path_of.get(row.parent_id)
        path = (above + BETWEEN if above else "") + row.name.strip()
        self.path_of[row.pk] = path
        self.column("parent").keys.setdefault(path, row.pk)

    def check(self, found: Comparison) -> None:
        for row in found.rows:
            if row.instance is None or row.errors:
                continue
            for name in ("parent_id", "location_id"):
                if name in row.values and not row.is_new:
                    row.errors[name.removesuffix("_id")] = _("It is moved on its own page, not by a sheet.")
            if not row.errors and (row.is_new or row.values):
                try:
                    self.check_row(row)
                except BrokenRule as refused:
                    row.errors[""] = str(refused)

    def check_row(self, row: Change) -> None:
        """Raise BrokenRule where the rules of the registry refuse a new or changed row."""

    def write_all(self, new, changed, changes):
        names = sorted({name for row in changes for name in row.values})
        services.save_many(self.model, self.tenant, new=new, changed=changed, fields=names, reason=REASON)


class LocationSheet(TreeSheet):
    model = Location
    fields = ("id", "parent", "name", "type", "is_active")
    options = {"name": {"example": "Hall 1"}, "parent": {"example": ""}, "id": {"example": ""}}
    place = ("parent_id",)

    def match(self, found, chosen, *, lock):
        super().match(found, chosen, lock=lock)
        self.below: dict = {}
        for row in self.there.values():
            self.below.setdefault(row.parent_id, []).append(row)

    def check(self, found):
        # The types as they will be: parents and children may change together.
        self.types = {key: row.type for key, row in self.there.items()}
        self.types |= {
            row.instance.pk: row.values["type"] for row in found.rows if row.instance and "type" in row.values
        }
        super().check(found)

    def check_row(self, row):
        place = row.instance
        if above := self.there.get(place.parent_id):
            services.check_type(self.types[place.pk], Location(type=self.types[above.pk]))
        for child in self.below.get(place.pk, ()):
            services.check_type(self.types[child.pk], Location(type=self.types[place.pk]))


IDENTITY = ("client_code", "barcode_manufacturer")


def with_identity(assets):
    """Each asset with the fields of its identity."""
    return assets.annotate(**{name: F(f"identity__{name}") for name in IDENTITY})


class AssetSheet(TreeSheet):
    """Known by its code, too. A component is where its unit is; a retired asset is changed no more."""

    model = Asset
    fields = (
        "id", Column("client_code", AssetIdentity._meta.get_field("client_code"), example="P-101", words=("code",)),
        "parent", "location", "name", "category", "criticality", "status", "manufacturer", "model", "serial_number",
        Column("barcode_manufacturer", AssetIdentity._meta.get_field("barcode_manufacturer"), example="4006381333931"),
        "purchase_date", "purchase_cost", "warranty_end", "run_hours_source", "notes",
    )  # fmt: skip
    read_only = ("status",)
    options = {
        "name": {"example": "Edge grinder 1"}, "parent": {"example": ""}, "id": {"example": ""},
        "location": {"is_optional": True},
    }  # fmt: skip
    place = ("parent_id", "location_id")

    @property
    def needed(self):
        return ()

    def rows(self):
        return with_identity(super().rows())

    def match(self, found, chosen, *, lock):
        rows = AssetIdentity.objects.for_tenant(self.tenant).exclude(client_code="")
        self.by_code = dict(rows.values_list("client_code", "asset_id"))
        if "parent" in {column.name for column in found.columns}:
            self.column("parent").keys = self.by_code | self.column("parent").keys
        super().match(found, chosen, lock=lock)

    def _code(self, change) -> str:
        return as_written(as_text(change.cells.get("client_code", ""))).strip()

    def named(self, change):
        return self.there.get(self.by_code.get(self._code(change)))

    def is_meant(self, change, row):
        return not self._code(change) or not row.client_code

    def settle(self, row):
        row.client_code = row.barcode_manufacturer = ""
        if row.parent_id:
            row.location_id = self.there[row.parent_id].location_id

    def remember(self, change, row, known):
        super().remember(change, row, known)
        if code := self._code(change):
            row.client_code = code  # so that another of that name and place, with its own code, is another
            self.by_code[code] = row.pk
            self.column("parent").keys.setdefault(code, row.pk)

    def check_row(self, row):
        asset = row.instance
        unit = self.there.get(asset.parent_id)
        if not row.is_new:
            services.check_in_service(asset)
        if (code := row.values.get("client_code")) and self.by_code.get(code, asset.pk) != asset.pk:
            raise BrokenRule(_("Another asset has the code %s already.") % code)
        if row.is_new and unit is not None:
            services.check_unit(unit)
            if row.values.get("location_id") not in (None, unit.location_id):
                raise BrokenRule(_("A component is where its unit is; leave its location empty."))
            row.values["location_id"] = unit.location_id
        if row.is_new and not row.values.get("location_id"):
            raise BrokenRule(_("Say where it stands, or which unit it is part of."))

    def write_all(self, new, changed, changes):
        names = {name for row in changes for name in row.values}
        identities = {
            asset.pk: {name: getattr(asset, name) or "" for name in IDENTITY}
            for asset in (*new, *(row.instance for row in changes if set(IDENTITY) & set(row.values)))
        }
        fields = sorted(names - set(IDENTITY))
        services.save_many(
            self.model, self.tenant, new=new, changed=changed, fields=fields, identities=identities, reason=REASON
        )
