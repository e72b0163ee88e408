"""What people can be told of: one registry, filled by the apps as they are imported in AppConfig.ready."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Mail(models.TextChoices):
    """How a person wants to hear of a kind beside the inbox."""

    NONE = "none", _("No mail")
    AT_ONCE = "at_once", _("At once")
    DIGEST = "digest", _("Once a day")


@dataclass(frozen=True)
class NotificationKind:
    """describe: the sentence for the parts that were stored, in the language in force; `person` in them is a name by then.

    is_critical: mailed outside the person's shifts too. mail: for who has not chosen.
    """

    key: str
    name: str | Promise
    describe: Callable[[dict], str]
    is_critical: bool = False
    mail: Mail = Mail.DIGEST
    icon: str = "bell"


_kinds: dict[str, NotificationKind] = {}


def register(kind: NotificationKind) -> NotificationKind:
    """Make a kind known: to the settings page, to the inbox, to mails."""
    if _kinds.setdefault(kind.key, kind) != kind:
        raise ValueError(f"there is a kind {kind.key} already")
    return kind


def all_kinds() -> dict[str, NotificationKind]:
    return dict(_kinds)


def choice_of(person, kind: NotificationKind) -> str:
    """How a person wants to hear of a kind."""
    return person.mail_choices.get(kind.key, kind.mail)
