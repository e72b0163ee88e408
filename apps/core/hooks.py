"""What an earlier app asks or tells the later ones, by name; they subscribe in AppConfig.ready.

Each hook has its subscribers run at once, in the caller's transaction.
"""

from collections.abc import Callable

_missed: list[Callable] = []
_furnish: list[Callable] = []
_sealed: dict[str, str] = {"audit_logs": "id"}


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

    Both as the page gave them, empty where it gave none. Returns {"stations": [ids], "queue": bool, "seq": newest event}.
    """
    answer = {"stations": [], "queue": False, "seq": 0}
    for function in _missed:
        found = function(tenant, last, version)
        answer["stations"] += found["stations"]
        answer["queue"] = answer["queue"] or found["queue"]
        answer["seq"] = max(answer["seq"], found["seq"])
    return answer


def seal_table(table: str, *, number: str) -> None:
    """Have the rows of an append-only table sealed; `number` is its identity column, the order of writing."""
    _sealed[table] = number


def sealed_tables() -> dict[str, str]:
    """The tables under seal, each with the column that numbers its rows."""
    return dict(_sealed)
