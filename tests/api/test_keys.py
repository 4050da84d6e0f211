"""A request with a key acts once: sent again it gets the same answer, with another body none.

Where no answer is kept, because a secret was in it, the verb itself sees to it that its key acts
once; rooms prove that on their own.
"""

from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.make import fuzz, openapi
from timebank.kernel.ids import new_id

API = schemathesis.openapi.from_dict(openapi.committed())
COMMANDS = sorted(
    path for method, path in openapi.operations(openapi.committed()) if method == "POST"
)


@pytest.mark.parametrize("path", COMMANDS)
def test_command_with_a_key_acts_once(towns: fuzz.Towns, path: str) -> None:
    one = towns.sqlite
    permission = openapi.permission(one.app, "POST", path)
    is_for_all = permission == "public"
    askers = [name for name, held in one.permissions.items() if is_for_all or permission in held]
    keeps_answer = openapi.keeps_answer(one.app, "POST", path)
    shown = {towns.sqlite.app: Shown(), towns.postgresql.app: Shown()}

    @settings(fuzz.SETTINGS, max_examples=max(fuzz.EXAMPLES, 8))
    @given(
        case=fuzz.sensible(API[path]["POST"], path),
        caller=st.sampled_from(askers),
        pick=st.integers(0, 7),
        also_postgresql=fuzz.ALSO_POSTGRESQL,
    )
    def probe(case: fuzz.Request, caller: str, pick: int, also_postgresql: bool) -> None:
        for town in towns.asked(also_postgresql):
            if fuzz.IS_LONG or not shown[town.app].acted:
                fuzz.ground(case, town.ids, pick)
                acts_once(town, case, caller, shown[town.app], keeps_answer=keeps_answer)

    with towns.undone():
        probe()


@dataclass(slots=True)
class Shown:
    """What a command has shown on an engine already: that it acts once, that it refuses anew."""

    acted: bool = False
    refused: bool = False


def acts_once(
    town: fuzz.Town, case: fuzz.Request, caller: str, shown: Shown, *, keeps_answer: bool
) -> None:
    """Ask twice with a key, and once with the same key for something else."""
    headers = {**town.proofs[caller], "Idempotency-Key": str(new_id())}

    first: Any = case.call(headers=headers, app=town.app)
    if first.status_code >= 300 and shown.refused and not fuzz.IS_LONG:
        return
    again: Any = case.call(headers=headers, app=town.app)

    if first.status_code >= 300:
        assert "Idempotent-Replay" not in again.headers
    elif keeps_answer:
        assert again.status_code == first.status_code
        assert again.content == first.content
        assert "idempotent-replay" in again.headers
        client = town.app.test_client()
        other = client.post(case.formatted_path, json={"quite": "another"}, headers=headers)
        assert other.status_code == 422
        assert other.get_json()["code"] == "idempotency_key_reused"
    shown.acted = shown.acted or first.status_code < 300
    shown.refused = shown.refused or first.status_code >= 300
