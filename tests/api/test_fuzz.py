"""schemathesis against the service: no 5xx, no undocumented status, answers as described.

``FUZZ_EXAMPLES=60 pytest tests/api`` looks longer; the usual run is short and always the same.
"""

from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.make import fuzz, house, openapi

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
DESCRIPTION = openapi.committed()
API = schemathesis.openapi.from_dict(openapi.committed())
OPERATIONS = sorted(openapi.operations(DESCRIPTION))


def _requests(method: str, path: str) -> list[tuple[SearchStrategy[fuzz.Request], int]]:
    """Requests that fit an operation's description, and such that do not where that can be.

    With how many of each are made up, so that neither kind is left to chance.
    """
    operation = API[path][method]
    fitting = fuzz.sensible(operation, path)
    if not openapi.is_choosy(DESCRIPTION, method, path):
        return [(fitting, fuzz.FITTING)]
    strange = operation.as_strategy(GenerationMode.NEGATIVE)
    return [(fitting, fuzz.FITTING), (strange, fuzz.STRANGE)]


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_operation_keeps_to_its_description(towns: fuzz.Towns, method: str, path: str) -> None:
    askers = towns.sqlite.askers(openapi.permission(towns.sqlite.app, method, path))

    for cases, examples in _requests(method, path):

        @settings(fuzz.SETTINGS, max_examples=examples)
        @given(
            case=cases,
            caller=st.sampled_from(askers),
            pick=st.sampled_from([None, *range(8)]),
            also_postgresql=fuzz.ALSO_POSTGRESQL,
        )
        def probe(case: fuzz.Request, caller: str, pick: int | None, also_postgresql: bool) -> None:
            for town in towns.asked(also_postgresql):
                if pick is not None:
                    fuzz.ground(case, town.ids, pick)
                proof = town.proofs[caller]
                answer: Any = case.call(headers=proof, app=town.app)
                case.validate_response(answer, checks=CHECKS, headers=proof)

        with towns.undone():
            probe()


def test_description_is_kept_over_http() -> None:
    # What is behind the wire was asked on both engines above.
    with house.house("sqlite") as served, requests.Session() as connection:
        proof = fuzz.proof_of(served.app, "gaojie")

        for method, path in OPERATIONS:
            fitting, _ = _requests(method, path)[0]

            @settings(fuzz.SETTINGS, max_examples=1)
            @given(case=fitting)
            def probe(case: fuzz.Request) -> None:
                case.call_and_validate(served.base, connection, headers=proof, checks=CHECKS)

            probe()
