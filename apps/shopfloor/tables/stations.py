"""stations.csv, and what a station's status rests on: since when, and why, is read from the log."""

from apps.core.tables.columns import DEFAULT, Choice, Code, Flag, Moment, Text
from apps.core.tables.table import Table
from apps.core.tables.writing import REASON, update
from apps.shopfloor import timeline
from apps.shopfloor.models import (
    Event,
    EventType,
    Station,
    StationStatus,
    StopReason,
)
from apps.shopfloor.services.state import unspecified_reason


class Stations(Table):
    model = Station
    columns = [
        Code("id", field="code"),
        Text("name", usual=120),
        Text("line", usual=80),
        Choice("status", values=tuple(StationStatus.values)),
        Flag("is_active", DEFAULT),
        Moment("created_at", DEFAULT),
        # Kept as given for a new station; afterwards it is the database's own (a trigger), and compared with nothing.
        Moment("updated_at", DEFAULT, compared=False),
    ]
    order = 't.code collate "C"'
    turn = 4

    def settle(self, load):
        """A station that was never changed was last changed when it was made."""
        load.given[self.name].add("updated_at")
        load.cursor.execute("update load_stations set updated_at = created_at where updated_at is null")

    def start(self, load, instance):
        explain(load, instance)

    def change(self, load, instance, former):
        instance.version += 1
        if "line" in former:
            load.noted["lines"].add(former["line"])
        if "status" in former:
            explain(load, instance)
            return ["version", "status_since", "stop_reason"]
        return ["version"]

    def note(self, load, instances):
        load.noted["lines"].update(station.line for station in instances)

    def finish(self, load):
        _explain_again(load)
        _touch(load)
        _raise_board_versions(load)


def explain(load, station) -> None:
    """Say since when a station has its status, and why, as the log tells; since None where no event explains it.

    A blocked station without a reason is blocked for the reason `unspecified`.
    """
    load.noted["explained"].add(station.pk)
    status, code, since = timeline.current_state(station, load.now)
    told = status == station.status
    station.status_since = since if told else None
    if status not in (station.status, timeline.UNKNOWN):
        reason = f"the log ends with {status}; since when it is {station.status} is not known"
        load.warn(load.tables["stations"], load.line_of[station.pk], "status", station.status, reason)
    station.stop_reason = None
    if station.status != StationStatus.RUNNING:
        station.stop_reason = _reason(load, station, code) if told else None
    if station.status == StationStatus.BLOCKED and station.stop_reason is None:
        station.stop_reason = unspecified_reason(load.tenant.pk, why=REASON)


def _reason(load, station, code) -> StopReason | None:
    """The stop reason the log names: by its code or name, in `reason` or (v2 had no other place) in the notes."""
    last = Event.objects.filter(station=station, event_type=EventType.STATUS_CHANGE).order_by("-occurred_at", "-seq")
    payload = last.values_list("payload", flat=True).first() or {}
    said = [code, *(payload.get(name) for name in ("reason", "notes", "note"))]
    words = [word.strip().casefold() for word in said if isinstance(word, str) and word.strip()]
    reasons = {}
    for reason in StopReason.objects.for_tenant(load.tenant):
        reasons |= {reason.name.casefold(): reason} | reasons | {reason.code.casefold(): reason}
    return next((reasons[word] for word in words if word in reasons), None)


def _explain_again(load) -> None:
    """Stations that were there: events that came may tell since when."""
    changed = []
    for station in Station.objects.for_tenant(load.tenant).filter(
        pk__in=load.noted["log_changed"] - load.noted["explained"]
    ):
        status, _, since = timeline.current_state(station, load.now)
        if status != station.status:
            since = None
        if since != station.status_since:
            station.status_since = since
            changed.append(station)
    update(Station, changed, {"status_since"})
    load.noted["stations"].update(station.pk for station in changed)


def _touch(load) -> None:
    """Tiles that show another job get a new version: not those that are new or were given one by their own file."""
    load.cursor.execute(
        "update stations set version = version + 1 where tenant_id = %s and id = any(%s)",
        [load.tenant.pk, list(load.noted["stations"])],
    )


def _raise_board_versions(load) -> None:
    """Boards that poll see that something changed. No message for each row: a load is not a click."""
    load.cursor.execute(
        """insert into board_versions (tenant_id, line, version)
           select %(tenant)s, line, 1 from (select unnest(%(lines)s::text[]) union
               select line from stations where tenant_id = %(tenant)s and id = any(%(stations)s)) as q(line) order by line
           on conflict (tenant_id, line) do update set version = board_versions.version + 1""",
        {"tenant": load.tenant.pk, "lines": list(load.noted["lines"]), "stations": list(load.noted["stations"])},
    )
