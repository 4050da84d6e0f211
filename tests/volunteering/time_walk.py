"""A walk of the machine's acts in likely proportions: many services, time, gifts, few changes."""

from collections.abc import Callable, Mapping
from random import Random
from typing import Any  # the machine, whose class is made for each world

from tests.volunteering.time_machine import POLICIES, VOLUNTEERS
from timebank.volunteering.rules.gifts import Source

# How often each act is drawn; what cannot be done just now is drawn again.
WEIGHTS: Mapping[str, int] = {
    "serve_and_approve": 9,
    "serve": 2,
    "approve": 2,
    "time_passes": 8,
    "unapprove": 3,
    "donate": 3,
    "grant": 2,
    "send_to_kin": 4,
    "redeem": 4,
    "undo_redemption": 2,
    "change_policy": 1,
}
_POSSIBLE: Mapping[str, Callable[[Any], bool]] = {
    "serve": lambda it: it.hour < 20,
    "serve_and_approve": lambda it: it.hour < 20,
    "approve": lambda it: bool(it.waiting),
    "unapprove": lambda it: bool(it.bank.services),
    "undo_redemption": lambda it: bool(it.redeemed),
}


def walk(machine: Any, *, seed: int, steps: int) -> list[str]:
    """Do so many acts, comparing after each, and prove the end; return what was done."""
    random, done = Random(seed), list[str]()
    machine.begin()
    while len(done) < steps:
        name = random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        if not _POSSIBLE.get(name, lambda _: True)(machine):
            continue
        facts = _facts(name, random)
        done.append(f"{name}{facts}")
        try:
            getattr(machine, name)(**facts)
            machine.both_know_the_same()
        except BaseException as error:
            error.add_note(f"seed {seed}: " + "; ".join(done))
            raise
    machine.teardown()
    return done


def _facts(name: str, random: Random) -> dict[str, Any]:
    """Return what an act is told."""
    drawn: Mapping[str, Callable[[], dict[str, Any]]] = {
        "serve": lambda: {"minutes": random.randrange(20, 111)},
        "serve_and_approve": lambda: {
            "minutes": [random.randrange(20, 111) for _ in range(random.randrange(1, 4))]
        },
        "approve": lambda: {"count": random.randrange(1, 5)},
        "time_passes": lambda: {"days": random.choice((1, 3, 8, 31, 31, 45))},
        "unapprove": lambda: {"at_": random.randrange(100)},
        "donate": lambda: {
            "minutes": random.randrange(1, 61),
            "source": random.choice(list(Source)),
        },
        "grant": lambda: {"minutes": random.randrange(1, 61)},
        "send_to_kin": lambda: {"minutes": random.randrange(10, 61)},
        "redeem": lambda: {"quantity": random.randrange(1, 3)},
        "change_policy": lambda: {"which": random.randrange(len(POLICIES))},
    }
    facts = drawn[name]() if name in drawn else {}
    if name in {"serve", "serve_and_approve", "donate"}:
        facts["who"] = random.randrange(VOLUNTEERS)
    return facts
