"""The description of the API, OpenAPI 3.1: every answer and error there is, made from the resources themselves."""

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from apps.core.api.access import roles_of
from apps.core.api.examples import SAID, add_examples
from apps.core.api.fields import Body, Shape
from apps.core.roles import EVERYONE

SENTENCE: dict = {
    "type": "object",
    "required": ["detail", "code"],
    "properties": {
        "detail": {"type": "string", "description": "One sentence: what is wrong, what is allowed, what to do."},
        "code": {"type": "string", "description": "A word for programs."},
    },
}
BY_FIELD = {
    "type": "object",
    "description": "By field, or `non_field_errors`: sentences.",
    "additionalProperties": {"type": "array", "items": {"type": "string"}},
}
COMPONENTS = {
    "Error": SENTENCE,
    "Invalid": {"anyOf": [{"$ref": "#/components/schemas/Error"}, BY_FIELD]},
    "Conflict": {
        "type": "object",
        "required": ["detail", "code"],
        "properties": SENTENCE["properties"]
        | {"current": {"description": "What it is now, as its own address shows it.", "type": ["object", "null"]}},
    },
}
# status: its component, what it means, and a sentence with its code.
WORDS = {
    "400": (
        "Invalid", "What was sent is not valid, or a rule refuses it.",
        ("ST-01 is out of use; it takes no status and no job.", "rule"),
    ),
    "401": (
        "Error", "Not signed in: no token, or one that opens nothing.",
        ("This token opens nothing: it is wrong, has expired, or was revoked. Make a new one.", "not_authenticated"),
    ),
    "403": ("Error", "The role, or the token, may not do this.", ("Your role may not do this.", "not_allowed")),
    "404": ("Error", "It is not there, or not yours.", ("It is not there.", "not_found")),
    "406": (
        "Error", "Nothing is answered in the form that `Accept` asks for.",
        ("Could not satisfy the request Accept header.", "not_acceptable"),
    ),
    "409": (
        "Conflict", "The state has moved meanwhile; nothing was done.",
        ("ST-01 has changed meanwhile: status changed by Ann at 06:00:12. Nothing was done.", "conflict"),
    ),
    "413": ("Error", "Too much at once.", ("That is too much at once: 2 MB are allowed.", "too_large")),
    "415": ("Error", "The body is to be JSON.", ("Unsupported media type “text/plain” in request.", "unsupported_media_type")),
    "422": (
        "Error", "The `Idempotency-Key` came before, with something else.",
        ("This request key came before, with something else. Nothing was done; press again.", "key_reused"),
    ),
    "429": (
        "Error", "Too many requests; `Retry-After` says how many seconds to wait.",
        ("More than 6000 requests in a minute; wait 12 s.", "too_many_requests"),
    ),
    "503": (
        "Error", "The plant is busy, or its database is away; nothing was done. Try again.",
        ("The plant is busy with this just now. Nothing was done; press again.", "busy"),
    ),
}  # fmt: skip
NOT_VALID = {"qty": ["A valid number is required."]}


class Schema(AutoSchema):
    """What drf-spectacular cannot see: errors, keys of requests, conditions, CSV, roles."""

    def get_override_parameters(self):
        headers = []
        if self.method == "POST":
            said = "The same key never acts twice: a repeat gets the first answer again, for 7 days."
            headers.append(
                ("Idempotency-Key", {"type": "string", "maxLength": 200, "pattern": "^[!-~]([ -~]*[!-~])?$"}, said)
            )
        if self.method in ("PUT", "PATCH", "DELETE") or (self.method == "POST" and self._is_of_one()):
            said = "Do it only if this is still the row's `ETag`; else 409."
            headers.append(("If-Match", {"type": "string"}, said))
        return [
            OpenApiParameter(name, schema, OpenApiParameter.HEADER, description=said) for name, schema, said in headers
        ]

    def _get_serializer_name(self, *args):
        return super()._get_serializer_name(*args).replace("Shape", "").replace("Body", "")

    def _map_serializer(self, serializer, direction, bypass_extensions=False):
        found = super()._map_serializer(serializer, direction, bypass_extensions)
        said = getattr(serializer, "example", None)
        return found | {SAID: said} if said and "$ref" not in found else found

    def _is_of_one(self):
        return "{" in self.path

    def get_description(self):
        roles = roles_of(self.view, self.method)
        words = super().get_description()
        who = "everyone" if set(roles) == set(EVERYONE) else ", ".join(f"{role}s" for role in roles)
        return f"{words}\n\nFor {who}." if getattr(self.view, "login_required", True) else words

    def _get_response_bodies(self, direction="response"):
        bodies = super()._get_response_bodies(direction)
        expected = {"400", "401", "403", "406", "429", "503"}
        if self._is_of_one():
            expected |= {"404"}
        if self.method in ("POST", "PUT", "PATCH", "DELETE"):
            expected |= {"409", "413", "415"}
        if self.method == "POST":
            expected |= {"422"}
        expected |= set(getattr(self.view, "also_answers", ()))
        bodies |= {status: _refusal(status) for status in sorted(expected - set(bodies))}
        for status in {"200", "201"} & set(bodies):
            if self._has_etag():
                bodies[status].setdefault("headers", {})["ETag"] = {
                    "schema": {"type": "string"},
                    "description": "The row's version; send it back as `If-Match`.",
                }
        return bodies

    def _has_etag(self):
        return hasattr(self.view, "shown") and (self._is_of_one() or self.method == "POST")

    def _get_response_for_code(self, serializer, status_code, media_types=None, direction="response"):
        found = super()._get_response_for_code(serializer, status_code, media_types, direction)
        if "text/csv" in found.get("content", {}):
            found["content"]["text/csv"] = {"schema": {"type": "string"}}
        return found


def _refusal(status) -> dict:
    component, said, (sentence, code) = WORDS[status]
    content: dict = {"schema": {"$ref": f"#/components/schemas/{component}"}}
    example = {"detail": sentence, "code": code} | ({"current": None} if component == "Conflict" else {})
    if component == "Invalid":
        content["examples"] = {"rule": {"value": example}, "by field": {"value": NOT_VALID}}
    else:
        content["example"] = example
    found: dict = {"content": {"application/json": content}, "description": said}
    if status == "429":
        found["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
    return found


EVENT: dict = {
    "type": "object",
    "description": "Each event's fields.",
    "required": ["event", "data"],
    "properties": {
        "event": {"type": "string", "enum": ["ready", "board", "reload", "alive"]},
        "id": {"type": "string", "pattern": "^[0-9]+$"},
        "data": {"type": "string", "description": "JSON."},
        "retry": {"type": "integer"},
    },
}
STREAM: dict = {
    "operationId": "stream",
    "description": "Server-sent events: `board`, whose data names the stations that changed, by code, and says whether the "
    "queue did; `reload`, after which all is to be read anew; `alive`, at least every 15 s. `id` is the newest event's "
    "number; send it back as `Last-Event-ID`, and nothing is missed.\n\nFor everyone.",
    "tags": ["stream"],
    "security": [{"token": []}, {"session": []}],
    "parameters": [{"in": "header", "name": "Last-Event-ID", "schema": {"type": "string"}}],
    "responses": {
        "200": {
            "description": "A stream that does not end by itself.",
            "content": {
                "text/event-stream": {
                    "schema": EVENT,
                    "example": 'event: board\nid: 4711\ndata: {"stations": ["ST-01"], "queue": false}\n\n',
                }
            },
        }
    },
}


def finish(result, generator, request, public):
    """drf-spectacular's postprocessing hook: components that stand for all errors; bodies take no unknown fields."""
    schemas = result["components"].setdefault("schemas", {})
    schemas |= COMPONENTS
    # Served by the ASGI application itself, past all views.
    refused = {status: _refusal(status) for status in ("401", "429", "503")}
    result["paths"]["/api/v1/stream/"] = {"get": STREAM | {"responses": STREAM["responses"] | refused}}
    for name, schema in schemas.items():
        if schema.get("description") in (Shape.__doc__, Body.__doc__):  # words about the class, not about the plant
            del schema["description"]
        if name.endswith("Request") and schema.get("type") == "object":
            schema["additionalProperties"] = False
    add_examples(result)
    return result
