"""Every planted bug still fits the tree, and some quick ones are noticed right here."""

import pytest

from tests.planted.patches import Planted, all_planted
from tests.planted.run import judge

BUGS = {one.name: one for one in all_planted()}
QUICK = ("synchronous-off", "day-of-another-zone", "deferred-begin")


@pytest.mark.parametrize("planted", BUGS.values(), ids=BUGS.keys())
def test_it_fits_the_tree_and_names_its_test(planted: Planted) -> None:
    for name, changed in planted.changed().items():
        if name.endswith(".py"):
            compile(changed, name, "exec")
    module, *arguments = planted.caught_by
    assert module == "pytest" or module.startswith("tests.drills.")
    assert planted.bug.endswith(".")
    assert module != "pytest" or arguments[0].startswith("tests/")


def test_there_are_enough_of_them() -> None:
    assert len(BUGS) >= 18


@pytest.mark.parametrize("name", QUICK)
def test_a_quick_one_is_noticed(name: str) -> None:
    verdict = judge(BUGS[name], also_without=False)

    assert verdict.is_caught, verdict.said
