"""What an asset is: names and values, against the JSON Schema of its category."""

import json
from collections.abc import Iterator
from functools import lru_cache

from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.exceptions import Unresolvable

MOST, LONGEST_NAME, LARGEST = 100, 60, 20_000


@lru_cache(maxsize=200)
def _validator(schema: str) -> Draft202012Validator:
    # A registry of its own: without one, a reference to another address is read from there.
    return Draft202012Validator(json.loads(schema), registry=Registry(), format_checker=FormatChecker(["date"]))


def spec_errors(schema: dict, specs: dict) -> Iterator[tuple[str, str]]:
    """What does not fit the schema: the way to the value ("" is the whole; "motor.rpm"), and why, field by field."""
    try:
        for error in _validator(json.dumps(schema)).iter_errors(specs):
            yield from _said(error)
    except Unresolvable as error:
        yield "", _("The schema of the category refers to %s, which is not in it.") % error.ref
    except RecursionError:
        yield "", _("The schema of the category refers to itself without end.")


def _said(error) -> Iterator[tuple[str, str]]:
    """A fault as people read it; one that is rare, as the validator says it."""
    way = error.json_path.removeprefix("$").removeprefix(".")
    kind, limit = error.validator, error.validator_value
    if kind == "required":
        for name in limit:
            if name not in error.instance:
                yield f"{way}.{name}".lstrip("."), _("This is required.")
    elif kind == "additionalProperties" and limit is False and not error.schema.get("patternProperties"):
        for name in error.instance:
            if name not in error.schema.get("properties", {}):
                yield f"{way}.{name}".lstrip("."), _("The category knows no such spec.")
    elif words := _limits().get(kind):
        yield way, words % limit
    elif kind == "enum":
        yield way, _("Choose one of: %s.") % ", ".join(map(str, limit))
    elif kind == "type":
        yield (
            way,
            _("Write %s.")
            % _(" or ").join(_kinds().get(name, name) for name in ([limit] if isinstance(limit, str) else limit)),
        )
    elif kind == "format" and limit == "date":
        yield way, _("Write a date like 2026-12-31.")
    else:
        yield way, error.message


def _limits():
    return {
        "minimum": _("At least %s."),
        "maximum": _("At most %s."),
        "exclusiveMinimum": _("More than %s."),
        "exclusiveMaximum": _("Less than %s."),
        "minLength": _("At least %s letters."),
        "maxLength": _("At most %s letters."),
        "multipleOf": _("A multiple of %s."),
    }


def _kinds():
    return {
        "string": _("a text"),
        "number": _("a number"),
        "integer": _("a whole number"),
        "boolean": _("yes or no"),
        "object": _("names with values"),
        "array": _("a list"),
        "null": _("nothing"),
    }


def plain_errors(specs) -> Iterator[tuple[str, str]]:
    """What is wrong with specs whatever the category."""
    if not isinstance(specs, dict):
        yield "", _("Specs are names with values.")
    elif not _is_json(specs):
        yield "", _("A number is a finite one.")
    elif len(specs) > MOST or len(json.dumps(specs)) > LARGEST:
        yield "", _("These are too many; at most %d specs are kept.") % MOST
    else:
        for name in specs:
            if not name.strip() or len(name) > LONGEST_NAME:
                yield name[:LONGEST_NAME], _("A name has 1 to %d letters.") % LONGEST_NAME


def _is_json(specs) -> bool:
    try:
        json.dumps(specs, allow_nan=False)
    except ValueError:
        return False
    return True
