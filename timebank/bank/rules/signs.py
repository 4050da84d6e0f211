"""Which way money went: read from the file where it says so, proved by balances, else asked."""

from collections.abc import Callable, Mapping, Sequence

from timebank.bank.rules.amounts import Mark
from timebank.bank.rules.layouts import SignRule
from timebank.bank.rules.tables import RawLine

_DIRECTION = {Mark.IN: 1, Mark.CREDIT: 1, Mark.OUT: -1, Mark.DEBIT: -1}
_BANK_WORDS = {Mark.CREDIT, Mark.DEBIT}


def rules_open(lines: Sequence[RawLine]) -> tuple[SignRule, ...]:
    """Return the rules under which the lines could be meant, the usual one first.

    Income and expense say themselves what they are. Credit and debit are the bank's words for
    them, but a file from somebody's own books means the opposite. Bare amounts of one sign could
    all have come in, or all have gone out.
    """
    marks = {line.mark for line in lines if line.mark not in {None, Mark.NEUTRAL}}
    if marks:
        return (SignRule.SIGNED, SignRule.REVERSED) if marks & _BANK_WORDS else (SignRule.SIGNED,)
    has_signs = any((line.amount.fen or 0) < 0 or line.amount.has_sign for line in lines)
    if has_signs:
        return (SignRule.SIGNED, SignRule.REVERSED)
    return (SignRule.ALL_IN, SignRule.ALL_OUT)


def is_to_ask(lines: Sequence[RawLine]) -> bool:
    """Whether, without balances, somebody has to say which rule holds.

    A column that carries plus and minus is the account's own, seen by its owner.
    """
    return len(rules_open(lines)) > 1 and not (
        rules_open(lines)[0] is SignRule.SIGNED and all(line.mark is None for line in lines)
    )


def unmarked(lines: Sequence[RawLine]) -> list[RawLine]:
    """Return the lines without a mark in a file whose other lines have one."""
    without = [line for line in lines if line.mark is None]
    return without if len(without) < len(lines) else []


def signer(lines: Sequence[RawLine], rule: SignRule) -> Callable[[RawLine], int]:
    """Return what gives the signed fen of a line of these; above zero is money that came in."""
    turn = -1 if rule is SignRule.REVERSED else 1
    is_own = {mark: _is_signed_already(lines, mark) for mark in _DIRECTION}

    def signed(line: RawLine) -> int:
        fen = line.amount.fen or 0
        if rule in {SignRule.ALL_IN, SignRule.ALL_OUT}:
            return fen if rule is SignRule.ALL_IN else -fen
        if line.mark is None or line.mark is Mark.NEUTRAL:
            return turn * fen
        direction = _DIRECTION[line.mark]
        return turn * (fen if is_own[line.mark] else direction * fen)

    return signed


def _is_signed_already(lines: Sequence[RawLine], mark: Mark) -> bool:
    """Whether what is marked as going out carries a minus besides, in every row.

    A minus in some rows only takes a movement back: then it counts against the mark.
    """
    if _DIRECTION[mark] > 0:
        return False
    fens = [line.amount.fen or 0 for line in lines if line.mark is mark]
    return bool(fens) and all(fen < 0 for fen in fens)


def proved(doubts: Mapping[SignRule, tuple[int, int]]) -> SignRule | None:
    """Return the rule under which the chain of balances breaks least, if one stands alone.

    Equal amounts fit either way; then the one under which days fall back less often.
    """
    best = min(doubts.values())
    found = [rule for rule, count in doubts.items() if count == best]
    return found[0] if len(found) == 1 else None
