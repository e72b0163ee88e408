"""What an earlier app asks or tells the later ones, by name; they subscribe in AppConfig.ready.

Each hook has its subscribers run at once, in the caller's transaction.
"""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.utils.functional import Promise

_missed: list[Callable] = []
_furnish: list[Callable] = []
_sealed: dict[str, str] = {"audit_logs": "id"}
_deactivated: list[Callable] = []
_held: list[Callable] = []
_shown: list[Callable] = []
_events: list[Callable] = []
_quiet: list[Callable] = []
_acts: list[Callable] = []
_codes: list[Callable] = []
_boxes: list["Box"] = []
_links: list[Callable] = []
_ways: list[Callable] = []
_readings: list[Callable] = []
_shift_days: list[Callable] = []
_receipts: list[Callable] = []
_retired: list[Callable] = []
_left: list[Callable] = []
_moves: list[Callable] = []
_journeys: list[Callable] = []
_uses: list[Callable] = []
_taken_off: list[Callable] = []


def furnishes_tenants(function):
    """Subscribe: `function(tenant)` gives a new tenant what every plant needs for a start."""
    _furnish.append(function)
    return function


def tenant_created(tenant) -> None:
    """A tenant was made, on the platform's page or by load_tables."""
    for function in _furnish:
        function(tenant)


def answers_missed(function):
    """Subscribe: `function(tenant, last, version)` tells what a page has to read again; see `missed`."""
    _missed.append(function)
    return function


def missed(tenant, last: str, version: str) -> dict:
    """What a page has to read again that was told up to event number `last`, or was rendered at board `version`.

    Both as the page gave them, empty where it gave none. Returns {"stations": [ids], "codes": [of the same], "queue": bool, "seq": newest event}.
    """
    answer = {"stations": [], "codes": [], "queue": False, "seq": 0}
    for function in _missed:
        found = function(tenant, last, version)
        answer["stations"] += found["stations"]
        answer["codes"] += found["codes"]
        answer["queue"] = answer["queue"] or found["queue"]
        answer["seq"] = max(answer["seq"], found["seq"])
    return answer


def seal_table(table: str, *, number: str) -> None:
    """Have the rows of an append-only table sealed; `number` is its identity column, the order of writing."""
    _sealed[table] = number


def sealed_tables() -> dict[str, str]:
    """The tables under seal, each with the column that numbers its rows."""
    return dict(_sealed)


def told_of_events(function):
    """Subscribe: `function(tenant, events)` hears of what happens; see `events_recorded`."""
    _events.append(function)
    return function


def events_recorded(tenant, events: list[dict]) -> None:
    """Things happened just now; history and bulk loads are not told of. events: as the API shows them, in their order."""
    for function in _events:
        function(tenant, events)


def shows_files(function):
    """Subscribe: `function(device, attachment)` says whether a file belongs to what a terminal is for."""
    _shown.append(function)
    return function


def is_shown_at(device, attachment) -> bool:
    """Whether a file may be looked at at a shared terminal."""
    return any(function(device, attachment) for function in _shown)


def told_of_leavers(function):
    """Subscribe: `function(person, by)` does what has to be done at once when somebody may sign in no more."""
    _deactivated.append(function)
    return function


def user_deactivated(person, *, by) -> None:
    """A person was switched off."""
    for function in _deactivated:
        function(person, by)


class Held(NamedTuple):
    """Something that a person still holds or has to do: in words, and where it is returned, handed over or ended."""

    what: str
    url: str


def answers_held_by(function):
    """Subscribe: `function(tenant, people)` yields (key of a person, Held); see `held_by`."""
    _held.append(function)
    return function


def held_by(tenant, people) -> dict:
    """What these people of a tenant still hold, by their keys; who holds nothing is not in it. people: rows of User."""
    found: dict = {}
    for function in _held:
        for key, held in function(tenant, people):
            found.setdefault(key, []).append(held)
    return found


def knows_shifts(function):
    """Subscribe: `function(tenant, people, moment)` tells who is off shift; see `quiet_until`."""
    _quiet.append(function)
    return function


def quiet_until(tenant, people, moment) -> dict:
    """When the own next shift begins, by the key of each of these people who is off shift at a moment."""
    found: dict = {}
    for function in _quiet:
        found |= function(tenant, people, moment)
    return found


def told_of_readings(function):
    """Subscribe: `function(assets, meter)` hears that meters have come to something else; see `readings_posted`."""
    _readings.append(function)
    return function


def readings_posted(assets: list, meter: str) -> None:
    """Readings of a tenant's assets, which are locked, were posted, taken back or corrected.

    What depends on their meters is to be computed anew, in one go for all. What is loaded by the thousand is not told.
    """
    for function in _readings:
        function(assets, meter)


def told_of_receipts(function):
    """Subscribe: `function(part, move)` hears that a part has come in; see `part_received`."""
    _receipts.append(function)
    return function


def part_received(part, move) -> None:
    """So much of a part as the move says was received."""
    for function in _receipts:
        function(part, move)


def told_of_retired_assets(function):
    """Subscribe: `function(assets, reason)` ends what has no sense any more; see `assets_retired`."""
    _retired.append(function)
    return function


def assets_retired(assets: list, *, reason: str) -> None:
    """Assets of a tenant, which are locked, have ended their service."""
    for function in _retired:
        function(assets, reason)


def told_of_moves(function):
    """Subscribe: `function(assets, former, by, at)` writes down that assets have moved, or refuses; see `assets_moved`."""
    _moves.append(function)
    return function


def assets_moved(assets: list, former: dict, *, by=None, at=None) -> None:
    """Assets of a tenant, which are locked, were put elsewhere by hand, or mounted in something else, or taken out of it.

    former: the key of the place where each was, by its own key. at: when; now, if None. Raises BrokenRule where one of
    them may not move just now.
    """
    for function in _moves:
        function(assets, former, by, at)


def knows_journeys(function):
    """Subscribe: `function(tenant, assets, since, until)` yields (key of an asset, left, arrived); see `journeys_of`."""
    _journeys.append(function)
    return function


def journeys_of(tenant, assets, since, until) -> dict:
    """When assets were on their way between two moments: {key: [(left, arrived; None: not yet)]}; of no journey, nothing.

    tenant: its row or key. assets: keys.
    """
    found: dict = {}
    for function in _journeys:
        for key, left, arrived in function(tenant, assets, since, until):
            found.setdefault(key, []).append((left, arrived))
    return found


def knows_uses(function):
    """Subscribe: `function(tenant, assets)` yields (key of an asset, where it serves, in words); see `uses_of`."""
    _uses.append(function)
    return function


def uses_of(tenant, assets) -> dict:
    """Where assets serve, by their keys: what an asset has to be taken off before it can leave. assets: keys."""
    return dict(use for function in _uses for use in function(tenant, assets))


def takes_assets_off(function):
    """Subscribe: `function(tenant, assets, by)` takes assets off where they serve, or refuses; see `take_off`."""
    _taken_off.append(function)
    return function


def take_off(tenant, assets, *, by) -> None:
    """Assets are about to leave: they serve nowhere any more. assets: keys; not locked yet. Raises BrokenRule."""
    for function in _taken_off:
        function(tenant, assets, by)


def says_what_is_left(function):
    """Subscribe: `function(asset)` yields sentences; see `left_to_do`."""
    _left.append(function)
    return function


def left_to_do(asset) -> list[str]:
    """What somebody has to look at now that an asset is retired, or in service again."""
    return [sentence for function in _left for sentence in function(asset)]


class Act(NamedTuple):
    """Something that a person can do with an asset: in words, where, and the name of its icon."""

    words: str
    url: str
    icon: str = "tool"


def offers_acts(function):
    """Subscribe: `function(request, asset)` yields Act; see `asset_acts`."""
    _acts.append(function)
    return function


def asset_acts(request, asset) -> list[Act]:
    """What later apps let this person do with an asset, for the page that its label opens."""
    return [act for function in _acts for act in function(request, asset)]


class Meant(NamedTuple):
    """What a scanned code stands for: in words, and its page."""

    words: str
    url: str


def knows_codes(function):
    """Subscribe: `function(tenant, code)` yields Meant; see `meant_by`."""
    _codes.append(function)
    return function


def meant_by(tenant, code: str) -> list[Meant]:
    """What later apps know a scanned or typed code of."""
    return [meant for function in _codes for meant in function(tenant, code)] if code else []


class ShiftOfDay(NamedTuple):
    """A shift on a date: its name, from when to when, and the key of its row."""

    name: str
    start: datetime
    end: datetime
    key: UUID


def knows_shifts_of_days(function):
    """Subscribe: `function(tenant, day)` yields ShiftOfDay; see `shifts_of_day`."""
    _shift_days.append(function)
    return function


def shifts_of_day(tenant, day) -> list[ShiftOfDay]:
    """The tenant's shifts as they are, or would be, on a date: whether its weekday is one of theirs is not asked."""
    return [shift for function in _shift_days for shift in function(tenant, day)]


def knows_links(function):
    """Subscribe: `function(path)` gives the tenant of a public link, or None; see `tenant_of_link`."""
    _links.append(function)
    return function


def tenant_of_link(path: str):
    """The tenant whose public link an address is, verified; None for any other address."""
    return next(filter(None, (function(path) for function in _links)), None)


def shows_strangers(function):
    """Subscribe: `function(request)` gives an address for somebody who has not signed in, or ""; see `strangers_way`."""
    _ways.append(function)
    return function


def strangers_way(request) -> str:
    """Where somebody who has not signed in is led instead of to the sign-in; "" where nowhere else."""
    return next(filter(None, (function(request) for function in _ways)), "")


class Box(NamedTuple):
    """A part of an asset's page: the name of an address that takes the asset's key and answers with a fragment."""

    order: int
    url_name: str
    title: str | Promise


def shows_at_assets(url_name: str, *, title: str | Promise, order: int) -> None:
    """Have a fragment loaded into every asset's page, in the order of numbers: 10 and up, of the app's own choice."""
    _boxes.append(Box(order, url_name, title))


def asset_boxes() -> list[Box]:
    """What apps show at an asset, in its order."""
    return sorted(_boxes, key=lambda box: (box.order, box.url_name))
