"""Hours from an older system: one brings a list with its evidence, another books it, once.

The minutes come from an account of their own, so that they are never taken for service given here.
They are new lots of the day on which they are booked; the day of the older system stays with the
row, and what would be over by the community's own term is not taken.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.community.models import Person
from timebank.community.service.imports import sheet
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.ids import derived_id
from timebank.ledger.rules.values import AccountKind, Asset, EntryDraft, Side, Transfer
from timebank.ledger.service import books as ledger_books
from timebank.ledger.service import posting as ledger_posting
from timebank.trail import service as trail
from timebank.volunteering.errors import brought as errors
from timebank.volunteering.errors.merging import EvidenceMissingError
from timebank.volunteering.models.brought import (
    BroughtBatch,
    BroughtEntry,
    BroughtLine,
    BroughtReturn,
)
from timebank.volunteering.queries import brought as queries
from timebank.volunteering.queries import limits
from timebank.volunteering.rules import brought as rules
from timebank.volunteering.rules.brought import BroughtRow, BroughtState, Kept
from timebank.volunteering.rules.records import required
from timebank.volunteering.rules.two_people import Hand, check_near, check_second
from timebank.volunteering.service import books
from timebank.volunteering.service.brought_files import (
    COLUMNS,
    RowProblem,
    judged,
    stopped_ids,
)
from timebank.volunteering.service.brought_sources import known_source

KIND = "hours.brought"
MEMO = "从旧系统带来"


@dataclass(frozen=True, slots=True)
class Staged:
    """The list that was kept; with a single problem none is."""

    batch_id: int | None
    problems: Sequence[RowProblem] = ()


def bring_list(
    session: Session,
    *,
    actor: Actor,
    key: UUID,
    source: str,
    evidence: str,
    content: bytes,
    file_name: str,
) -> Staged:
    """Keep a list until another books it: all of its rows, or none with the reasons.

    Raises:
        ReasonMissingError: nothing is said of where it comes from, or of what proves it.
        BroughtSourceError: the community has no such source.
        InvalidError: the file cannot be read as a list; its class says why.
        BroughtTooManyError: it has too many rows for one act.
        DecidesForOwnError: the actor or kin are among its members.
    """
    source = known_source(session, actor=actor, told=source)
    evidence = required(evidence, field="evidence")
    if actor.user_id is None:
        raise EvidenceMissingError(field="evidence")
    lines = sheet.read(content, columns=COLUMNS).lines
    rules.check_count(lines)
    rows, problems = judged(session, actor, source, lines)
    if problems:
        return Staged(None, problems)
    _check_near(session, actor, rows)
    batch = BroughtBatch(
        community_id=actor.community_id,
        state=BroughtState.WAITING,
        source=source,
        evidence=evidence,
        file_name=PurePath(file_name.replace("\\", "/")).name[: rules.FILE_NAME_MAX] or KIND,
        digest=hashlib.sha256(content).hexdigest(),
        rows=len(rows),
        minutes=sum(one.minutes for one in rows),
        made_at=clock.now(),
        made_by_user_id=actor.user_id,
        made_by_id=actor.person_id,
        made_by_name=actor.name,
        act_key=derived_id(key, "brought_batch"),
        decided_by_name="",
        reason="",
    )
    session.add(batch)
    session.flush()
    _write_lines(session, batch, rows)
    _leave_trail(session, actor, "brought_list", batch)
    return Staged(batch.id)


def _write_lines(session: Session, batch: BroughtBatch, rows: Sequence[BroughtRow]) -> None:
    """Write the rows of a list, all at once."""
    told = [
        {
            "community_id": batch.community_id,
            "batch_id": batch.id,
            "person_id": one.person_id,
            "reference": one.reference,
            "minutes": one.minutes,
            "kept": one.kept,
            "earned_on": one.earned_on,
        }
        for one in rows
    ]
    session.execute(insert(BroughtLine), told)


def book_list(session: Session, *, actor: Actor, batch_id: int) -> None:
    """Book a list that another brought: each row one entry, all or none.

    Raises:
        BroughtNotFoundError, BroughtDecidedError
        DecidesOwnProposalError: the actor brought it.
        DecidesForOwnError: the actor or kin are among its members.
        BroughtFrozenError, BroughtBeforeError: what was right then is so no longer.
    """
    batch = _waiting(session, actor, batch_id)
    lines = session.scalars(
        select(BroughtLine).where(BroughtLine.batch_id == batch.id).order_by(BroughtLine.id)
    ).all()
    first = Hand(batch.made_by_user_id, batch.made_by_id)
    check_second(
        first=first,
        second=Hand(actor.user_id, actor.person_id),
        about={one.person_id for one in lines},
        kin_ids=_kin(session, actor),
    )
    _check_still(session, batch, lines)
    batch.state = BroughtState.BOOKED
    _decide(batch, actor)
    session.flush()
    drafts = _drafts(session, batch, lines)
    ledger_posting.post_many(session, actor=actor, drafts=list(drafts.values()))
    _remember(session, batch, lines, drafts)
    _leave_trail(session, actor, "brought_booked", batch)


def _check_still(session: Session, batch: BroughtBatch, lines: Sequence[BroughtLine]) -> None:
    """Refuse a list one of whose members has left, or one of whose rows was booked meanwhile."""
    ids = {one.person_id for one in lines}
    people = {one.id: one for one in session.scalars(select(Person).where(Person.id.in_(ids)))}
    for person_id in sorted(stopped_ids(session, batch.community_id, people.values())):
        raise errors.BroughtFrozenError(name=people[person_id].name)
    booked = queries.known_references(
        session,
        community_id=batch.community_id,
        source=batch.source,
        references={one.reference for one in lines},
    )
    for reference in sorted(booked):
        raise errors.BroughtBeforeError(reference=reference, source=batch.source)


def _drafts(
    session: Session, batch: BroughtBatch, lines: Sequence[BroughtLine]
) -> dict[int, EntryDraft]:
    """Return the entry of each row, by row."""
    own = {one.person_id for one in lines if one.kept == Kept.OWN}
    gifts = {one.person_id for one in lines if one.kept == Kept.DONATION}
    there = books.places_of(
        session,
        community_id=batch.community_id,
        grid_ids=(),
        owner_ids=own,
        donor_ids=gifts,
    )
    from_id = brought_account(session, community_id=batch.community_id)
    return {
        one.id: EntryDraft(
            id=derived_id(batch.act_key, f"line:{one.id}"),
            book_id=there.book_id,
            asset=Asset.MINUTES,
            kind=KIND,
            effective_on=clock.today(),
            transfers=[
                Transfer(
                    from_id,
                    (there.own if one.kept == Kept.OWN else there.donation)[one.person_id],
                    one.minutes,
                )
            ],
            memo=MEMO,
            document=f"brought-line:{one.id}",
        )
        for one in lines
    }


def brought_account(session: Session, *, community_id: int) -> int:
    """Return the open account from which brought minutes come, opening it when it is new."""
    return ledger_books.ensure_account(
        session,
        book_id=books.time_book(session, community_id=community_id),
        asset=Asset.MINUTES,
        code=queries.BROUGHT,
        name="从旧系统带来的时间",
        kind=AccountKind.OPEN,
        normal=Side.DEBIT,
        floor=None,
    )


def _remember(
    session: Session,
    batch: BroughtBatch,
    lines: Sequence[BroughtLine],
    drafts: Mapping[int, EntryDraft],
) -> None:
    """Write by which entry each row was booked; the database takes each number once.

    Raises:
        BroughtBeforeError: another list was faster.
    """
    rows = [
        {
            "community_id": batch.community_id,
            "line_id": one.id,
            "source": batch.source,
            "reference": one.reference,
            "entry_id": drafts[one.id].id,
        }
        for one in lines
    ]
    try:
        with session.begin_nested():
            session.execute(insert(BroughtEntry), rows)
    except IntegrityError as error:
        raise errors.BroughtBeforeError(reference="…", source=batch.source) from error


def refuse_list(session: Session, *, actor: Actor, batch_id: int, reason: str) -> None:
    """Refuse a list, or take back one's own, with the reason; nothing is booked.

    Raises:
        BroughtNotFoundError, BroughtDecidedError, ReasonMissingError
    """
    batch = _waiting(session, actor, batch_id)
    batch.reason = required(reason)
    batch.state = BroughtState.REFUSED
    _decide(batch, actor)
    session.flush()
    _leave_trail(session, actor, "brought_refused", batch)


def return_row(
    session: Session, *, actor: Actor, key: UUID, batch_id: int, line_id: int, reason: str
) -> None:
    """Take a booked row back that was wrong; what is already spent the member owes.

    Raises:
        BroughtNotFoundError, ReasonMissingError
        BroughtRowError: it is not booked, or was taken back before.
        DecidesForOwnError: it is the actor's own or kin's.
        AccountFrozenError: the member's account is closed.
    """
    batch = queries.batch(session, community_id=actor.community_id, batch_id=batch_id)
    reason = required(reason)
    found = session.execute(
        select(BroughtLine, BroughtEntry.entry_id)
        .join(BroughtEntry, BroughtEntry.line_id == BroughtLine.id)
        .where(BroughtLine.id == line_id, BroughtLine.batch_id == batch.id, ~queries.is_returned())
    ).first()
    if found is None:
        raise errors.BroughtRowError
    line, entry_id = found
    hand = Hand(actor.user_id, actor.person_id)
    check_near(hand, about={line.person_id}, kin_ids=_kin(session, actor))
    reversal = ledger_posting.reverse(
        session,
        actor=actor,
        entry_id=entry_id,
        reversal_id=derived_id(key, f"brought_line:{line_id}"),
        reason=reason,
        debt_account_id=books.debt_account(
            session, community_id=actor.community_id, person_id=line.person_id
        ),
    )
    session.add(
        BroughtReturn(
            community_id=actor.community_id,
            line_id=line_id,
            reversal_id=reversal.id,
            reason=reason,
            returned_at=clock.now(),
            returned_by_user_id=actor.user_id,
            returned_by_name=actor.name,
        )
    )
    session.flush()
    trail.record(
        session,
        actor=actor,
        action="volunteering.brought_returned",
        subject_type="brought_line",
        subject_id=line_id,
        summary=reason,
    )


def _waiting(session: Session, actor: Actor, batch_id: int) -> BroughtBatch:
    """Return a list that waits, locked.

    Raises:
        BroughtNotFoundError, BroughtDecidedError
    """
    queries.batch(session, community_id=actor.community_id, batch_id=batch_id)
    row = session.get_one(BroughtBatch, batch_id, with_for_update=True, populate_existing=True)
    if row.state != BroughtState.WAITING:
        raise errors.BroughtDecidedError
    return row


def _decide(batch: BroughtBatch, actor: Actor) -> None:
    """Write who decided, and when."""
    batch.decided_at = clock.now()
    batch.decided_by_user_id, batch.decided_by_name = actor.user_id, actor.name


def _kin(session: Session, actor: Actor) -> frozenset[int]:
    """Return who is near to the actor."""
    return frozenset() if actor.person_id is None else limits.kin_ids(session, actor.person_id)


def _check_near(session: Session, actor: Actor, rows: Sequence[BroughtRow]) -> None:
    """Refuse whoever is among the members of a list, or kin to one.

    Raises:
        DecidesForOwnError
    """
    about = {one.person_id for one in rows}
    hand = Hand(actor.user_id, actor.person_id)
    check_near(hand, about=about, kin_ids=_kin(session, actor))


def _leave_trail(session: Session, actor: Actor, verb: str, batch: BroughtBatch) -> None:
    """Note who did what with a list."""
    trail.record(
        session,
        actor=actor,
        action=f"volunteering.{verb}",
        subject_type="brought_batch",
        subject_id=batch.id,
        summary=f"{batch.source}: {batch.rows}",
        facts={"rows": batch.rows, "minutes": batch.minutes, "digest": batch.digest},
    )
