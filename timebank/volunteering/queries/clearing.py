"""With whom a community lets minutes pass, on what terms, and where the two stand."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from timebank.community.models import Community
from timebank.kernel import clock, paging
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.volunteering.errors import clearing as errors
from timebank.volunteering.models.clearing import ClearingFreeze, ClearingPair, ClearingTerms
from timebank.volunteering.models.clearing_moves import ClearingMove
from timebank.volunteering.queries.passbook import BOOK
from timebank.volunteering.rules.clearing import (
    FreezeView,
    PairView,
    Sides,
    Terms,
    TermsView,
    ordered,
)


def clearing_code(other_id: int) -> str:
    """Return the code of the account of what a community owes another."""
    return f"clearing:{other_id}"


def settled_code(other_id: int) -> str:
    """Return the code of the account of what was settled with another by other means."""
    return f"settled:{other_id}"


def sides_of(pair: ClearingPair) -> Sides:
    """Return the two of a pair."""
    return Sides(pair.community_id, pair.high_id)


def of_pairs(community_id: int) -> ColumnElement[bool]:
    """Return the condition that a pair is one of a community's."""
    return or_(ClearingPair.community_id == community_id, ClearingPair.high_id == community_id)


def others(session: Session, community_id: int) -> dict[int, str]:
    """Return the names of the other communities of the installation by id."""
    return {key: name for key, name in names(session).items() if key != community_id}


def names(session: Session) -> dict[int, str]:
    """Return the names of all communities by id."""
    rows = session.execute(select(Community.id, Community.name).order_by(Community.id))
    return {key: name for key, name in rows}  # noqa: C416 - rows are no pairs


def pair_between(session: Session, one_id: int, other_id: int) -> ClearingPair | None:
    """Return the pair of two communities, if there is one."""
    low_id, high_id = ordered(one_id, other_id)
    return session.scalar(
        select(ClearingPair).where(
            ClearingPair.community_id == low_id, ClearingPair.high_id == high_id
        )
    )


def terms_on(session: Session, pair_id: int, day: date) -> Terms | None:
    """Return what two communities agreed on for a day; None before the first agreement."""
    row = session.scalars(
        select(ClearingTerms)
        .where(ClearingTerms.pair_id == pair_id, ClearingTerms.in_force_on <= day)
        .order_by(ClearingTerms.version.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    return Terms(row.version, row.low_limit_minutes, row.high_limit_minutes, row.is_automatic)


def freezes(session: Session, pair_id: int) -> Sequence[ClearingFreeze]:
    """Return the stops that are in force between two communities."""
    wanted = select(ClearingFreeze).where(
        ClearingFreeze.pair_id == pair_id, ClearingFreeze.lifted_at.is_(None)
    )
    return session.scalars(wanted.order_by(ClearingFreeze.id).limit(2)).all()


def last_move(session: Session, pair_id: int) -> tuple[int, int]:
    """Return number and position of the last move of a pair; low owes above zero."""
    row = session.execute(
        select(ClearingMove.number, ClearingMove.position_after)
        .where(ClearingMove.pair_id == pair_id)
        .order_by(ClearingMove.number.desc())
        .limit(1)
    ).one_or_none()
    return (0, 0) if row is None else (row.number, row.position_after)


def agreed_with(session: Session, community_id: int) -> bool:
    """Whether a community has any agreement in force."""
    wanted = (
        select(ClearingTerms.id)
        .join(ClearingPair, ClearingPair.id == ClearingTerms.pair_id)
        .where(of_pairs(community_id), ClearingTerms.in_force_on <= clock.today())
    )
    return session.scalar(wanted.limit(1)) is not None


def pairs(session: Session, community_id: int) -> list[PairView]:
    """Return how a community stands with each of the others it lets minutes pass to."""
    rows = session.scalars(
        select(ClearingPair)
        .where(of_pairs(community_id))
        .order_by(ClearingPair.id)
        .limit(paging.PAGE_SIZE_MAX)
    ).all()
    return _views(session, community_id, rows)


def pair(session: Session, *, community_id: int, pair_id: int) -> PairView:
    """Return how a community stands with one other.

    Raises:
        PairNotFoundError: it is not one of its pairs.
    """
    row = session.scalar(
        select(ClearingPair).where(ClearingPair.id == pair_id, of_pairs(community_id))
    )
    if row is None:
        raise errors.PairNotFoundError
    return _views(session, community_id, [row])[0]


def terms_history(session: Session, *, community_id: int, pair_id: int) -> list[TermsView]:
    """Return every version of what two communities agreed on, latest first.

    Raises:
        PairNotFoundError: it is not one of its pairs.
    """
    row = session.scalar(
        select(ClearingPair).where(ClearingPair.id == pair_id, of_pairs(community_id))
    )
    if row is None:
        raise errors.PairNotFoundError
    rows = session.scalars(
        select(ClearingTerms)
        .where(ClearingTerms.pair_id == pair_id)
        .order_by(ClearingTerms.version.desc())
        .limit(paging.PAGE_SIZE)
    )
    return [_terms_view(one, community_id, sides_of(row)) for one in rows]


def _views(session: Session, community_id: int, rows: Sequence[ClearingPair]) -> list[PairView]:
    """Return some pairs with terms, stops and positions, each asked for once."""
    ids = [row.id for row in rows]
    if not ids:
        return []
    known, stands = names(session), _positions(session, ids)
    agreed, waiting = _terms(session, ids)
    stops: dict[int, list[ClearingFreeze]] = {}
    for one in session.scalars(
        select(ClearingFreeze).where(
            ClearingFreeze.pair_id.in_(ids), ClearingFreeze.lifted_at.is_(None)
        )
    ):
        stops.setdefault(one.pair_id, []).append(one)
    found = []
    for row in rows:
        sides = sides_of(row)
        in_force, proposal = agreed.get(row.id), waiting.get(row.id)
        found.append(
            PairView(
                row.id,
                sides.other(community_id),
                known[sides.other(community_id)],
                sides.sign(community_id) * stands.get(row.id, 0),
                _terms_view(in_force, community_id, sides) if in_force else None,
                _terms_view(proposal, community_id, sides) if proposal else None,
                tuple(
                    FreezeView(
                        one.community_id == community_id,
                        one.reason,
                        one.frozen_at,
                        one.frozen_by_name,
                    )
                    for one in stops.get(row.id, ())
                ),
            )
        )
    return found


def _positions(session: Session, pair_ids: Collection[int]) -> Mapping[int, int]:
    """Return ``{pair_id: position}`` after the last move of each."""
    last = (
        select(ClearingMove.pair_id, func.max(ClearingMove.number).label("number"))
        .where(ClearingMove.pair_id.in_(pair_ids))
        .group_by(ClearingMove.pair_id)
        .subquery()
    )
    rows = session.execute(
        select(ClearingMove.pair_id, ClearingMove.position_after).join(
            last,
            and_(ClearingMove.pair_id == last.c.pair_id, ClearingMove.number == last.c.number),
        )
    )
    return {pair_id: position for pair_id, position in rows}  # noqa: C416 - rows are no pairs


def _terms(
    session: Session, pair_ids: Collection[int]
) -> tuple[dict[int, ClearingTerms], dict[int, ClearingTerms]]:
    """Return the terms in force today and those that wait for the other side, by pair."""
    today = clock.today()
    live = and_(
        ClearingTerms.pair_id.in_(pair_ids),
        ClearingTerms.withdrawn_at.is_(None),
        or_(ClearingTerms.in_force_on <= today, ClearingTerms.signed_at.is_(None)),
    )
    agreed: dict[int, ClearingTerms] = {}
    waiting: dict[int, ClearingTerms] = {}
    for row in session.scalars(select(ClearingTerms).where(live).order_by(ClearingTerms.version)):
        (waiting if row.signed_at is None else agreed)[row.pair_id] = row
    return agreed, waiting


def _terms_view(row: ClearingTerms, community_id: int, sides: Sides) -> TermsView:
    """Return terms as one side sees them."""
    limits = (row.low_limit_minutes, row.high_limit_minutes)
    ours, theirs = limits if community_id == sides.low_id else limits[::-1]
    return TermsView(
        row.id,
        row.version,
        ours,
        theirs,
        row.is_automatic,
        row.from_on,
        row.in_force_on,
        row.community_id == community_id,
        row.proposed_by_name,
        row.proposed_at,
        row.signed_by_name,
        row.signed_at,
        row.withdrawn_at,
    )


def clearing_account_id(session: Session, *, community_id: int, other_id: int) -> int | None:
    """Return a community's account with another; None before the first move."""
    return ledger_accounts.account_id_within(
        session, community_id=community_id, book=BOOK, code=clearing_code(other_id)
    )
