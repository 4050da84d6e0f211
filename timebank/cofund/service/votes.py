"""A vote of the owners: opened over a costing, counted by the law that it keeps a copy of."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from timebank.cofund.errors import votes as errors
from timebank.cofund.models.projects import Project
from timebank.cofund.models.votes import Vote, VoteOwner
from timebank.cofund.queries import projects as project_reads
from timebank.cofund.queries import receivables as register
from timebank.cofund.queries import votes as queries
from timebank.cofund.rules import votes as rules
from timebank.cofund.rules.notices import VoteOpened
from timebank.cofund.rules.policy import Matter, law_on
from timebank.cofund.rules.projects import Command
from timebank.cofund.rules.votes import Tally, VoteKind, VoteState, VoteView
from timebank.cofund.service import publicity, steps
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.notices.service import telling

DAYS_MAX = 90
AREA_MAX = 10**11
HEADS_MAX = 10**6


def open_vote(
    session: Session,
    *,
    actor: Actor,
    project_id: int,
    matter: Matter,
    closes_on: date,
    question: str = "",
    opens_on: date | None = None,
    buildings: Collection[int] | None = None,
) -> VoteView:
    """Open a vote over the costing; the roll is the register of owners as it stands now.

    ``buildings`` narrows it to those whom the matter is about.

    Raises:
        StillPublicisedError, OpenObjectionsError: the costing is not ready to be voted about.
        VoteDaysError, RollEmptyError, VoteOpenError
    """
    today = clock.today()
    first = opens_on or today
    if first < today or not 0 <= (closes_on - first).days <= DAYS_MAX:
        raise errors.VoteDaysError(field="closes_on")
    project = _ready(session, actor=actor, project_id=project_id, on=first)
    row = _new(
        session, actor=actor, project=project, matter=matter, opens_on=first, kind=VoteKind.ROLL
    )
    row.closes_on, row.question = closes_on, question.strip() or project.title
    session.add(row)
    session.flush()
    count = _write_roll(session, row, buildings)
    steps.move(project, Command.OPEN_VOTE)
    session.flush()
    telling.tell(
        session,
        actor=actor,
        to=queries.owners_of(session, row.id),
        notice=VoteOpened(title=project.title, closes_on=closes_on),
        key=f"cofund.vote:{row.id}",
        url=f"/votes/{row.id}",
    )
    steps.leave_trail(session, actor=actor, project=project, act="vote_opened", owners=count)
    return queries.view_of(row)


def record_vote(
    session: Session,
    *,
    actor: Actor,
    project_id: int,
    matter: Matter,
    voted_on: date,
    tally: Tally,
    document_file_id: int,
    question: str = "",
) -> VoteView:
    """Record the sums of a vote that was held elsewhere, with its signed result; another confirms.

    Raises:
        FutureDayError, TallyError, DocumentNotFoundError
        StillPublicisedError, OpenObjectionsError, VoteOpenError
    """
    steps.user_id_of(actor)
    steps.check_day(voted_on, field="voted_on")
    steps.check_document(session, actor=actor, file_id=document_file_id)
    _check_tally(tally)
    project = _ready(session, actor=actor, project_id=project_id, on=voted_on)
    row = _new(
        session,
        actor=actor,
        project=project,
        matter=matter,
        opens_on=voted_on,
        kind=VoteKind.RECORDED,
    )
    row.closes_on, row.question = voted_on, question.strip() or project.title
    row.document_file_id = document_file_id
    _keep_sums(row, tally)
    session.add(row)
    steps.move(project, Command.OPEN_VOTE)
    session.flush()
    steps.leave_trail(session, actor=actor, project=project, act="vote_recorded", vote_id=row.id)
    return queries.view_of(row)


def confirm_vote(session: Session, *, actor: Actor, vote_id: int, tally: Tally) -> VoteView:
    """Enter the sums of a recorded vote a second time; alike, they decide.

    Raises:
        OwnRecordError: the actor entered them.
        PaperDifferenceError: the two entries differ.
    """
    user_id = steps.user_id_of(actor)
    project, row = locked_vote(session, actor=actor, vote_id=vote_id, command=Command.COUNT)
    if row.kind != VoteKind.RECORDED:
        raise errors.VoteNotFoundError
    if steps.is_own_hand(session, actor=actor, user_id=row.entered_by):
        raise errors.OwnRecordError
    if queries.view_of(row).tally != tally:
        raise errors.PaperDifferenceError(count=1)
    row.confirmed_by, row.confirmed_name = user_id, actor.name
    return _decide(session, actor=actor, project=project, row=row, tally=tally)


def count_vote(session: Session, *, actor: Actor, vote_id: int) -> VoteView:
    """Count a vote whose days are over, or in which every household has voted.

    Raises:
        VoteNotOverError: ballots may still come.
        PaperDifferenceError: paper ballots are not read twice alike.
    """
    project, row = locked_vote(session, actor=actor, vote_id=vote_id, command=Command.COUNT)
    if row.kind != VoteKind.ROLL:
        raise errors.VoteNotFoundError
    tally = queries.running_tally(session, row.id)
    if clock.today() <= row.closes_on and tally.heads_part < tally.heads_total:
        raise errors.VoteNotOverError(closes_on=row.closes_on)
    waiting = queries.unfinished_papers(session, row.id)
    if waiting:
        raise errors.PaperDifferenceError(count=waiting)
    _keep_sums(row, tally)
    return _decide(session, actor=actor, project=project, row=row, tally=tally)


def locked_vote(
    session: Session, *, actor: Actor, vote_id: int, command: Command
) -> tuple[Project, Vote]:
    """Return an open vote and its project, both locked.

    Raises:
        VoteNotFoundError: there is none in the actor's community.
        VoteDecidedError: it is over.
    """
    seen = queries.vote(session, community_id=actor.community_id, vote_id=vote_id)
    project = steps.locked_project(
        session, actor=actor, project_id=seen.project_id, command=command
    )
    row = session.get_one(Vote, vote_id, populate_existing=True)
    if row.state != VoteState.OPEN:
        raise errors.VoteDecidedError
    return project, row


def _ready(session: Session, *, actor: Actor, project_id: int, on: date) -> Project:
    """Return a locked project that owners may vote about on a day."""
    project = steps.locked_project(
        session, actor=actor, project_id=project_id, command=Command.OPEN_VOTE
    )
    publicity.check_publicity_over(session, project, on=on)
    is_open = select(Vote.id).where(Vote.project_id == project.id, Vote.state == VoteState.OPEN)
    if session.scalar(is_open) is not None:
        raise errors.VoteOpenError
    return project


def _new(
    session: Session,
    *,
    actor: Actor,
    project: Project,
    matter: Matter,
    opens_on: date,
    kind: VoteKind,
) -> Vote:
    """Return a new vote with a copy of the law of its first day."""
    law = law_on(opens_on)
    bar = law.thresholds[matter]
    total_fen = sum(line.amount_fen for line in project_reads.cost_lines(session, project.id))
    return Vote(
        community_id=project.community_id,
        project_id=project.id,
        kind=kind,
        matter=matter,
        total_fen=total_fen,
        law_code=law.code,
        law_source=law.source,
        quorum_numerator=law.quorum_numerator,
        quorum_denominator=law.quorum_denominator,
        pass_numerator=bar.numerator,
        pass_denominator=bar.denominator,
        is_strict=bar.is_strict,
        is_of_all=bar.is_of_all,
        opens_on=opens_on,
        entered_by=actor.user_id,
        entered_name=actor.name,
        entered_at=clock.now(),
    )


def _write_roll(session: Session, row: Vote, buildings: Collection[int] | None) -> int:
    """Copy the register of owners into the vote."""
    found = register.dwellings(
        session, community_id=row.community_id, buildings=buildings, only_registered=True
    )
    if not found:
        raise errors.RollEmptyError
    session.execute(
        insert(VoteOwner),
        [
            {
                "community_id": row.community_id,
                "vote_id": row.id,
                "household_id": one.household_id,
                "building": one.building,
                "unit": one.unit,
                "room_no": one.room_no,
                "area_hundredths": one.area_hundredths,
                "owner_name": one.owner_name,
                "owner_person_id": one.owner_person_id,
            }
            for one in found
        ],
    )
    return len(found)


def _check_tally(tally: Tally) -> None:
    """Refuse sums that cannot be."""
    area_fits = 0 <= tally.area_yes <= tally.area_part <= tally.area_total <= AREA_MAX
    heads_fit = 0 <= tally.heads_yes <= tally.heads_part <= tally.heads_total <= HEADS_MAX
    if not (area_fits and heads_fit and tally.heads_total and tally.area_total):
        raise errors.TallyError(field="area_yes")


def _keep_sums(row: Vote, tally: Tally) -> None:
    """Write the sums of a vote."""
    row.area_total, row.heads_total = tally.area_total, tally.heads_total
    row.area_part, row.heads_part = tally.area_part, tally.heads_part
    row.area_yes, row.heads_yes = tally.area_yes, tally.heads_yes


def _decide(
    session: Session, *, actor: Actor, project: Project, row: Vote, tally: Tally
) -> VoteView:
    """Say what came of a vote; a project that failed goes back to its costing."""
    view = queries.view_of(row)
    passed = rules.is_passed(tally, view.bar)
    digest = rules.vote_digest(view, tally, ballots=queries.ballots_for_digest(session, row.id))
    row.state = VoteState.PASSED if passed else VoteState.FAILED
    row.digest, row.counted_at = digest, clock.now()
    session.flush()
    steps.move(project, Command.COUNT if passed else Command.FAIL)
    session.flush()
    steps.leave_trail(
        session,
        actor=actor,
        project=project,
        act="vote_passed" if passed else "vote_failed",
        vote_id=row.id,
        digest=row.digest,
    )
    return queries.view_of(row)
