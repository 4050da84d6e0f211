"""Withheld money: released to the builder after the defects period, or deducted with a reason."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.access.rules import Role
from timebank.cofund.errors import projects as errors
from timebank.cofund.models.projects import Project
from timebank.cofund.models.retention import RetentionMove
from timebank.cofund.queries import offices
from timebank.cofund.queries import projects as queries
from timebank.cofund.queries import settlements as reads
from timebank.cofund.rules.notices import RetentionDue
from timebank.cofund.rules.projects import Command, ProjectState
from timebank.cofund.rules.retention import REMIND_DAYS, MoveKind, MoveState, MoveView
from timebank.cofund.service import steps
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor, program
from timebank.ledger.rules.values import Asset, EntryDraft, Transfer
from timebank.ledger.service import posting as ledger_posting
from timebank.notices.service import telling

_COMMANDS = {MoveKind.RELEASE: Command.RELEASE, MoveKind.DEDUCT: Command.DEDUCT}


def ask_move(
    session: Session,
    *,
    actor: Actor,
    project_id: int,
    kind: MoveKind,
    amount_fen: int,
    payee: str = "",
    reason: str = "",
) -> MoveView:
    """Ask that withheld money be released to the builder, or deducted for a defect.

    Raises:
        MoreThanWithheldError: so much is not withheld.
        RetentionEarlyError: the defects period is not over, and no reason says why now.
        MissingReasonError: a deduction says what for.
    """
    user_id = steps.user_id_of(actor)
    project = steps.locked_project(
        session, actor=actor, project_id=project_id, command=_COMMANDS[kind]
    )
    steps.check_amount(amount_fen)
    _check_withheld(session, project=project, amount_fen=amount_fen)
    is_early = kind is MoveKind.RELEASE and _is_early(project)
    if is_early and not reason.strip():
        raise errors.RetentionEarlyError(
            field="reason", until=project.defects_until or clock.today()
        )
    row = RetentionMove(
        community_id=project.community_id,
        project_id=project.id,
        kind=kind,
        amount_fen=amount_fen,
        payee=payee.strip(),
        reason=steps.reason_of(reason) if kind is MoveKind.DEDUCT else reason.strip(),
        is_early=is_early,
        early_reason=reason.strip() if is_early else "",
        asked_by=user_id,
        asked_name=actor.name,
        asked_at=clock.now(),
    )
    session.add(row)
    session.flush()
    return _told(session, actor=actor, project=project, row=row, act=f"retention_{kind}_asked")


def decide_move(
    session: Session,
    *,
    actor: Actor,
    move_id: int,
    is_approved: bool,
    reason: str = "",
    key: UUID | None = None,
) -> MoveView:
    """Approve or refuse what another person asked about withheld money.

    Raises:
        OwnRequestError: the actor asked for it, by this account or by another of theirs.
        RetentionMoveDecidedError: somebody was faster.
        MoreThanWithheldError: it is not there any more.
    """
    user_id = steps.user_id_of(actor)
    seen = reads.move(session, community_id=actor.community_id, move_id=move_id)
    project = steps.locked_project(
        session, actor=actor, project_id=seen.project_id, command=_COMMANDS[seen.kind]
    )
    row = session.get_one(RetentionMove, move_id, populate_existing=True)
    if row.state != MoveState.ASKED:
        raise errors.RetentionMoveDecidedError
    if steps.is_own_hand(session, actor=actor, user_id=row.asked_by):
        raise errors.OwnRequestError
    if is_approved:
        row.entry_id = _post(session, actor=actor, project=project, row=row, key=key)
        row.moved_on, row.state = clock.today(), MoveState.DONE
    else:
        row.reason, row.state = steps.reason_of(reason), MoveState.REFUSED
    row.decided_by, row.decided_name, row.decided_at = user_id, actor.name, clock.now()
    session.flush()
    return _told(session, actor=actor, project=project, row=row, act=f"retention_{row.state}")


def remind_due(session: Session, _payload: Mapping[str, Any]) -> None:
    """Tell those who approve that a defects period ends soon, or has ended; the job's work."""
    today = clock.today()
    ends = select(Project).where(
        Project.state == ProjectState.RETENTION,
        Project.defects_until <= today + timedelta(days=max(REMIND_DAYS)),
    )
    for project in session.scalars(ends.order_by(Project.id).limit(200)):
        until = project.defects_until
        assert until is not None  # the wanted ones have it
        passed = next((days for days in sorted(REMIND_DAYS) if (until - today).days <= days), None)
        if passed is None:
            continue
        withheld_fen = queries.figures(session, project.id).withheld_fen
        telling.tell(
            session,
            actor=program(community_id=project.community_id, name="cofund.retention"),
            to=_who_pays(session, project.community_id),
            notice=RetentionDue(title=project.title, withheld_fen=withheld_fen, until=until),
            key=f"cofund.retention:{project.id}:{passed}",
            url=f"/projects/{project.id}",
        )


def _who_pays(session: Session, community_id: int) -> Iterable[int]:
    """Return the persons who handle a community's payments."""
    return offices.persons_with_role(session, community_id=community_id, role=Role.FINANCE)


def _is_early(project: Project) -> bool:
    """Whether the defects period has not ended, or not even begun."""
    return project.defects_until is None or clock.today() <= project.defects_until


def _check_withheld(session: Session, *, project: Project, amount_fen: int) -> None:
    """Refuse more than is withheld."""
    withheld_fen = queries.figures(session, project.id).withheld_fen
    if amount_fen > withheld_fen:
        raise errors.MoreThanWithheldError(
            field="amount_fen", withheld_fen=withheld_fen, amount_fen=amount_fen
        )


def _post(
    session: Session, *, actor: Actor, project: Project, row: RetentionMove, key: UUID | None
) -> UUID:
    """Move withheld money: to the builder it becomes cost, deducted it is cash again."""
    _check_withheld(session, project=project, amount_fen=row.amount_fen)
    retention_id, cost_id = project.retention_account_id, project.cost_account_id
    assert retention_id is not None  # made with the agreement
    assert cost_id is not None  # the same
    to_id = cost_id if row.kind == MoveKind.RELEASE else steps.cash_id(project)
    draft = EntryDraft(
        id=ids.new_id() if key is None else ids.derived_id(key, f"retention_move:{row.id}"),
        book_id=steps.owners_book(session, project),
        asset=Asset.YUAN,
        kind=f"cofund.retention_{row.kind}",
        effective_on=clock.today(),
        transfers=[Transfer(to_id, retention_id, row.amount_fen)],
        memo=steps.memo_of(project),
        document=f"retention_move:{row.id}",
    )
    ledger_posting.post(session, actor=actor, draft=draft)
    return draft.id


def _told(
    session: Session, *, actor: Actor, project: Project, row: RetentionMove, act: str
) -> MoveView:
    """Leave a trail of what was done and return how it stands."""
    steps.leave_trail(
        session,
        actor=actor,
        project=project,
        act=act,
        move_id=row.id,
        amount_fen=row.amount_fen,
        reason=row.reason,
    )
    return reads.move_view(row)
