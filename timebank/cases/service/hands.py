"""How a case changes hands: returned, designated, reassigned, brought one level up; fixed at once.

Its clocks never begin anew with it.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy.orm import Session

from timebank.cases.errors import handing as errors
from timebank.cases.models.cases import CaseFile
from timebank.cases.queries import workers
from timebank.cases.queries.workers import Worker
from timebank.cases.rules import commands, flow, notices, overlays
from timebank.cases.rules.flow import Command, Level, Outcome
from timebank.cases.rules.folding import Payload
from timebank.cases.service import history, reminding
from timebank.cases.service.history import CaseRef, Photo, Said
from timebank.cases.service.steps import resolution, said_of
from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.notices.rules.notice import Notice
from timebank.notices.service import telling


def return_case(
    session: Session,
    *,
    actor: Actor,
    case_id: int,
    words: str,
    expected_version: int | None = None,
) -> CaseRef:
    """Say that it is not one's own: once, and the community's designator decides.

    Raises:
        DisputeOpenError, DisputeDecidedError: it was returned before.
        AssignedElsewhereError: somebody else has it.
    """
    done = history.act(
        session,
        actor=actor,
        case_id=case_id,
        command=Command.RETURN,
        said=Said(words=said_of(words)),
        expected_version=expected_version,
    )
    row = session.get_one(CaseFile, case_id)
    notice = notices.CaseReturned(title=row.title, number=row.number)
    people = reminding.staff_of(session, row.community_id).duty(row.micro_grid_id)
    _tell(session, actor, done, notice, people)
    return done


def designate(
    session: Session,
    *,
    actor: Actor,
    case_id: int,
    to_user_id: int,
    words: str,
    expected_version: int | None = None,
) -> CaseRef:
    """Decide a dispute for good: whoever is named may not return it again.

    Raises:
        NothingDisputedError: nobody returned it.
        WorkerNotFoundError: the account works no cases there.
    """
    row, to = _to(session, actor, case_id, Command.DESIGNATE, to_user_id)
    payload = _given(to) | Payload(level=to.level.value)
    return _hand(session, actor, row, Command.DESIGNATE, words, payload, expected_version)


def reassign(
    session: Session,
    *,
    actor: Actor,
    case_id: int,
    to_user_id: int,
    words: str,
    expected_version: int | None = None,
) -> CaseRef:
    """Give a case to somebody else, who claims it; the clocks run on.

    Raises:
        WorkerNotFoundError: the account works no cases there.
        SameHandsError: they have it already.
        DisputeOpenError: the designator decides first.
    """
    row, to = _to(session, actor, case_id, Command.REASSIGN, to_user_id)
    if to.user_id in {row.holder_user_id, row.assigned_user_id}:
        raise errors.SameHandsError(field="to_user_id")
    return _hand(session, actor, row, Command.REASSIGN, words, _given(to), expected_version)


def escalate(
    session: Session,
    *,
    actor: Actor,
    case_id: int,
    level: Level,
    to_user_id: int,
    words: str,
    expected_version: int | None = None,
) -> CaseRef:
    """Bring a case one level up, to somebody of that level; an urgent one may leave levels out.

    Raises:
        OneRungError: it is not the next level.
        WorkerNotFoundError: the account works no cases of that level.
        AtTopError, DisputeOpenError
    """
    row, to = _to(session, actor, case_id, Command.ESCALATE, to_user_id, level)
    state = row.as_state()
    at = clock.now()
    with history.moves_named(row, actor=actor, at=at):
        commands.writes(state, Command.ESCALATE)
        overlays.check(state, Command.ESCALATE, user_id=actor.user_id, now=at)
    commands.check_rung(state, level)
    payload = _given(to) | Payload(level=level.value)
    return _hand(session, actor, row, Command.ESCALATE, words, payload, expected_version)


def handle_now(
    session: Session,
    *,
    actor: Actor,
    case_id: int,
    words: str,
    outcome: Outcome = Outcome.SOLVED,
    photos: Sequence[Photo] = (),
    no_photo_reason: str = "",
    expected_version: int | None = None,
) -> CaseRef:
    """Fix it on the spot: what was skipped is written down at the same instant, and the result.

    Raises:
        EvidenceMissingError, WordsMissingError: neither photo nor reason; no words.
        PausedNowError, WhistleOpenError, DisputeOpenError, AssignedElsewhereError
    """
    said = resolution(outcome=outcome, words=words, photos=photos, no_photo_reason=no_photo_reason)
    return history.act(
        session,
        actor=actor,
        case_id=case_id,
        command=Command.HANDLE_NOW,
        said=said,
        expected_version=expected_version,
    )


def _to(  # noqa: PLR0917 - what every handing asks
    session: Session,
    actor: Actor,
    case_id: int,
    command: Command,
    to_user_id: int,
    level: Level = Level.UNIT,
) -> tuple[CaseFile, Worker]:
    """Return a case and who is to have it.

    Raises:
        WorkerNotFoundError
    """
    permission = flow.permission_of(command)
    row = history.locked(session, actor=actor, permission=permission, case_id=case_id)
    place = community_queries.micro_grid(session, row.micro_grid_id)
    known = workers.workers(session, community_id=row.community_id, grid_id=place.grid_id)
    for one in known:
        if one.user_id == to_user_id and workers.fits(one, level):
            return row, one
    raise errors.WorkerNotFoundError(field="to_user_id")


def _given(to: Worker) -> Payload:
    """Return who is named by an event."""
    return Payload(to_user_id=to.user_id, to_person_id=to.person_id)


def _hand(  # noqa: PLR0917 - what every handing says
    session: Session,
    actor: Actor,
    row: CaseFile,
    command: Command,
    words: str,
    payload: Payload,
    expected_version: int | None,
) -> CaseRef:
    """Write one change of hands."""
    done = history.act(
        session,
        actor=actor,
        case_id=row.id,
        command=command,
        said=Said(words=said_of(words), payload=payload),
        expected_version=expected_version,
    )
    person_id = payload["to_person_id"]
    if person_id is not None and payload["to_user_id"] != actor.user_id:
        notice = notices.CaseHandedOver(title=row.title, number=row.number)
        _tell(session, actor, done, notice, {person_id})
    return done


def _tell(
    session: Session, actor: Actor, case: CaseRef, notice: Notice, people: Iterable[int]
) -> None:
    """Tell people what a change of hands means for them."""
    key = f"case:{case.id}:hands:{case.version}"
    telling.tell(session, actor=actor, to=people, notice=notice, key=key, url=f"/cases/{case.id}")
