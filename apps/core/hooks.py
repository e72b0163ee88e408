"""What an earlier app asks or tells the later ones, by name; they subscribe in AppConfig.ready.

Each hook has its subscribers run at once, in the caller's transaction.
"""

from collections.abc import Callable

_missed: list[Callable] = []


def answers_missed_since(function):
    """Subscribe: `function(tenant, last, overlap)` tells what changed on the boards after the event number `last`."""
    _missed.append(function)
    return function


def missed_since(tenant, last, overlap) -> dict:
    """{"stations": [ids], "queue": bool, "seq": newest event number}: what a reconnecting page has to read again."""
    answer = {"stations": [], "queue": False, "seq": last or 0}
    for function in _missed:
        found = function(tenant, last, overlap)
        answer["stations"] += found["stations"]
        answer["queue"] = answer["queue"] or found["queue"]
        answer["seq"] = max(answer["seq"], found["seq"])
    return answer
