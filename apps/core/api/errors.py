"""What a program is told when the answer is no: always JSON, always a sentence."""

from django.core.exceptions import ValidationError as ModelValidationError
from django.db import DatabaseError, InterfaceError
from django.http import Http404
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from apps.core.errors import BrokenRows, BrokenRule, Conflict, NotAllowed
from apps.core.middleware import refusal, refusal_of_database


class Refused(exceptions.ValidationError):
    """400 with `{"field": ["sentence"]}`, raised by what is no serializer."""

    def __init__(self, /, **fields):  # (a field may be called self)
        super().__init__({name: [sentence] for name, sentence in fields.items()})


def answer(error, context):
    """Django REST framework's EXCEPTION_HANDLER."""
    request = context["request"]._request
    if isinstance(error, Conflict):
        current = context["view"].shown(error.current) if hasattr(context["view"], "shown") else None
        return Response({"detail": str(error), "code": error.code, "current": current}, status=409)
    if isinstance(error, NotAllowed):
        return refusal(request, str(error), 403, code=error.code)
    if isinstance(error, BrokenRows):
        return Response(_by_row(error), status=409 if error.code == "conflict" else 400)
    if isinstance(error, BrokenRule):
        return refusal(request, str(error), 400, code=error.code)
    if isinstance(error, ModelValidationError):
        return Response(_by_field(error), status=400)
    if isinstance(error, (DatabaseError, InterfaceError)):
        return refusal_of_database(request, error)
    if isinstance(error, MultiPartParserError):  # looked into for the CSRF token of a session
        error = exceptions.ParseError(_("The form that was sent cannot be read."))
    if isinstance(error, Http404):
        error = exceptions.NotFound(_("It is not there."))
    response = exception_handler(error, context)
    if response is not None and isinstance(response.data, dict) and isinstance(response.data.get("detail"), str):
        response.data = {"detail": str(response.data["detail"]), "code": error.get_codes()}
    elif response is not None and isinstance(response.data, list):  # a sentence that is about no field
        response.data = {"non_field_errors": response.data}
    elif isinstance(error, exceptions.ValidationError):
        response.data = {name: list(_sentences(words)) for name, words in response.data.items()}
    return response


def _sentences(words, place=""):
    """Of what is wrong within a field, too: each with its place there."""
    inner = words.items() if isinstance(words, dict) else enumerate(words) if isinstance(words, list) else ()
    if not inner:
        yield f"{place}: {words}" if place else str(words)
    for name, below in inner:
        is_deeper = isinstance(words, dict) or isinstance(below, dict | list)
        yield from _sentences(below, f"{place}.{name}".lstrip(".") if is_deeper else place)


def _by_field(error) -> dict:
    if hasattr(error, "error_dict"):
        return {"non_field_errors" if name == "__all__" else name: words for name, words in error.message_dict.items()}
    return {"non_field_errors": error.messages}


def _by_row(error) -> dict:
    rows = {
        str(place): {name or "non_field_errors": words for name, words in fields.items()}
        for place, fields in error.rows.items()
    }
    unusual = {str(place): fields for place, fields in error.unusual.items()}
    return {"detail": str(error), "code": error.code, "rows": rows, "unusual": unusual}
