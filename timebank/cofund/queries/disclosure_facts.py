"""What a disclosure says, reckoned from the postings: of a project so far, of a month of a book.

Nobody's name stands in it: households are counted, a payee who is no firm is a surname.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from timebank.cofund.errors import disclosures as errors
from timebank.cofund.models.projects import Project, ProjectCostLine, SpendingRequest
from timebank.cofund.models.receivables import Receivable
from timebank.cofund.queries import projects as queries
from timebank.cofund.rules.disclosures import DisclosureKind
from timebank.cofund.rules.payees import payee_shown
from timebank.cofund.rules.projects import Party, ProjectView, SpendingState
from timebank.kernel import clock
from timebank.ledger.queries import accounts, months, periods, turnovers
from timebank.ledger.rules.turnovers import MonthMove, Turnover

PAYMENTS_MAX = 200
_REFUNDED = "cofund.refunded"
_SUMS = ("agreed_fen", "received_fen", "owed_fen", "spent_fen", "refunded_fen", "left_fen")


def of_project(session: Session, project: ProjectView) -> dict[str, Any]:
    """Return what is made public of a project as it stands now.

    Raises:
        NothingToDiscloseError: nothing was agreed yet.
        FiguresDisagreeError: its cash account tells other sums than its parties' accounts.
    """
    agreement = queries.agreement(session, project.id)
    row = session.get_one(Project, project.id)
    if agreement is None or row.cash_account_id is None:
        raise errors.NothingToDiscloseError(field="project_id")
    moved = months.moves_by_month(session, row.cash_account_id, through=clock.today())
    by_month = _months(moved)
    figures = project.figures
    for name in ("received_fen", "spent_fen", "refunded_fen"):
        _check_zero(sum(one[name] for one in by_month) - getattr(figures, name))
    return {
        "kind": DisclosureKind.PROJECT.value,
        "subject": project.number,
        "title": project.title,
        "place": project.place_text,
        "state": project.state.value,
        "as_of": clock.today().isoformat(),
        "agreement": {"version": agreement.version, "digest": agreement.digest},
        "whole": {name: getattr(figures, name) for name in (*_SUMS, "withheld_fen")},
        "parties": [
            {"name": one.party.value} | {name: getattr(one, name) for name in _SUMS}
            for one in figures.parties
        ],
        "lines": _lines(session, project.id),
        "payments": _payments(session, project.id),
        "months": by_month,
        "households": _households(session, project.id),
    }


def of_month(session: Session, *, community_id: int, month: date, through: date) -> dict[str, Any]:
    """Return what is made public of a month of the owners' money.

    Raises:
        NothingToDiscloseError: nothing was booked by its end.
        FiguresDisagreeError: debits and credits of the month differ.
    """
    book_id = accounts.book_id(session, community_id=community_id, code="owners")
    moved = (
        []
        if book_id is None
        else turnovers.turnovers(session, book_id, since=month, through=through)
    )
    if book_id is None or not moved:
        raise errors.NothingToDiscloseError(field="month_on")
    _check_zero(sum(one.debits - one.credits for one in moved))
    closed = periods.last_period(session, book_id)
    by_code = _by_subject(moved)
    return {
        "kind": DisclosureKind.MONTH.value,
        "subject": f"{month:%Y-%m}",
        "title": f"{month.year}年{month.month}月业主共有资金收支",
        "as_of": through.isoformat(),
        "is_closed": closed is not None and closed.through_on >= through,
        "whole": _whole(by_code),
        "parties": _parties(by_code["fund"]),
        "projects": _projects(session, by_code),
    }


def _check_zero(gap_fen: int) -> None:
    """Refuse to freeze sums that two places of the ledger tell differently."""
    if gap_fen:
        raise errors.FiguresDisagreeError


def _months(moved: Sequence[MonthMove]) -> list[dict[str, Any]]:
    """Return what a project's cash took in and gave out month by month, and what stood there."""
    found: dict[date, dict[str, Any]] = {}
    cash_fen = 0
    for one in moved:
        row = found.setdefault(
            one.month,
            {
                "month": f"{one.month:%Y-%m}",
                **dict.fromkeys(("received_fen", "spent_fen", "refunded_fen", "resident_count"), 0),
            },
        )
        subject, _, rest = one.counter_code.partition(":")
        if one.kind == _REFUNDED:
            row["refunded_fen"] -= one.debits
        elif subject == "fund":
            row["received_fen"] += one.debits
            is_home = rest.endswith(f":{Party.RESIDENTS}") and one.debits > 0
            row["resident_count"] += one.entries if is_home else 0
        else:
            row["spent_fen"] -= one.debits
        cash_fen += one.debits
        row["cash_fen"] = cash_fen
    return list(found.values())


def _lines(session: Session, project_id: int) -> list[dict[str, Any]]:
    """Return the costing with what was paid for each item."""
    rows = session.execute(
        select(
            ProjectCostLine.label,
            ProjectCostLine.amount_fen,
            func.coalesce(func.sum(SpendingRequest.amount_fen), 0),
        )
        .outerjoin(
            SpendingRequest,
            (SpendingRequest.cost_line_id == ProjectCostLine.id)
            & (SpendingRequest.state == SpendingState.PAID),
        )
        .where(ProjectCostLine.project_id == project_id)
        .group_by(ProjectCostLine.id, ProjectCostLine.label, ProjectCostLine.amount_fen)
        .order_by(ProjectCostLine.id)
    )
    return [
        {"name": label, "agreed_fen": agreed, "paid_fen": int(paid)} for label, agreed, paid in rows
    ]


def _payments(session: Session, project_id: int) -> list[dict[str, Any]]:
    """Return the bills that were paid, the latest first, at most two hundred."""
    rows = session.execute(
        select(SpendingRequest, ProjectCostLine.label)
        .join(ProjectCostLine, ProjectCostLine.id == SpendingRequest.cost_line_id)
        .where(
            SpendingRequest.project_id == project_id, SpendingRequest.state == SpendingState.PAID
        )
        .order_by(SpendingRequest.paid_on.desc(), SpendingRequest.id.desc())
        .limit(PAYMENTS_MAX)
    )
    return [
        {
            "paid_on": None if bill.paid_on is None else bill.paid_on.isoformat(),
            "line": label,
            "purpose": bill.purpose,
            "payee": payee_shown(bill.payee),
            "amount_fen": bill.amount_fen,
            "withheld_fen": bill.withheld_fen,
            "papers": 1 + (bill.contract_file_id is not None),
        }
        for bill, label in rows
    ]


def _households(session: Session, project_id: int) -> dict[str, int]:
    """Return how many households were asked, how many owe nothing more, what was waived."""
    is_clear = case((Receivable.outstanding_fen == 0, 0), else_=1)
    homes = (
        select(
            func.sum(is_clear).label("owing"), func.sum(Receivable.waived_fen).label("waived_fen")
        )
        .where(Receivable.project_id == project_id, Receivable.cancelled_at.is_(None))
        .group_by(Receivable.household_id)
        .subquery()
    )
    asked, clear, waived = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(case((homes.c.owing == 0, 1), else_=0)), 0),
            func.coalesce(func.sum(homes.c.waived_fen), 0),
        ).select_from(homes)
    ).one()
    return {"asked": int(asked), "paid_up": int(clear), "waived_fen": int(waived)}


def _by_subject(moved: Sequence[Turnover]) -> dict[str, list[Turnover]]:
    """Return accounts by what stands before the first colon of their codes."""
    found: dict[str, list[Turnover]] = defaultdict(list)
    for one in moved:
        found[one.code.partition(":")[0]].append(one)
    return found


def _whole(of: Mapping[str, Sequence[Turnover]]) -> dict[str, int]:
    """Return the sums of a month: what stood at the banks and at projects, came and went."""

    def total(subject: str, what: Callable[[Turnover], int]) -> int:
        return sum(what(one) for one in of.get(subject, ()))

    return {
        "bank_before_fen": total("bank", lambda one: one.before),
        "bank_in_fen": total("bank", lambda one: one.debits),
        "bank_out_fen": total("bank", lambda one: one.credits),
        "bank_after_fen": total("bank", lambda one: one.after),
        "unclaimed_fen": -total("unclaimed", lambda one: one.after),
        "received_fen": total("fund", lambda one: one.credits),
        "back_fen": total("fund", lambda one: one.debits),
        "spent_fen": sum(_spent(of).values()),
        "common_income_fen": total("income", lambda one: one.credits - one.debits),
        "interest_fen": total("interest", lambda one: one.credits - one.debits),
        "fees_fen": total("fees", lambda one: one.debits - one.credits),
        "projects_before_fen": total("cash", lambda one: one.before),
        "projects_after_fen": total("cash", lambda one: one.after),
        "withheld_after_fen": total("retention", lambda one: one.after),
    }


def _parties(funds: Sequence[Turnover]) -> list[dict[str, Any]]:
    """Return what each party paid in a month, and what went back to it."""
    came: Counter[str] = Counter()
    back: Counter[str] = Counter()
    for one in funds:
        party = one.code.rpartition(":")[2]
        came[party] += one.credits
        back[party] += one.debits
    return [
        {"name": party.value, "received_fen": came[party], "back_fen": back[party]}
        for party in Party
    ]


def _spent(of: Mapping[str, Sequence[Turnover]]) -> Counter[str]:
    """Return what each project spent in a month, with what was withheld of it."""
    found: Counter[str] = Counter()
    for subject in ("cost", "retention"):
        for one in of.get(subject, ()):
            found[one.code.split(":")[1]] += one.debits - one.credits
    return found


def _projects(session: Session, of: Mapping[str, Sequence[Turnover]]) -> list[dict[str, Any]]:
    """Return the projects that moved in a month, by their numbers."""
    came: Counter[str] = Counter()
    for one in of.get("fund", ()):
        came[one.code.split(":")[1]] += one.credits - one.debits
    spent = _spent(of)
    left = {one.code.split(":")[1]: one.after for one in of.get("cash", ())}
    ids = [int(one) for one in left if came[one] or spent[one]]
    rows = session.scalars(
        select(Project).where(Project.id.in_(ids)).order_by(Project.year, Project.serial)
    )
    return [
        {
            "name": f"{row.number} {row.title}",
            "received_fen": came[str(row.id)],
            "spent_fen": spent[str(row.id)],
            "left_fen": left[str(row.id)],
        }
        for row in rows
    ]
