"""The bodies that are sent: LeanOps's own JSON, and what Slack, Microsoft Teams and Telegram take.

Slack: docs.slack.dev/messaging/sending-messages-using-incoming-webhooks and /formatting-message-text. Teams: a workflow
"When a Teams webhook request is received", learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors; Adaptive
Cards 1.2, whose TextRun has no markdown. Telegram: core.telegram.org/bots/api#sendmessage, without a parse mode.
"""

import json
import re
from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from apps.core.webhooks.kinds import all_words
from apps.core.webhooks.models import Format

WORD = re.compile(r"\{([^{}]*)\}")
DEFAULT_TEXT = "{subject}: {what} ({person}, {time})"
LONGEST = 4000  # letters; Telegram takes 4 096, the others more


def check_text(text: str) -> None:
    """Raise ValidationError where a text has a word that nobody knows."""
    unknown = sorted(set(WORD.findall(text)) - set(all_words()))
    if unknown:
        raise ValidationError(_("There is no {%(word)s}. The words are listed below.") % {"word": unknown[0][:40]})


def fill(text: str, words: dict[str, str], escape: Callable[[str], str] = str) -> str:
    """The text with each {word} replaced, once: what is filled in is not looked at again, and nothing is evaluated.

    escape: what the words need where markup is read; the text itself is its author's.
    """
    return WORD.sub(lambda found: escape(words.get(found[1], "")), text)[:LONGEST]


def _for_slack(word: str) -> str:
    """Slack's control characters, so that no name of a part calls the whole channel."""
    return word.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _own(webhook, message, words) -> dict:
    return message | ({"text": fill(webhook.text, words)} if webhook.text else {})


def _slack(webhook, message, words) -> dict:
    return {"text": fill(webhook.text or DEFAULT_TEXT, words, _for_slack)}


def _teams(webhook, message, words) -> dict:
    lines = fill(webhook.text or DEFAULT_TEXT, words).splitlines()
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.2",
        "body": [{"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": line}]} for line in lines if line],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _telegram(webhook, message, words) -> dict:
    return {"chat_id": webhook.chat, "text": fill(webhook.text or DEFAULT_TEXT, words)}


_MAKE = {Format.JSON: _own, Format.SLACK: _slack, Format.TEAMS: _teams, Format.TELEGRAM: _telegram}


def body_of(webhook, message: dict, words: dict[str, str]) -> bytes:
    """What is posted to a webhook. message: the event in LeanOps's shape. words: of kinds.words_for."""
    return json.dumps(_MAKE[Format(webhook.format)](webhook, message, words), separators=(",", ":")).encode()
