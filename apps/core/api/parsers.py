"""Bodies of requests: JSON that can be stored, and said again in an answer."""

import io
import json
import re

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

DEEPEST = 100  # levels of lists and objects
HALF = re.compile(rb"\\ud[89a-f]", re.IGNORECASE)  # of a pair that makes one letter


class JSON(JSONParser):
    """Refuses lists within lists without end, and halves of letters, which no answer could repeat."""

    def parse(self, stream, media_type=None, parser_context=None):
        body = stream.read()
        try:
            found = super().parse(io.BytesIO(body), media_type, parser_context)
        except RecursionError:
            raise ParseError(_too_deep()) from None
        if _is_too_deep(found):
            raise ParseError(_too_deep())
        if HALF.search(body):
            try:
                json.dumps(found, ensure_ascii=False).encode()
            except UnicodeEncodeError:
                raise ParseError(_("A text holds half of a letter (a surrogate without its pair).")) from None
        return found


def _is_too_deep(value) -> bool:
    level = [value]
    for _depth in range(DEEPEST + 1):
        level = [
            child
            for item in level
            if isinstance(item, dict | list)
            for child in (item.values() if isinstance(item, dict) else item)
        ]
    return bool(level)


def _too_deep() -> str:
    return _("At most %d levels of lists and objects go within each other.") % DEEPEST
