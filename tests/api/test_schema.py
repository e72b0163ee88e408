"""The API's description: valid OpenAPI 3.1, made without a warning, every answer in it, with examples that fit."""

import contextlib
import io

import pytest
from django.core.management import call_command
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.validation import validate_schema
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

PLANT = "urn:plant"


@pytest.fixture(scope="module")
def document(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        return Client().get("/api/v1/schema/").json()


def operations(document):
    for path, found in document["paths"].items():
        for verb, operation in found.items():
            yield f"{verb} {path}", operation


def contents(document):
    """(where, pointer to its schema, content) of each request and answer."""
    for path, found in document["paths"].items():
        for verb, operation in found.items():
            parts = {"requestBody": operation.get("requestBody", {})}
            parts |= {f"responses/{status}": answer for status, answer in operation["responses"].items()}
            for place, part in parts.items():
                for kind, content in part.get("content", {}).items():
                    steps = ("paths", path, verb, *place.split("/"), "content", kind, "schema")
                    pointer = "/".join(step.replace("~", "~0").replace("/", "~1") for step in steps)
                    yield f"{verb} {path} {place} {kind}", pointer, content


def test_it_is_openapi_3_1(document):
    assert document["openapi"].startswith("3.1")
    validate_schema(document)
    for name, schema in document["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        assert not any(key == "x-example" for key in schema), name


def test_it_is_made_without_a_warning(db):
    GENERATOR_STATS.reset()
    with contextlib.redirect_stderr(io.StringIO()) as said:
        call_command("spectacular", validate=True, fail_on_warn=True, stdout=io.StringIO())
    assert "Warning" not in said.getvalue() and not GENERATOR_STATS


def test_every_operation_says_what_it_does_and_every_answer_it_has(document):
    names = [operation["operationId"] for _where, operation in operations(document)]
    assert len(set(names)) == len(names)
    for where, operation in operations(document):
        answers = set(operation["responses"])
        assert operation["description"].strip(), where
        assert answers & {"200", "201", "204"}, where
        # (signing in asks for no token; the stream is answered past all views)
        expected = {"401", "429", "503"} | (set() if "/stream/" in where else {"400", "403", "406"})
        expected |= {"404"} if "{" in where else set()
        expected |= {"409", "413", "415"} if not where.startswith("get") else set()
        expected |= {"422"} if where.startswith("post") else set()
        assert expected <= answers, (where, expected - answers)
        assert "Retry-After" in operation["responses"]["429"]["headers"], where


def test_every_request_and_answer_has_an_example_that_fits(document):
    registry = Registry().with_resource(PLANT, Resource.from_contents(document, default_specification=DRAFT202012))
    seen, faults = 0, []
    for where, pointer, content in contents(document):
        if content["schema"].get("format") == "binary":
            continue
        examples = [one["value"] for one in content.get("examples", {}).values()]
        examples += [content["example"]] if "example" in content else []
        if not examples or examples == [{}] and "requestBody" not in where:
            faults.append(f"{where}: no example")
        if "text/event-stream" in where:
            continue  # its schema is of one event's fields
        checker = Draft202012Validator({"$ref": f"{PLANT}#/{pointer}"}, registry=registry, format_checker=checks())
        for example in examples:
            faults += [f"{where}: {fault.json_path}: {fault.message}" for fault in checker.iter_errors(example)]
            seen += 1
    assert faults == []
    assert seen > 500


def checks():
    return Draft202012Validator.FORMAT_CHECKER


def test_an_example_that_does_not_fit_is_seen(document):
    registry = Registry().with_resource(PLANT, Resource.from_contents(document, default_specification=DRAFT202012))
    checker = Draft202012Validator(
        {"$ref": f"{PLANT}#/components/schemas/Job"}, registry=registry, format_checker=checks()
    )
    assert [*checker.iter_errors({"code": "ST 1/"})]
