"""Reads of publicity and votes: objections, rolls, who has voted, and results."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import column, func, select, table
from sqlalchemy.orm import Session

from timebank.cofund.errors import votes as errors
from timebank.cofund.models.projects import Project
from timebank.cofund.models.votes import Ballot, Objection, PaperEntry, Vote, VoteOwner
from timebank.cofund.rules.policy import Matter
from timebank.cofund.rules.votes import (
    Bar,
    Channel,
    Choice,
    Owner,
    Tally,
    VoteKind,
    VoteState,
    VoteView,
    tally_of,
)
from timebank.kernel.paging import PAGE_SIZE, Page, decode_id, page_of

# Cases stand above this room; of theirs only number and state are asked.
_case_file = table("case_file", *map(column, ("id", "number", "state")))
# The states of a case in which whoever objected has an answer.
ANSWERED = ("fed_back", "closed", "cancelled", "rejected")


@dataclass(frozen=True, slots=True)
class ObjectionView:
    """An objection as the case that answers it."""

    case_id: int
    case_number: str
    is_answered: bool


@dataclass(frozen=True, slots=True)
class PaperView:
    """A paper ballot that is no ballot yet: who read what; ``is_different`` when two disagree."""

    owner: Owner
    readings: Sequence[tuple[str, Choice]]
    is_different: bool


@dataclass(frozen=True, slots=True)
class OwnBallot:
    """A household's own place on a roll, and what it said, if it did."""

    owner: Owner
    choice: Choice | None
    cast_on: date | None


@dataclass(frozen=True, slots=True)
class RollLine:
    """A household of a roll, and by what way its ballot came; never what it says."""

    owner: Owner
    channel: Channel | None


def objections(session: Session, project_id: int) -> list[ObjectionView]:
    """Return what residents have against a project, the oldest first."""
    rows = session.execute(
        select(_case_file.c.id, _case_file.c.number, _case_file.c.state)
        .join(Objection, Objection.case_id == _case_file.c.id)
        .where(Objection.project_id == project_id)
        .order_by(Objection.id)
        .limit(PAGE_SIZE)
    )
    return [ObjectionView(id_, number, state in ANSWERED) for id_, number, state in rows]


def objected_by(session: Session, case_id: int) -> list[tuple[int, str, datetime]]:
    """Return the project to which a case objects, if it does: row, title, when it was noted."""
    rows = session.execute(
        select(Project.id, Project.title, Objection.noted_at)
        .join(Project, Project.id == Objection.project_id)
        .where(Objection.case_id == case_id)
        .limit(PAGE_SIZE)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def vote(session: Session, *, community_id: int, vote_id: int) -> VoteView:
    """Return one vote.

    Raises:
        VoteNotFoundError: there is none in this community.
    """
    row = session.scalar(select(Vote).where(Vote.id == vote_id, Vote.community_id == community_id))
    if row is None:
        raise errors.VoteNotFoundError
    return view_of(row)


def votes_of(session: Session, project_id: int) -> list[VoteView]:
    """Return the votes about a project, the latest first."""
    rows = session.scalars(
        select(Vote).where(Vote.project_id == project_id).order_by(Vote.id.desc()).limit(PAGE_SIZE)
    )
    return [view_of(row) for row in rows]


def passed_vote(session: Session, project_id: int, *, total_fen: int | None) -> Vote | None:
    """Return the latest vote that passed; over exactly a sum, when one is named."""
    wanted = select(Vote).where(Vote.project_id == project_id, Vote.state == VoteState.PASSED)
    if total_fen is not None:
        wanted = wanted.where(Vote.total_fen == total_fen)
    return session.scalar(wanted.order_by(Vote.id.desc()).limit(1))


def running_tally(session: Session, vote_id: int) -> Tally:
    """Return the sums of a roll as its ballots stand now."""
    rows = session.execute(
        select(VoteOwner.area_hundredths, Ballot.choice)
        .outerjoin(Ballot, Ballot.owner_id == VoteOwner.id)
        .where(VoteOwner.vote_id == vote_id)
    )
    return tally_of([(area, None if choice is None else Choice(choice)) for area, choice in rows])


def ballots_for_digest(session: Session, vote_id: int) -> list[tuple[int, int, str, str]]:
    """Return household, area, choice and channel of every ballot, by household."""
    rows = session.execute(
        select(VoteOwner.household_id, VoteOwner.area_hundredths, Ballot.choice, Ballot.channel)
        .join(Ballot, Ballot.owner_id == VoteOwner.id)
        .where(VoteOwner.vote_id == vote_id)
        .order_by(VoteOwner.household_id)
    )
    return [(household, area, choice, channel) for household, area, choice, channel in rows]


def roll(
    session: Session, vote_id: int, *, cursor: str | None = None, limit: int = PAGE_SIZE
) -> Page[RollLine]:
    """Return the households of a roll by their doors, and which have voted."""
    wanted = (
        select(VoteOwner, Ballot.channel)
        .outerjoin(Ballot, Ballot.owner_id == VoteOwner.id)
        .where(VoteOwner.vote_id == vote_id)
    )
    if cursor:
        wanted = wanted.where(VoteOwner.id > decode_id(cursor))
    rows = session.execute(wanted.order_by(VoteOwner.id).limit(limit + 1)).all()
    lines = [
        RollLine(owner_of(row), None if channel is None else Channel(channel))
        for row, channel in rows
    ]
    return page_of(lines, limit=limit, key=lambda line: [line.owner.id])


def owners_of(session: Session, vote_id: int) -> list[int]:
    """Return the persons who own a household of a roll, as far as they are known."""
    rows = session.scalars(
        select(VoteOwner.owner_person_id)
        .where(VoteOwner.vote_id == vote_id, VoteOwner.owner_person_id.is_not(None))
        .distinct()
        .order_by(VoteOwner.owner_person_id)
    )
    return [one for one in rows if one is not None]


def owner_at(
    session: Session, *, vote_id: int, building: int, unit: int, room_no: str
) -> Owner | None:
    """Return the household of a roll behind a door."""
    row = session.scalar(
        select(VoteOwner).where(
            VoteOwner.vote_id == vote_id,
            VoteOwner.building == building,
            VoteOwner.unit == unit,
            VoteOwner.room_no == room_no,
        )
    )
    return None if row is None else owner_of(row)


def own_ballots(session: Session, *, vote_id: int, person_id: int) -> list[OwnBallot]:
    """Return what a person's own households on a roll have said."""
    rows = session.execute(
        select(VoteOwner, Ballot.choice, Ballot.cast_on)
        .outerjoin(Ballot, Ballot.owner_id == VoteOwner.id)
        .where(VoteOwner.vote_id == vote_id, VoteOwner.owner_person_id == person_id)
        .order_by(VoteOwner.id)
        .limit(PAGE_SIZE)
    )
    return [
        OwnBallot(owner_of(row), None if choice is None else Choice(choice), cast_on)
        for row, choice, cast_on in rows
    ]


def papers(session: Session, vote_id: int) -> list[PaperView]:
    """Return the paper ballots that one person has read, or two differently."""
    rows = session.execute(
        select(VoteOwner, PaperEntry)
        .join(PaperEntry, PaperEntry.owner_id == VoteOwner.id)
        .outerjoin(Ballot, Ballot.owner_id == VoteOwner.id)
        .where(VoteOwner.vote_id == vote_id, Ballot.id.is_(None))
        .order_by(VoteOwner.id, PaperEntry.id)
        .limit(PAGE_SIZE * 4)
    ).all()
    found: dict[int, tuple[VoteOwner, list[tuple[str, Choice]]]] = {}
    for row, entry in rows:
        _, readings = found.setdefault(row.id, (row, []))
        readings.append((entry.entered_name, Choice(entry.choice)))
    return [
        PaperView(owner_of(row), readings, len({choice for _, choice in readings}) > 1)
        for row, readings in found.values()
    ]


def unfinished_papers(session: Session, vote_id: int) -> int:
    """Return how many paper ballots are not read twice alike."""
    return (
        session.scalar(
            select(func.count(func.distinct(PaperEntry.owner_id)))
            .outerjoin(Ballot, Ballot.owner_id == PaperEntry.owner_id)
            .where(PaperEntry.vote_id == vote_id, Ballot.id.is_(None))
        )
        or 0
    )


def owner_of(row: VoteOwner) -> Owner:
    """Return a row of a roll as a value."""
    return Owner(
        id=row.id,
        household_id=row.household_id,
        building=row.building,
        unit=row.unit,
        room_no=row.room_no,
        area_hundredths=row.area_hundredths,
        owner_name=row.owner_name,
        owner_person_id=row.owner_person_id,
    )


def view_of(row: Vote) -> VoteView:
    """Return a vote's row as a value."""
    return VoteView(
        id=row.id,
        community_id=row.community_id,
        project_id=row.project_id,
        kind=VoteKind(row.kind),
        matter=Matter(row.matter),
        question=row.question,
        total_fen=row.total_fen,
        law_code=row.law_code,
        law_source=row.law_source,
        bar=Bar(
            row.quorum_numerator,
            row.quorum_denominator,
            row.pass_numerator,
            row.pass_denominator,
            row.is_strict,
            row.is_of_all,
        ),
        opens_on=row.opens_on,
        closes_on=row.closes_on,
        state=VoteState(row.state),
        tally=Tally(
            row.area_total,
            row.heads_total,
            row.area_part,
            row.heads_part,
            row.area_yes,
            row.heads_yes,
        ),
        digest=row.digest,
        counted_at=row.counted_at,
        document_file_id=row.document_file_id,
        entered_by=row.entered_by,
        entered_name=row.entered_name,
        confirmed_name=row.confirmed_name,
    )
