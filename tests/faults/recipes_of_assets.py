"""The presses around places and assets: their papers, meters and daily logs."""

from datetime import timedelta

from django.utils import timezone

from apps.registry.services import add_document, add_photos, photos_of, post_reading
from tests import factories
from tests.faults.recipes import asset, of, word


def manage(name, /, **other):
    """Of a manager's press, and what its other body has instead."""
    return of(f"registry:{name}", role="manager", **({"other": other} if other else {}))


def picture(colour="steelblue") -> bytes:
    return factories.photo(colour=colour).read()


def place(plant):
    return factories.create_location(tenant=plant)


# --- assets

IDENTITY = {"name": "Pump", "criticality": "a", "run_hours_source": "daily_log"}

manage("asset_change", name="Drill")(lambda plant: ([asset(plant).pk], IDENTITY | {"client_code": word(), "seen": "1"}))
manage("asset_specs", value="1500")(lambda plant: ([asset(plant).pk], {"name": "rpm", "value": "1400", "seen": "1"}))
manage("asset_status", reason="hot")(
    lambda plant: ([asset(plant).pk], {"status": "out_of_service", "reason": "worn", "seen": "1"})
)
manage("asset_delete")(lambda plant: ([asset(plant).pk], {}))


@manage("asset_new", name="Drill")
def asset_new(plant):
    return IDENTITY | {"client_code": word(), "location": place(plant).pk}


@manage("asset_move", location="")
def asset_move(plant):
    return [asset(plant).pk], {"location": place(plant).pk, "seen": "1"}


# --- photos and documents


def document(plant):
    owner = asset(plant)
    return add_document(owner, factories.photo(), by=None, title="Manual", kind="manual")


PAPER = {"title": "Manual", "kind": "manual", "expires_date": "2030-01-31"}

manage("asset_photos", photos=picture("red"))(lambda plant: ([asset(plant).pk], {"photos": picture()}))
manage("document_new", file=picture("red"))(lambda plant: ([asset(plant).pk], PAPER | {"file": picture()}))
manage("document_change", title="Drawing")(lambda plant: ([document(plant).pk], PAPER))
manage("document_remove")(lambda plant: ([document(plant).pk], {}))


@manage("photo_remove")
def photo_remove(plant):
    owner = asset(plant)
    add_photos(owner, [factories.photo()], by=None)
    return [photos_of(owner).get().pk], {}


# --- places

manage("location_new", name="Hall 8")(
    lambda plant: {"name": "Hall 9", "type": "building", "parent": place(plant).pk, "is_active": "on"}
)
manage("location_change", name="Hall 8")(lambda plant: ([place(plant).pk], {"name": "Hall 9", "type": "site"}))
manage("location_move", parent="")(lambda plant: ([place(plant).pk], {"parent": place(plant).pk}))
manage("location_delete")(lambda plant: ([place(plant).pk], {}))

# --- meters


def reading(plant):
    then = timezone.now() - timedelta(days=1)
    return post_reading(asset(plant), "run_hours", 4, kind="delta", read_at=then, by=None)


of("registry:meter_read", other={"value": "3"})(
    lambda plant: ([asset(plant).pk], {"meter": "run_hours", "kind": "delta", "value": "2.5"})
)
of("registry:meter_replace", other={"new_value": "1"})(
    lambda plant: ([reading(plant).asset_id], {"meter": "run_hours", "value": "", "new_value": "0", "reason": "broken"})
)
of("registry:reading_correct", other={"value": "5"})(
    lambda plant: ([reading(plant).pk], {"value": "3", "reason": "misread"})
)
of("registry:reading_void", other={"reason": "so"})(lambda plant: ([reading(plant).pk], {"reason": "misread"}))
of("admin:registry_meterreading_changelist", role="admin")(
    lambda plant: {"action": "take_back", "apply": "1", "reason": "misread", "_selected_action": reading(plant).pk}
)

# --- the daily log


def cells(plant, machines):
    yesterday = plant.local(timezone.now()).date() - timedelta(days=1)
    found = {"date": f"{yesterday}", "shift": ""}
    for machine in machines:
        found |= {f"run_hours_added-{machine.pk}": "7.5", f"seen-{machine.pk}": "||"}
    return found


@of("registry:daily_log", other={"sure": "x"})
def daily_log(plant):
    return cells(plant, [asset(plant), asset(plant)])


@of("registry:daily_log_asset", other={"sure": "x"})
def daily_log_asset(plant):
    machine = asset(plant)
    return [machine.pk], cells(plant, [machine])
