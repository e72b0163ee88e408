"""Examples of requests and answers in the API's description, made from the shapes themselves.

A shape or body says in `example` what a made-up value would say badly: `example = {"status": "blocked"}`. Of a body this is
the whole example; of an answer, what stands in it beside made-up values. `tests/api/test_schema.py` holds each against its schema.
"""

from apps.core.api.lists import as_cell
from apps.core.csv_export import line_of

SAID = "x-example"  # until the end, in a component: what its class says
FORMATS = {
    "uuid": "0198a1f2-7c3e-7b5a-9d41-3f6c2a8e5b10",
    "date-time": "2026-03-02T06:00:00+01:00",
    "date": "2026-03-02",
    "email": "ann@plant.example",
    "uri": "https://plant.example/api/v1/",
}
WORDS = {
    "name": "Cutting", "line": "Line A", "lines": "Line A", "line_hint": "Line A", "station": "ST-01", "job": "JOB-1004",
    "part_name": "Mirror 60 × 90", "part": "glass 6 mm", "note": "as agreed", "timezone": "Europe/Warsaw",
    "display_name": "Ann", "shift": "Early", "text": "New blade.", "reason": "machine", "stop_reason": "machine",
}  # fmt: skip


def add_examples(document: dict) -> None:
    """Put an example into every request and answer that is JSON or CSV."""
    components = document["components"]["schemas"]
    said = {name: schema.pop(SAID) for name, schema in components.items() if SAID in schema}
    maker = Maker(components, said)
    for path, operations in document["paths"].items():
        for operation in operations.values():
            for part in (operation.get("requestBody", {}), *operation["responses"].values()):
                for kind, content in part.get("content", {}).items():
                    if "example" not in content and "examples" not in content:
                        maker.add_to(content, kind, part["content"], path)


class Maker:
    def __init__(self, components, said):
        self.components, self.said = components, said

    def add_to(self, content, kind, others, path) -> None:
        if kind == "text/csv":
            (row,) = self.of(others["application/json"]["schema"])["results"]
            content["example"] = "".join(line_of(cells) for cells in (row, map(as_cell, row.values())))
        elif content["schema"].get("format") != "binary":
            content["example"] = example = self.of(content["schema"])
            if isinstance(example, dict) and "results" in example:
                content["example"] = example | {
                    "next": f"https://plant.example{path}?cursor=WyJuIiwxXQ",
                    "previous": None,
                }

    def of(self, schema, name=""):
        """A value that fits a schema; name: of the field."""
        if "$ref" in schema:
            return self.of_component(schema["$ref"].rpartition("/")[2])
        if some := schema.get("oneOf") or schema.get("anyOf") or schema.get("allOf"):
            return self.of(some[0], name)
        if "examples" in schema:
            return schema["examples"][0]
        if "enum" in schema:
            return schema["enum"][0]
        kinds = schema.get("type", "object")
        kind = kinds if isinstance(kinds, str) else kinds[0]
        return getattr(self, f"of_{kind}")(schema, name)

    def of_component(self, name):
        schema, said = self.components[name], self.said.get(name, {})
        if (
            said and "properties" in schema and schema.get("additionalProperties") is False
        ):  # a body: no more than is said
            return {field: value for field, value in said.items() if field in schema["properties"]}
        found = self.of(schema)
        return found | {field: said[field] for field in found if field in said} if said else found

    def of_object(self, schema, name):
        return {field: self.of(inner, field) for field, inner in schema.get("properties", {}).items()}

    def of_array(self, schema, name):
        inner = schema["items"]
        return [] if inner.get("format") == "binary" else [self.of(inner, name)]

    def of_string(self, schema, name):
        usual = WORDS.get(name, name.replace("_", " ") or "text")
        return FORMATS.get(schema.get("format", ""), usual)[: schema.get("maxLength")]

    def of_integer(self, schema, name):
        return max(schema.get("minimum", 0), 1)

    of_number = of_integer

    def of_boolean(self, schema, name):
        return True

    def of_null(self, schema, name):
        return None
