"""The same matter twice: one case goes into another, is handled with it, and can come out again."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.cases.errors import handing as errors
from timebank.cases.errors.steps import CaseNotFoundError
from timebank.cases.models.cases import CaseFile
from timebank.cases.rules import flow
from timebank.cases.rules.flow import Command, EventType, State
from timebank.cases.rules.folding import Payload
from timebank.cases.service import history
from timebank.cases.service.history import CaseRef, Said
from timebank.cases.service.steps import said_of
from timebank.kernel import clock
from timebank.kernel.actor import Actor


def merge_into(
    session: Session,
    *,
    actor: Actor,
    case_id: int,
    master_number: str,
    words: str,
    expected_version: int | None = None,
) -> CaseRef:
    """Merge a case into another; its reporters are told, keep their own answer, and are asked.

    Both rows are locked in the order of their ids, so that A into B and B into A at once have one
    winner and nobody waits crosswise.

    Raises:
        MergeSelfError, MasterNotFoundError, MasterEndedError: there is nothing to merge it into.
        HasChildrenError: others are merged into it.
    """
    found = session.execute(
        select(CaseFile.id).where(
            CaseFile.community_id == actor.community_id, CaseFile.number == master_number.strip()
        )
    ).scalar_one_or_none()
    if found is None:
        raise errors.MasterNotFoundError(field="master_number")
    if found == case_id:
        raise errors.MergeSelfError(field="master_number")
    child, master = _both(session, actor=actor, case_id=case_id, master_id=found)
    at = clock.now()
    with history.moves_named(child, actor=actor, at=at):
        if master.state not in flow.MASTER_OPEN:
            raise errors.MasterEndedError
    merged = history.act(
        session,
        actor=actor,
        case_id=case_id,
        command=Command.MERGE,
        said=Said(words=said_of(words), payload=Payload(master_id=master.id)),
        expected_version=expected_version,
    )
    _tell_master(session, actor, master, EventType.TOOK_IN, child)
    return merged


def unmerge(
    session: Session,
    *,
    actor: Actor,
    case_id: int,
    words: str,
    expected_version: int | None = None,
) -> CaseRef:
    """Take a case out again: it stands where it stood, and its clocks have run on.

    Raises:
        MasterClosedError: the other one is closed.
    """
    master_id = session.scalar(
        select(CaseFile.master_id).where(
            CaseFile.id == case_id, CaseFile.community_id == actor.community_id
        )
    )
    if master_id is not None:
        row, master = _both(session, actor=actor, case_id=case_id, master_id=master_id)
        with history.moves_named(row, actor=actor, at=clock.now()):
            if master.state == State.CLOSED:
                raise errors.MasterClosedError
    back = history.act(
        session,
        actor=actor,
        case_id=case_id,
        command=Command.UNMERGE,
        said=Said(words=said_of(words)),
        expected_version=expected_version,
    )
    if master_id is not None:
        _tell_master(session, actor, master, EventType.LET_GO, row)
    return back


def _both(
    session: Session, *, actor: Actor, case_id: int, master_id: int
) -> tuple[CaseFile, CaseFile]:
    """Return two cases within reach, locked in the order of their ids.

    Raises:
        CaseNotFoundError, MasterNotFoundError
    """
    kept = {}
    for one in sorted((case_id, master_id)):
        try:
            kept[one] = history.locked(session, actor=actor, permission="case.close", case_id=one)
        except CaseNotFoundError as error:
            if one == master_id:
                raise errors.MasterNotFoundError(field="master_number") from error
            raise
    return kept[case_id], kept[master_id]


def _tell_master(
    session: Session, actor: Actor, master: CaseFile, event_type: EventType, child: CaseFile
) -> None:
    """Write into the other case's history that one came in or went out."""
    at = clock.now()
    state = history.append(
        session,
        master,
        master.as_state(),
        actor=actor,
        event_type=event_type,
        said=Said(payload=Payload(child_id=child.id)),
        at=at,
    )
    history.move(session, master, state, actor=actor, at=at)
