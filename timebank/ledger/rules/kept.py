"""The list of seals that is kept elsewhere, and where the present books differ from it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any  # whatever JSON can hold

from timebank.ledger.errors import KeptListUnreadableError
from timebank.ledger.rules.blocks import BlockView
from timebank.ledger.rules.seals import moment_text

KEPT_FORMAT = "timebank.seal.1"
LINE_MAX = 2_000


@dataclass(frozen=True, slots=True)
class KeptBlock:
    """One line of a kept list: whose block it is, and the line itself."""

    community: str
    community_id: int
    number: int
    line: str


@dataclass(frozen=True, slots=True)
class Difference:
    """The first block of a community that is not as it was kept; ``line`` is None where none is."""

    kept: KeptBlock
    line: str | None


def line_of(community: str, block: BlockView) -> str:
    """Return the line of a block: the same block always gives the same line."""
    facts = {
        "format": KEPT_FORMAT,
        "community": community,
        "community_id": block.community_id,
        "number": block.number,
        "leaves": block.leaves,
        "root": block.root.hex(),
        "previous_head": None if block.previous_head is None else block.previous_head.hex(),
        "sealed_at": moment_text(block.sealed_at),
        "head": block.head.hex(),
    }
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":"))


def read_lines(lines: Iterable[str]) -> Iterator[KeptBlock]:
    """Yield the blocks of a kept list.

    Raises:
        KeptListUnreadableError: a line is none of such a list.
    """
    for at, line in enumerate(lines, start=1):
        text = line.strip()
        if text:
            try:
                yield _kept(text)
            except (KeyError, TypeError, ValueError, RecursionError) as error:
                raise KeptListUnreadableError(line=at) from error


def first_differences(
    kept: Iterable[KeptBlock], now: Mapping[str, Mapping[int, str]]
) -> list[Difference]:
    """Return the first block of each community that is not as it was kept, in order.

    ``now`` are the present lines by community and number.
    """
    found: dict[str, Difference] = {}
    for one in kept:
        line = now.get(one.community, {}).get(one.number)
        before = found.get(one.community)
        is_first = before is None or one.number < before.kept.number
        if line != one.line and is_first:
            found[one.community] = Difference(one, line)
    return [found[community] for community in sorted(found)]


def _kept(text: str) -> KeptBlock:
    """Return the block of a line.

    Raises:
        KeyError, TypeError, ValueError: it is none.
    """
    if len(text) > LINE_MAX:
        raise ValueError(KEPT_FORMAT)
    raw: dict[str, Any] = json.loads(text)
    if raw["format"] != KEPT_FORMAT:
        raise ValueError(KEPT_FORMAT)
    return KeptBlock(str(raw["community"]), int(raw["community_id"]), int(raw["number"]), text)
