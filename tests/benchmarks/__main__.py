"""Measure every pair and print the table of ratios.

``python -m tests.benchmarks [--only NAME]... [--quick] [--large COUNT] [--json FILE]``
"""

import argparse
import importlib
import json
import pkgutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tests import benchmarks
from tests.benchmarks import forms, places, report
from tests.benchmarks.harness import BenchSettings, Outcome, Pair, measure

FOLDER = Path("var/bench")


def all_pairs(settings: BenchSettings) -> Iterator[Pair]:
    """Yield the pairs of every module here that has some."""
    for found in pkgutil.iter_modules(benchmarks.__path__):
        source = Path(benchmarks.__path__[0]) / f"{found.name}.py"
        if "\ndef pairs(" in source.read_text(encoding="utf-8"):
            module = importlib.import_module(f"{benchmarks.__name__}.{found.name}")
            yield from module.pairs(settings)


def chosen(settings: BenchSettings, names: list[str]) -> list[Pair]:
    """Return the pairs whose name begins with one of these, or all."""
    found = list(all_pairs(settings))
    return [pair for pair in found if not names or pair.name.startswith(tuple(names))]


def run(settings: BenchSettings, names: list[str]) -> list[Outcome]:
    """Measure the chosen pairs one after the other, saying how each went."""
    outcomes: list[Outcome] = []
    for pair in chosen(settings, names):
        outcomes.append(measure(pair, settings))
        print(report.detail(outcomes[-1]), flush=True)
    return outcomes


def main() -> int:
    """Run the benchmark; 1 when a limit was not reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", default=[], help="names that a pair begins with")
    parser.add_argument("--quick", action="store_true", help="short rounds, books of 300,000")
    parser.add_argument("--large", type=int, help="transfers in the long books that are read")
    parser.add_argument("--json", type=Path, default=FOLDER / "latest.json", help="the result")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where databases are kept")
    parser.add_argument("--peer-python", default=sys.executable, help="where the peers live")
    asked = parser.parse_args()
    make = forms.quick if asked.quick else forms.whole
    asked.folder.mkdir(parents=True, exist_ok=True)
    settings = make(asked.folder.resolve(), peer_python=asked.peer_python)
    settings = replace(settings, large=asked.large or settings.large)
    facts = places.facts(settings)
    print(json.dumps(facts, indent=1))
    outcomes = run(settings, asked.only)
    print(*report.table(outcomes), sep="\n")
    form = "quick" if asked.quick else "whole"
    written = json.dumps(report.document(outcomes, facts, form), indent=1, ensure_ascii=False)
    asked.json.parent.mkdir(parents=True, exist_ok=True)
    asked.json.write_text(written + "\n", encoding="utf-8")
    return int(any(one.is_reached is False for one in outcomes))


if __name__ == "__main__":
    sys.exit(main())
