"""Who on a task's list no longer fits when what it asks changes: named first, then asked again."""

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.community.rules import Sex
from timebank.kernel import clock
from timebank.volunteering.errors import changes as errors
from timebank.volunteering.models.tasks import SignUp, Task
from timebank.volunteering.queries import helpers, limits
from timebank.volunteering.rules import needs as need_rules
from timebank.volunteering.rules import tasks as task_rules
from timebank.volunteering.rules.changes import Misfit, Refit, TaskEdit, no_longer_fits
from timebank.volunteering.rules.helpers import may_go
from timebank.volunteering.rules.needs import Language, Risk, Skill, Wishes
from timebank.volunteering.rules.tasks import SignUpCommand, SignUpState
from timebank.volunteering.service.notes import write

_PROMISED = (SignUpState.WAITING, SignUpState.ACCEPTED)


def wishes_of(task: Task) -> Wishes:
    """Return what a task asks of its volunteers."""
    return Wishes(
        risk=Risk(task.risk),
        sex=Sex(task.sex) if task.sex else None,
        skills=tuple(Skill(one) for one in task.skills),
        languages=tuple(Language(one) for one in task.languages),
    )


def check_known(
    session: Session, changed: Sequence[tuple[Task, TaskEdit]], *, unfit_ids: Collection[int]
) -> None:
    """Refuse a change before whoever makes it knows all who no longer fit; one knows by name.

    Raises:
        UnfitUnknownError: somebody is not among ``unfit_ids``; its facts name them all.
        RiskTooLowError: the kind of service is risky.
    """
    found = {
        one.volunteer_id: one for task, edit in changed for one in misfits(session, task, edit)
    }
    if found.keys() <= set(unfit_ids):
        return
    asked, let_go = (
        "、".join(one.name for one in found.values() if one.may_go is may) for may in (True, False)
    )
    raise errors.UnfitUnknownError(
        field="unfit_ids",
        names="、".join(one.name for one in found.values()),
        unfit_ids=[*found],
        asked_names=asked,
        let_go_names=let_go,
    )


def misfits(session: Session, task: Task, edit: TaskEdit) -> list[Misfit]:
    """Return who has or awaits a place and does not fit what a task is to ask, first come first.

    Raises:
        RiskTooLowError: the kind of service is risky.
    """
    before, after = wishes_of(task), edit.wishes
    if after is None or after == before:
        return []
    kind = limits.kind(session, community_id=task.community_id, kind_id=task.kind_id)
    need_rules.check_risk(after, is_risky_kind=kind.is_risky)
    rows = session.scalars(
        select(SignUp.volunteer_id)
        .where(SignUp.task_id == task.id, SignUp.state.in_(_PROMISED))
        .order_by(SignUp.id)
    )
    ids = rows.all()
    known = helpers.helpers(session, community_id=task.community_id, person_ids=ids)
    names = community_queries.persons(session, ids)
    found = []
    for volunteer_id in ids:
        helper = known.get(volunteer_id)
        may = may_go(helper, risk=after.risk, starts_at=edit.starts_at)
        is_barred = after.risk != before.risk and not may
        if is_barred or helper is None or no_longer_fits(helper, before=before, after=after):
            found.append(Misfit(volunteer_id, names[volunteer_id].name, may))
    return found


def refit(session: Session, *, task: Task, edit: TaskEdit, reason: str) -> Refit:
    """Ask those again whom a locked task no longer fits, and let go who may not go at all."""
    found = misfits(session, task, edit)
    stays = {one.volunteer_id: one.may_go for one in found}
    rows = session.scalars(
        select(SignUp)
        .where(SignUp.task_id == task.id, SignUp.volunteer_id.in_(stays))
        .execution_options(populate_existing=True)
    )
    for row in rows.all():
        command = SignUpCommand.ASK_AGAIN if stays[row.volunteer_id] else SignUpCommand.TURN_DOWN
        row.state = task_rules.next_sign_up_state(SignUpState(row.state), command)
        row.state_reason, row.changed_at = reason, clock.now()
    write(session)
    session.refresh(task, ["taken"])
    return Refit(
        tuple(one.volunteer_id for one in found if one.may_go),
        tuple(one.volunteer_id for one in found if not one.may_go),
    )
