"""Proofs for keeping elsewhere: what a document says, and whether it holds without these books.

A proof leads from the leaf of an entry to the root of its block, and from the header of that block
to a head. Whoever kept the head, or sees it in public, needs nothing else.
"""

import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any  # whatever JSON can hold

from timebank.ledger.errors import ProofTooLargeError, ProofUnreadableError
from timebank.ledger.rules.blocks import BLOCK_TITLE, BlockView, header_text
from timebank.ledger.rules.merkle import root_by_path
from timebank.ledger.rules.seals import LEAF_TITLE, SALT_BYTES, leaf_hash, words_hash

PROOF_FORMAT = "timebank.proof.1"
CONSISTENCY_FORMAT = "timebank.consistency.1"
PROOF_BYTES_MAX = 256 * 1024
PATH_MAX = 64
NUMBER_MAX = 2**63 - 1
# The words of an entry as a proof names them, in the order of their digest.
WORD_NAMES = ("actor_name", "memo", "document", "reason")

_HASH = re.compile(r"[0-9a-f]{64}")
_HEX = re.compile(r"(?:[0-9a-f]{2})*")
_NUMBER = "([0-9]{1,19})"
_HEADER = re.compile(
    rf"{re.escape(BLOCK_TITLE)}\n{_NUMBER}\n{_NUMBER}\n{_NUMBER}\n([0-9a-f]{{64}})\n"
    r"(?:-|[0-9a-f]{64})\n([0-9]{4}-[0-9]{2}-[0-9]{2})T[0-9:.]{15}Z\n"
)
_LEAF = re.compile(
    rf"{re.escape(LEAF_TITLE)}\n[0-9a-f]{{32}}\n{_NUMBER}\n{_NUMBER}\n(MIN|CNY)\n"
    r"[^\n\ud800-\udfff]*\n([0-9]{4}-[0-9]{2}-[0-9]{2})(?: [0-9]{4}-[0-9]{2}-[0-9]{2})?\n"
    r"(?:[^\n\ud800-\udfff]*\n){5}"
    r"([0-9a-f]{64})\n((?:[0-9]{1,19} [0-9]{1,19} [0-9]{1,19}\n)+)"
)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of an entry and the salt of their digest."""

    salt: bytes
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """What proves an entry: its leaf, its place in its block, the block's place under a head.

    ``header`` is the text of the block's header; ``blocks`` how many blocks the head is over.
    """

    leaf: str
    words: Words | None
    position: int
    path: tuple[bytes, ...]
    header: str
    block_path: tuple[bytes, ...]
    blocks: int
    head: bytes


@dataclass(frozen=True, slots=True)
class Checked:
    """What of a proof holds by itself, and what it says of the entry and of the block.

    ``amounts`` are those of the entry's lines; ``are_words_true`` is None where there are no words.
    """

    community_id: int
    asset: str
    effective_on: str
    amounts: tuple[int, ...]
    number: int
    leaves: int
    sealed_on: str
    are_words_true: bool | None
    is_in_block: bool
    is_under_head: bool

    @property
    def holds(self) -> bool:
        """Whether nothing in it is wrong."""
        return self.are_words_true is not False and self.is_in_block and self.is_under_head


@dataclass(frozen=True, slots=True)
class Consistency:
    """What proves that the blocks under one head were kept under a later one."""

    community_id: int
    first: int
    first_head: bytes
    second: int
    second_head: bytes
    path: tuple[bytes, ...]


def document(proof: Proof) -> dict[str, Any]:
    """Return a proof as JSON."""
    words = None
    if proof.words is not None:
        texts = dict(zip(WORD_NAMES, proof.words.texts, strict=True))
        words = {"salt": proof.words.salt.hex(), **texts}
    return {
        "format": PROOF_FORMAT,
        "leaf": proof.leaf,
        "words": words,
        "position": proof.position,
        "path": [one.hex() for one in proof.path],
        "block": proof.header,
        "block_path": [one.hex() for one in proof.block_path],
        "blocks": proof.blocks,
        "head": proof.head.hex(),
    }


def consistency_document(proof: Consistency) -> dict[str, Any]:
    """Return a proof of consistency as JSON."""
    return {
        "format": CONSISTENCY_FORMAT,
        "community_id": proof.community_id,
        "from": {"number": proof.first, "head": proof.first_head.hex()},
        "to": {"number": proof.second, "head": proof.second_head.hex()},
        "path": [one.hex() for one in proof.path],
    }


def block_document(block: BlockView) -> dict[str, Any]:
    """Return a block as JSON, with the header whose leaf hash is its leaf among the blocks."""
    return {
        "number": block.number,
        "leaves": block.leaves,
        "root": block.root.hex(),
        "previous_head": None if block.previous_head is None else block.previous_head.hex(),
        "head": block.head.hex(),
        "sealed_at": block.sealed_at,
        "header": header_text(block),
    }


def read_proof(text: str) -> Proof:
    """Return the proof that a text is, however it came here.

    Raises:
        ProofTooLargeError, ProofUnreadableError
    """
    if len(text.encode(errors="replace")) > PROOF_BYTES_MAX:
        raise ProofTooLargeError(kilobytes=PROOF_BYTES_MAX // 1024, field="proof")
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as error:  # brackets within brackets without end
        raise ProofUnreadableError(field="proof") from error
    try:
        return _proof_of(raw)
    except (KeyError, TypeError, ValueError) as error:
        raise ProofUnreadableError(field="proof") from error


def check(proof: Proof) -> Checked:
    """Return what of a proof holds, reckoned from nothing but the proof."""
    header, leaf = _HEADER.fullmatch(proof.header), _LEAF.fullmatch(proof.leaf)
    assert header is not None
    assert leaf is not None
    root = root_by_path(
        leaf_hash(proof.leaf), position=proof.position, size=int(header[3]), path=proof.path
    )
    head = root_by_path(
        leaf_hash(proof.header),
        position=int(header[2]) - 1,
        size=proof.blocks,
        path=proof.block_path,
    )
    return Checked(
        community_id=int(header[1]),
        asset=leaf[3],
        effective_on=leaf[4],
        amounts=tuple(int(line.split()[2]) for line in leaf[6].splitlines()),
        number=int(header[2]),
        leaves=int(header[3]),
        sealed_on=header[5],
        are_words_true=_are_true(proof.words, leaf[5]),
        is_in_block=root is not None and root.hex() == header[4] and leaf[1] == header[1],
        is_under_head=head == proof.head,
    )


def _are_true(words: Words | None, digest: str) -> bool | None:
    """Whether words lead to the digest in their leaf."""
    if words is None:
        return None
    return hmac.compare_digest(words_hash(words.salt, words.texts).hex(), digest)


def _proof_of(raw: Any) -> Proof:  # noqa: ANN401 - whatever JSON can hold
    """Return the proof in a document.

    Raises:
        KeyError, TypeError, ValueError: it is none.
    """
    if not isinstance(raw, dict) or raw["format"] != PROOF_FORMAT:
        raise ValueError(PROOF_FORMAT)
    return Proof(
        leaf=_matching(_LEAF, raw["leaf"]),
        words=_words(raw["words"]),
        position=_number(raw["position"]),
        path=_path(raw["path"]),
        header=_matching(_HEADER, raw["block"]),
        block_path=_path(raw["block_path"]),
        blocks=_number(raw["blocks"]),
        head=bytes.fromhex(_matching(_HASH, raw["head"])),
    )


def _words(raw: Mapping[str, Any] | None) -> Words | None:
    """Return the words of a document."""
    if raw is None:
        return None
    salt = bytes.fromhex(_matching(_HEX, raw["salt"]))
    texts = tuple(raw[name] for name in WORD_NAMES)
    if len(salt) != SALT_BYTES or not all(_is_text(text) for text in texts):
        raise ValueError("words")
    return Words(salt, texts)


def _is_text(value: object) -> bool:
    """Whether a value is text that can be hashed: half a surrogate pair cannot."""
    return isinstance(value, str) and not any("\ud800" <= sign <= "\udfff" for sign in value)


def _path(raw: Sequence[str]) -> tuple[bytes, ...]:
    """Return a path of hashes."""
    if not isinstance(raw, list) or len(raw) > PATH_MAX:
        raise ValueError("path")
    return tuple(bytes.fromhex(_matching(_HASH, one)) for one in raw)


def _number(raw: int) -> int:
    """Return a number of a row or a place."""
    if type(raw) is not int or not 0 <= raw <= NUMBER_MAX:
        raise ValueError("number")
    return raw


def _matching(pattern: re.Pattern[str], raw: str) -> str:
    """Return a text that has a form."""
    if pattern.fullmatch(raw) is None:
        raise ValueError(pattern.pattern)
    return raw
