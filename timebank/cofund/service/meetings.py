"""What meets what: targets with their amounts, credits of households, and the parts they become."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from timebank.bank.rules.claims import BY_HAND, Evidence, OpenLine, Purpose
from timebank.bank.service.claiming import Part
from timebank.cofund.errors import matching as errors
from timebank.cofund.rules.matching import WHOLE_KINDS, Target, TargetKind
from timebank.ledger.rules.values import AccountKind, Asset, Side, Transfer
from timebank.ledger.service import books

_PURPOSES: Mapping[TargetKind, Purpose] = {
    TargetKind.RECEIVABLE: Purpose.CONTRIBUTION,
    TargetKind.SHARE: Purpose.CONTRIBUTION,
    TargetKind.RECORDED: Purpose.CONTRIBUTION,
    TargetKind.SPENDING: Purpose.SPENDING,
    TargetKind.PAID: Purpose.SPENDING,
    TargetKind.REFUND: Purpose.REFUND,
    TargetKind.RELEASED: Purpose.SPENDING,
    TargetKind.COMMON_INCOME: Purpose.COMMON_INCOME,
}
# Of these the room posts the entry itself, with the project's money in it.
_POSTED = frozenset({TargetKind.RECEIVABLE, TargetKind.SHARE, TargetKind.SPENDING})
_KINDS: Mapping[Purpose, str] = {
    Purpose.CONTRIBUTION: "cofund.placed",
    Purpose.SPENDING: "cofund.paid_out",
    Purpose.REFUND: "cofund.refund_paid_out",
    Purpose.COMMON_INCOME: "cofund.income_placed",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A target that a part of a line is to meet, by its key; without an amount as much as fits."""

    target: str
    amount_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Meeting:
    """A target with the amount that meets it, and why."""

    target: Target
    amount_fen: int
    evidence: Evidence = BY_HAND


@dataclass(frozen=True, slots=True)
class Credit:
    """What a household gets as credit, or gets back of it."""

    household_id: int
    label: str
    amount_fen: int
    is_back: bool = False


def check_amount(target: Target, amount_fen: int) -> None:
    """Refuse an amount that a target does not take.

    Raises:
        WholeOnlyError: it is a part of what can only be met as a whole.
        MoreThanTargetError: it is more than what is open.
    """
    if target.kind in WHOLE_KINDS and amount_fen != target.amount_fen:
        raise errors.WholeOnlyError(
            field="amount_fen", owed_fen=target.amount_fen, amount_fen=amount_fen
        )
    if amount_fen > target.amount_fen:
        raise errors.MoreThanTargetError(
            field="amount_fen", owed_fen=target.amount_fen, amount_fen=amount_fen
        )


def rest_as_credit(line: OpenLine, meetings: Sequence[Meeting], withheld_fen: int) -> list[Credit]:
    """Return what is left of a line as the credit of the household that it is for.

    Raises:
        HouseholdUnknownError: the rest is nobody's, or could be several households'.
    """
    rest = line.unallocated_fen + withheld_fen - sum(one.amount_fen for one in meetings)
    homes = {one.target.subject: one.target.label for one in meetings if home_of(one.target)}
    if rest <= 0:
        return []
    if len(homes) != 1:
        raise errors.HouseholdUnknownError(field="is_rest_credit")
    ((subject, label),) = homes.items()
    return [Credit(int(subject.partition(":")[2]), label, rest)]


def home_of(target: Target) -> int | None:
    """Return the household of a target, if it is one's."""
    kind, _, number = target.subject.partition(":")
    return int(number) if kind == "household" else None


def part_of(meeting: Meeting, placed_id: int) -> Part:
    """Return the part of a line that meets a target."""
    purpose = _PURPOSES[meeting.target.kind]
    return Part(
        purpose=purpose,
        amount_fen=meeting.amount_fen,
        counter_id=placed_id,
        kind=_KINDS[purpose],
        memo=f"{meeting.target.project_number} {meeting.target.project_title}".strip()[:200],
        is_posted=meeting.target.kind in _POSTED,
        evidence=meeting.evidence,
    )


def credit_part(session: Session, line: OpenLine, credit: Credit, placed_id: int) -> Part:
    """Return the part of a line that is a household's credit, or gives it back."""
    kept_id = books.ensure_account(
        session, book_id=line.book_id, asset=Asset.YUAN, code="credits", name="住户预存款",
        kind=AccountKind.OPEN, normal=Side.DEBIT,
    )  # fmt: skip
    own_id = books.ensure_account(
        session, book_id=line.book_id, asset=Asset.YUAN, code=f"credit:{credit.household_id}",
        name=f"预存 住户 {credit.household_id}", kind=AccountKind.BOUNDED, normal=Side.CREDIT,
    )  # fmt: skip
    debit_id, credit_id = (own_id, kept_id) if credit.is_back else (kept_id, own_id)
    return Part(
        purpose=Purpose.CREDIT_BACK if credit.is_back else Purpose.CREDIT,
        amount_fen=credit.amount_fen,
        counter_id=placed_id,
        kind="cofund.credit_returned" if credit.is_back else "cofund.credited",
        transfers=(Transfer(debit_id, credit_id, credit.amount_fen),),
    )
