"""Shares to the fen, who paid for what is spent, and the digest that names what was signed."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date

from timebank.cofund.rules.projects import Basis, CostLine, Party, PartyFigures, ProjectFigures
from timebank.kernel.units import split


def split_shares(*, total_fen: int, weights: Mapping[Party, int]) -> dict[Party, int]:
    """Split the cost among the parties so that the shares sum to it exactly.

    Raises:
        ValueError: a weight is negative, or all are zero.
    """
    amounts = split(total_fen, [weights.get(party, 0) for party in Party])
    return dict(zip(Party, amounts, strict=True))


def split_surplus(*, surplus_fen: int, received: Mapping[Party, int]) -> dict[Party, int]:
    """Split what is left by what each party really paid: never more than it paid.

    ``surplus_fen`` is at most the sum received.
    """
    if surplus_fen == 0:
        return dict.fromkeys(Party, 0)
    return split_shares(total_fen=surplus_fen, weights=received)


def reckon(
    *,
    agreed: Mapping[Party, int],
    received: Mapping[Party, int],
    refunded: Mapping[Party, int],
    spent_fen: int,
    held_fen: int = 0,
    withheld_fen: int = 0,
    is_ended: bool = False,
) -> ProjectFigures:
    """Return the figures of a project from its sums.

    ``spent_fen`` counts what is withheld from the builder too. What is spent falls on the parties
    by what they paid (largest remainder). It is reckoned as the complement of what is unspent, so
    that a refund leaves each party at zero to the fen.
    """
    unspent = split_surplus(surplus_fen=sum(received.values()) - spent_fen, received=received)
    parties = tuple(
        PartyFigures(
            party=party,
            agreed_fen=agreed.get(party, 0),
            received_fen=received.get(party, 0),
            refunded_fen=refunded.get(party, 0),
            spent_fen=received.get(party, 0) - unspent[party],
            owed_fen=0 if is_ended else agreed.get(party, 0) - received.get(party, 0),
            left_fen=unspent[party] - refunded.get(party, 0),
        )
        for party in Party
    )
    return ProjectFigures(
        parties=parties,
        agreed_fen=sum(one.agreed_fen for one in parties),
        received_fen=sum(one.received_fen for one in parties),
        refunded_fen=sum(one.refunded_fen for one in parties),
        spent_fen=spent_fen,
        owed_fen=sum(one.owed_fen for one in parties),
        left_fen=sum(one.left_fen for one in parties),
        held_fen=held_fen,
        withheld_fen=withheld_fen,
    )


def agreement_digest(
    *,
    number: str,
    version: int,
    signed_on: date,
    basis: Basis,
    lines: Sequence[CostLine],
    shares: Mapping[Party, int],
) -> str:
    """Return the SHA-256 that names exactly what was signed, in hex."""
    content = {
        "basis": basis.value,
        "lines": [[line.label, line.amount_fen] for line in lines],
        "number": number,
        "shares": {party.value: shares[party] for party in Party},
        "signed_on": signed_on.isoformat(),
        "version": version,
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
