"""The three-way proof of a project: what the agreement, the bank and the ledger say of each party.

Each party has four differences. All are zero, or rows can be named that cause them.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from timebank.cofund.rules.projects import Party


class CauseKind(StrEnum):
    """What makes a difference."""

    NO_HOUSEHOLD = "no_household"  # residents' money that no household's bill was credited with
    NOT_IN_LEDGER = "not_in_ledger"  # a receipt whose entry does not say so
    NO_RECEIPT = "no_receipt"  # an entry on the party's account that no receipt or refund explains
    NOT_AT_BANK = "not_at_bank"  # a receipt that no line of the bank shows
    REFUND_NOT_AT_BANK = "refund_not_at_bank"  # a refund that no line of the bank shows
    STATEMENT = "statement"  # an account whose books differ from its statement


@dataclass(frozen=True, slots=True)
class Cause:
    """A row that causes a difference, with what opens it."""

    kind: CauseKind
    amount_fen: int
    party: Party | None = None
    day: date | None = None
    name: str = ""
    entry_id: UUID | None = None
    account_id: int | None = None


@dataclass(frozen=True, slots=True)
class PartyProof:
    """What three sources say of one party, in fen.

    ``receipts_fen`` are the receipts that stand, ``pots_fen`` those of them that a pot or a
    credit paid, whose money came to the bank before; ``ledger_fen`` is what its account took in.
    """

    party: Party
    agreed_fen: int
    waived_fen: int
    outstanding_fen: int
    receipts_fen: int
    refunds_fen: int
    pots_fen: int
    ledger_fen: int
    bank_in_fen: int
    bank_out_fen: int
    statement_gap_fen: int

    @property
    def agreement_gap_fen(self) -> int:
        """Agreed, less what came in, what was waived and what is still owed."""
        return self.agreed_fen - self.receipts_fen - self.waived_fen - self.outstanding_fen

    @property
    def ledger_gap_fen(self) -> int:
        """What the ledger took in, less the receipts."""
        return self.ledger_fen - self.receipts_fen

    @property
    def bank_gap_fen(self) -> int:
        """Receipts less refunds, less what lines of the bank were claimed for them."""
        came = self.receipts_fen - self.pots_fen - self.refunds_fen
        return came - (self.bank_in_fen - self.bank_out_fen)

    @property
    def is_even(self) -> bool:
        """Whether all four differences are zero."""
        return not (
            self.agreement_gap_fen
            or self.ledger_gap_fen
            or self.bank_gap_fen
            or self.statement_gap_fen
        )


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A party of a project in the three-way sheet of a community."""

    project_id: int
    number: str
    title: str
    proof: PartyProof


@dataclass(frozen=True, slots=True)
class Proven:
    """The proof of one project as it stands, under the newest seal if there is one."""

    project_id: int
    number: str
    title: str
    agreement_version: int
    agreement_digest: str
    parties: Sequence[PartyProof]
    causes: Sequence[Cause]
    unsealed_count: int
    seal_number: int
    seal_head: str

    @property
    def is_even(self) -> bool:
        """Whether nothing differs for any party."""
        return bool(self.parties) and all(one.is_even for one in self.parties)

    @property
    def is_certain(self) -> bool:
        """Whether a certificate can be written: nothing differs and every entry is sealed."""
        return self.is_even and not self.unsealed_count and self.seal_number > 0

    @property
    def digest(self) -> str:
        """The digest of all that a certificate says."""
        facts = {
            "project": self.number,
            "agreement": [self.agreement_version, self.agreement_digest],
            "parties": [
                [
                    *(one.party.value, one.agreed_fen, one.receipts_fen, one.waived_fen),
                    *(one.outstanding_fen, one.refunds_fen, one.ledger_fen),
                    *(one.bank_in_fen, one.bank_out_fen, one.pots_fen),
                ]
                for one in self.parties
            ],
            "seal": [self.seal_number, self.seal_head],
        }
        text = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def outstanding_of_residents(
    *, agreed_fen: int, raised_fen: int, owed_fen: int, without_household_fen: int
) -> int:
    """Return what residents still owe by their own bills, in fen.

    What was not billed yet is owed too; money without a household is taken off that, and no
    further: off whose bill would it be?
    """
    return owed_fen + max(0, agreed_fen - raised_fen - without_household_fen)


@dataclass(frozen=True, slots=True)
class OnTheWay:
    """What was recorded and no line of the bank shows yet: how many, how much."""

    count: int
    amount_fen: int

    def __add__(self, more: "OnTheWay") -> "OnTheWay":
        """Return both together."""
        return OnTheWay(self.count + more.count, self.amount_fen + more.amount_fen)
