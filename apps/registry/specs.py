"""What an asset is, against the JSON Schema of its category."""

import json
from collections.abc import Iterator
from functools import lru_cache

from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.exceptions import Unresolvable


@lru_cache(maxsize=200)
def _validator(schema: str) -> Draft202012Validator:
    # A registry of its own: without one, a reference to another address is read from there.
    return Draft202012Validator(json.loads(schema), registry=Registry())


def spec_errors(schema: dict, specs: dict) -> Iterator[tuple[str, str]]:
    """What does not fit the schema: the way to the value ("" is the whole; "motor.rpm"), and why, field by field."""
    try:
        for error in _validator(json.dumps(schema)).iter_errors(specs):
            yield error.json_path.removeprefix("$").removeprefix("."), error.message
    except Unresolvable as error:
        yield "", _("The schema of the category refers to %s, which is not in it.") % error.ref
    except RecursionError:
        yield "", _("The schema of the category refers to itself without end.")
