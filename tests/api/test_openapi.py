"""The description of the API is valid, complete, true about keys, and committed."""

from collections.abc import Iterator
from functools import cache

import pytest
import schemathesis
from apispec import APISpec
from flask import Flask
from werkzeug.routing import Rule

from tests.make import openapi

UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
PROBLEMS = {"400", "401", "403", "404", "405", "409", "413", "422", "429", "503"}


@cache
def _app() -> Flask:
    """One application for all tests of its description."""
    return openapi.application()


@cache
def _described() -> dict[tuple[str, str], openapi.Description]:
    """The operations of the description."""
    return openapi.operations(openapi.generated())


def _routes() -> dict[tuple[str, str], Rule]:
    """``{(method, path): rule}`` of everything under /api/v1 but the description itself."""
    return openapi.routes(_app())


def test_description_is_valid_openapi() -> None:
    description = openapi.generated()

    schemathesis.openapi.from_dict(description).validate()

    assert description["openapi"].startswith("3.0")


def test_every_route_is_described_and_nothing_else() -> None:
    assert set(_described()) == set(_routes())


def test_every_operation_documents_its_problems() -> None:
    description = openapi.generated()

    for (method, path), operation in _described().items():
        expected = PROBLEMS | ({"415"} if method in UNSAFE else set())
        answers = operation["responses"]
        assert expected <= set(answers), (method, path)
        for status in expected:
            name = answers[status]["$ref"].rsplit("/", 1)[-1]
            shape = description["components"]["responses"][name]["content"]
            assert set(shape) == {"application/problem+json"}, (method, path, status)


def test_no_operation_documents_a_default_that_would_allow_everything() -> None:
    assert [
        key for key, operation in _described().items() if "default" in operation["responses"]
    ] == []


def test_every_operation_documents_one_success_and_says_what_it_does() -> None:
    for key, operation in _described().items():
        successes = [status for status in operation["responses"] if status.startswith("2")]
        assert len(successes) == 1, key
        assert operation["summary"].strip(), key


def test_key_is_required_exactly_where_the_door_demands_it() -> None:
    for key, rule in _routes().items():
        view = _app().view_functions[rule.endpoint]
        parameters = _described()[key].get("parameters", [])
        keys = [one for one in parameters if one.get("name") == "Idempotency-Key"]
        if key[0] not in UNSAFE:
            assert keys == [], key
            continue
        assert [one["required"] for one in keys] == [bool(getattr(view, "demands_key", False))], key


def test_only_public_operations_go_without_proof_of_who_asks() -> None:
    for key, rule in _routes().items():
        is_public = getattr(_app().view_functions[rule.endpoint], "permission", None) == "public"
        assert (_described()[key].get("security") == []) == is_public, key


def test_description_is_put_into_words_once(monkeypatch: pytest.MonkeyPatch) -> None:
    client = _app().test_client()
    first = client.get("/api/v1/openapi.json")
    monkeypatch.setattr(APISpec, "to_dict", None)

    again = client.get("/api/v1/openapi.json")

    assert (again.status_code, again.content_type) == (200, "application/json")
    assert again.get_data() == first.get_data()


@pytest.mark.parametrize("part", ["parameters", "requestBody", "responses"])
def test_references_point_at_something(part: str) -> None:
    description = openapi.generated()

    for key, operation in openapi.operations(description).items():
        for reference in _references(operation.get(part)):
            kind, name = reference.removeprefix("#/components/").split("/")
            assert name in description["components"][kind], (key, reference)


def _references(value: object) -> list[str]:
    """Every ``$ref`` inside a piece of the description."""
    if isinstance(value, list):
        return [found for part in value for found in _references(part)]
    if not isinstance(value, dict):
        return []
    own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
    return own + [found for part in value.values() for found in _references(part)]


def test_committed_description_is_the_one_that_is_published() -> None:
    made = openapi.written(openapi.generated())

    kept = openapi.PATH.read_text(encoding="utf-8")

    assert kept == made, "the API changed: run python -m tests.make.openapi and commit the file"


def test_whatever_programs_send_has_bounds() -> None:
    unbounded = [
        (key, where)
        for key, operation in _described().items()
        for where, shape in _sent(operation)
        if not _is_bounded(shape)
    ]

    assert unbounded == []


def _sent(operation: openapi.Description) -> Iterator[tuple[str, openapi.Description]]:
    """Each piece of what an operation takes, with where it stands."""
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "query":
            yield from _pieces(parameter["name"], parameter["schema"])
    for sent in operation.get("requestBody", {}).get("content", {}).values():
        yield from _pieces("body", sent["schema"])


def _pieces(where: str, shape: openapi.Description) -> Iterator[tuple[str, openapi.Description]]:
    """A shape and the shapes in it, references followed."""
    shapes = openapi.generated()["components"]["schemas"]
    for part in shape.get("allOf") or _of_any(shape) or [shape]:
        found = shapes[part["$ref"].rsplit("/", 1)[-1]] if "$ref" in part else part
        yield where, found
        for name, inner in found.get("properties", {}).items():
            yield from _pieces(f"{where}.{name}", inner)
        if "items" in found:
            yield from _pieces(f"{where}[]", found["items"])


def _of_any(shape: openapi.Description) -> list[openapi.Description]:
    """What a piece may be instead of nothing."""
    return [one for one in shape.get("anyOf", []) if not one.get("nullable")]


def _is_bounded(shape: openapi.Description) -> bool:
    """Whether a piece says how large it may be."""
    limits = {
        "string": {"maxLength", "enum", "format", "pattern"},
        "integer": {"maximum", "enum"},
        "number": {"maximum"},
        "array": {"maxItems"},
        "object": {"properties", "additionalProperties"},
    }
    kind = shape.get("type")
    return kind == "boolean" or bool(limits.get(str(kind), set()) & set(shape))
