"""What a webhook can be told of, and the words its text may use: each app adds its own in AppConfig.ready."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.webhooks.models import TEST

# Words of every kind: in a text they stand in braces, as {plant}.
WORDS: dict[str, Any] = {
    "plant": gettext_lazy("name of the plant"),
    "subject": gettext_lazy("what it is about: a station, a job"),
    "what": gettext_lazy("what happened, as a sentence"),
    "person": gettext_lazy("who did it"),
    "time": gettext_lazy("when, by the plant’s clock"),
    "kind": gettext_lazy("the kind of event"),
}
_kinds: dict[str, tuple[Any, Callable]] = {}
_words: dict[str, Any] = {}


def tells(kinds: Mapping[str, Any], words: Mapping[str, Any], say: Callable) -> None:
    """Register kinds of events.

    kinds: {code: label}. words: {name: help} of the words it has beside WORDS. say: `say(tenant, event)` gives those
    that it knows, as a dict, for an event in the shape of the API; called when it is sent, in the tenant's context.
    """
    _kinds.update({code: (label, say) for code, label in kinds.items()})
    _words.update(words)


def choices() -> list[tuple[str, Any]]:
    """All kinds that can be chosen, with their labels."""
    return [(code, label) for code, (label, _say) in _kinds.items()]


def label_of(kind: str) -> str:
    """A kind in words; one that nobody registered (any more) stands for itself."""
    return _("Test") if kind == TEST else str(_kinds[kind][0]) if kind in _kinds else kind


def all_words() -> dict[str, Any]:
    """Every word that a text may use, with its help."""
    return WORDS | _words


def words_for(tenant, kind: str, event: dict) -> dict[str, str]:
    """The words of one event; those that say nothing of it are empty."""
    at = parse_datetime(event["occurred_at"])
    said = _kinds[kind][1](tenant, event) if kind in _kinds else {}
    common = {
        "plant": tenant.name,
        "subject": tenant.name,
        "what": _("This is a test.") if kind == TEST else label_of(kind),
        "person": _("the system"),
        "time": date_format(timezone.localtime(at, tenant.zone), "Y-m-d H:i"),
        "kind": label_of(kind),
    }
    return dict.fromkeys(all_words(), "") | common | {name: str(word) for name, word in said.items() if word}
