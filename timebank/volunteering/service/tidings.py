"""Telling people of tasks: who is asked, placed or let go; what changed, what is tomorrow."""

from collections.abc import Collection, Mapping
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.community.models import Organisation
from timebank.kernel import clock
from timebank.kernel.actor import Actor, program
from timebank.notices.rules.notice import Notice
from timebank.notices.rules.telling import Draft
from timebank.notices.service.telling import take_back, tell, tell_all
from timebank.volunteering.models.needs import Need
from timebank.volunteering.models.policy import ServiceKind
from timebank.volunteering.models.proposals import ActivityProposal
from timebank.volunteering.models.tasks import SignUp, Task
from timebank.volunteering.queries.organisations import leaders_of
from timebank.volunteering.rules import notices as other_notices
from timebank.volunteering.rules import task_notices as notices
from timebank.volunteering.rules.changes import Refit
from timebank.volunteering.rules.needs import NeedEvent
from timebank.volunteering.rules.proposals import ProposalEvent
from timebank.volunteering.rules.task_notices import TaskNotice
from timebank.volunteering.rules.tasks import SignUpState, TaskEvent, TaskState

JOB = "volunteering.remind_of_tasks"
_BATCH = 500
_TO_VOLUNTEER: Mapping[TaskEvent, type[TaskNotice]] = {
    TaskEvent.ASKED: notices.TaskAsked,
    TaskEvent.ACCEPTED: notices.TaskPlaceGiven,
    TaskEvent.MOVED_UP: notices.TaskMovedUp,
    TaskEvent.QUEUED: notices.TaskQueued,
    TaskEvent.WITHDREW: notices.TaskPlaceGivenBack,
    TaskEvent.MISSED: notices.TaskMissed,
}
_TO_WHO_ASKED: Mapping[TaskEvent, type[TaskNotice]] = {
    TaskEvent.OFFERED: notices.VolunteerOffered,
    TaskEvent.DECLINED: notices.VolunteerGone,
    TaskEvent.WITHDREW: notices.VolunteerGone,
}
_LOSES_PLACE = frozenset({TaskEvent.WITHDREW, TaskEvent.TURNED_DOWN})


def of_sign_up(session: Session, *, actor: Actor, row: SignUp, event: TaskEvent) -> None:
    """Tell a volunteer what became of them, and who asked for help what became of a volunteer."""
    task = session.get_one(Task, row.task_id)
    if event in _LOSES_PLACE:
        take_back(session, key=_reminder(task.id), to=[row.volunteer_id])
    what, key = _what(session, task), f"sign-up:{row.id}:{event}:{row.changed_at.isoformat()}"
    drafts = []
    if row.volunteer_id != actor.person_id:
        kind = _TO_VOLUNTEER.get(event)
        if event is TaskEvent.TURNED_DOWN:
            notice: TaskNotice = notices.TaskTurnedDown(what, task.starts_at, row.state_reason)
            drafts.append(Draft(row.volunteer_id, notice, key, _page(task)))
        elif kind is not None:
            drafts.append(Draft(row.volunteer_id, kind(what, task.starts_at), key, _page(task)))
    kind = _TO_WHO_ASKED.get(event)
    if kind is not None:
        askers = {task.asked_by_id, task.posted_by_id or task.recipient_id}
        wanted = _others(askers - {row.volunteer_id}, actor)
        drafts += [Draft(one, kind(what, task.starts_at), key, _page(task)) for one in wanted]
    tell_all(session, actor=actor, drafts=drafts)


def of_need(session: Session, *, actor: Actor, row: Need, event: NeedEvent) -> None:
    """Tell who asked for help what the answer is."""
    what = session.get_one(ServiceKind, row.kind_id).name
    answers: Mapping[NeedEvent, Notice] = {
        NeedEvent.TAKEN_UP: notices.NeedTakenUp(what),
        NeedEvent.DECLINED: notices.NeedDeclined(what, row.state_reason),
    }
    if event in answers:
        tell(
            session,
            actor=actor,
            to=_others({row.recipient_id, row.asked_by_id}, actor),
            notice=answers[event],
            key=f"need:{row.id}:{event}",
            url=f"/needs/{row.id}",
        )


def of_proposal(
    session: Session, *, actor: Actor, row: ActivityProposal, event: ProposalEvent
) -> None:
    """Tell who leads an organisation what the answer to its proposal is."""
    if event not in {ProposalEvent.TAKEN_UP, ProposalEvent.DECLINED}:
        return
    name, what = session.get_one(Organisation, row.organisation_id).name, row.activity
    notice: Notice = other_notices.ProposalDeclined(name, what, row.state_reason)
    if event is ProposalEvent.TAKEN_UP:
        notice = other_notices.ProposalTakenUp(name, what, row.starts_at)
    tell(
        session,
        actor=actor,
        to=_others(_hosts(session, row.organisation_id), actor),
        notice=notice,
        key=f"activity-proposal:{row.id}:{event}",
        url=f"/me/organisations/{row.organisation_id}",
    )


def _hosts(session: Session, organisation_id: int | None) -> set[int | None]:
    """Return who leads an organisation now."""
    if organisation_id is None:
        return set()
    return {one.person_id for one in leaders_of(session, organisation_id=organisation_id)}


def _told_hosts(
    session: Session, *, actor: Actor, task: Task, notice: TaskNotice, key: str, but: set[int]
) -> list[Draft]:
    """Return what those are told who lead the organisation in whose name a task is held."""
    url = f"/me/organisations/{task.organisation_id}"
    wanted = _others(_hosts(session, task.organisation_id) - but, actor)
    return [Draft(one, notice, key, url) for one in wanted]


def of_cancelling(
    session: Session, *, actor: Actor, task: Task, volunteer_ids: Collection[int], reason: str
) -> None:
    """Tell the list, the one served and whose activity it is that a task will not take place."""
    take_back(session, key=_reminder(task.id))
    notice = notices.TaskCancelled(_what(session, task), task.starts_at, reason)
    key = f"task:{task.id}:cancelled"
    listed = _others({*volunteer_ids, task.recipient_id, task.asked_by_id}, actor)
    drafts = [Draft(one, notice, key, _page(task)) for one in listed]
    drafts += _told_hosts(session, actor=actor, task=task, notice=notice, key=key, but=set(listed))
    tell_all(session, actor=actor, drafts=drafts)


def of_absence(
    session: Session, *, actor: Actor, task: Task, volunteer_ids: Collection[int]
) -> None:
    """Tell volunteers that a task is over and nobody saw them there."""
    if not volunteer_ids:
        return
    tell(
        session,
        actor=actor,
        to=_others(volunteer_ids, actor),
        notice=notices.TaskMissed(_what(session, task), task.starts_at),
        key=f"task:{task.id}:missed",
        url=_page(task),
    )


def of_change(
    session: Session,
    *,
    actor: Actor,
    task: Task,
    listed_ids: Collection[int],
    again_ids: Collection[int],
    refit: Refit,
    reason: str,
) -> None:
    """Tell the list and whose activity it is what a task is now; who is asked again is asked."""
    take_back(session, key=_reminder(task.id))
    facts = (_what(session, task), task.starts_at, reason)
    key = f"task:{task.id}:changed:{task.revision}"
    parted = {*again_ids, *refit.asked_ids, *refit.let_go_ids}
    groups: tuple[tuple[TaskNotice, Collection[int | None]], ...] = (
        (notices.TaskPlaceTakenBack(*facts), refit.let_go_ids),
        (notices.TaskWishesChanged(*facts), refit.asked_ids),
        (notices.TaskAskedAgain(*facts), again_ids),
        (
            notices.TaskChanged(*facts),
            {*listed_ids, task.recipient_id, task.asked_by_id} - parted,
        ),
    )
    drafts = [
        Draft(one, notice, key, _page(task))
        for notice, whom in groups
        for one in _others(set(whom), actor)
    ]
    drafts += _told_hosts(
        session,
        actor=actor,
        task=task,
        notice=notices.TaskChanged(*facts),
        key=key,
        but={one.to for one in drafts},
    )
    tell_all(session, actor=actor, drafts=drafts)


def remind_of_tasks(session: Session, _payload: Mapping[str, object]) -> None:
    """Do the job of that name: remind of tomorrow's tasks, once each, in every community."""
    begins, ends = clock.day_bounds(clock.today() + timedelta(days=1))
    after_id = 0
    while True:
        rows = session.execute(
            select(Task, ServiceKind.name)
            .join(ServiceKind, ServiceKind.id == Task.kind_id)
            .where(
                Task.state == TaskState.OPEN,
                Task.starts_at >= begins,
                Task.starts_at < ends,
                Task.id > after_id,
            )
            .order_by(Task.id)
            .limit(_BATCH)
        ).all()
        if not rows:
            return
        after_id = rows[-1][0].id
        _remind(session, {row[0]: row[1] for row in rows})


def _remind(session: Session, tasks: Mapping[Task, str]) -> None:
    """Remind of some of tomorrow's tasks who has a place, and the ones they will serve."""
    by_id = {task.id: task for task in tasks}
    places = session.execute(
        select(SignUp.task_id, SignUp.volunteer_id)
        .where(SignUp.task_id.in_(by_id), SignUp.state == SignUpState.ACCEPTED)
        .order_by(SignUp.id)
    ).all()
    drafts: dict[int, list[Draft]] = {}
    for task_id, volunteer_id in places:
        task = by_id[task_id]
        facts = (task.activity or tasks[task], task.starts_at)
        notice = notices.TaskTomorrow(*facts)
        drafts.setdefault(task.community_id, []).append(
            Draft(volunteer_id, notice, _reminder(task.id), _page(task))
        )
        if task.recipient_id is not None:
            served = Draft(
                task.recipient_id, notices.HelpTomorrow(*facts), _reminder(task.id), _page(task)
            )
            drafts[task.community_id].append(served)
    for community_id, some in sorted(drafts.items()):
        tell_all(session, actor=program(community_id=community_id, name=JOB), drafts=some)


def _reminder(task_id: int) -> str:
    """Return the key of the reminder of a task."""
    return f"task:{task_id}:tomorrow"


def _page(task: Task) -> str:
    """Return where a task is shown."""
    return f"/tasks/{task.id}"


def _what(session: Session, task: Task) -> str:
    """Return what a task is called: its activity, else its kind of service."""
    return task.activity or session.get_one(ServiceKind, task.kind_id).name


def _others(person_ids: Collection[int | None], actor: Actor) -> list[int]:
    """Return those of some people who are there and are not the actor."""
    return sorted(one for one in person_ids if one is not None and one != actor.person_id)
