"""Before a meeting: plan it, seat people, gather matters, invite; or call it off."""

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.cofund.queries import projects as project_queries
from timebank.community import queries as community_queries
from timebank.community.models import Community
from timebank.deliberation.errors import meetings as errors
from timebank.deliberation.errors import opinions as opinion_errors
from timebank.deliberation.models.meetings import AgendaItem, Meeting, MeetingSeat, QuorumRuleRow
from timebank.deliberation.models.opinions import Opinion
from timebank.deliberation.queries import meetings as queries
from timebank.deliberation.rules import meetings as rules
from timebank.deliberation.rules import opinions as opinion_rules
from timebank.deliberation.rules.meetings import (
    Command,
    ItemFacts,
    Kind,
    MeetingFacts,
    QuorumRule,
    SeatFacts,
    State,
)
from timebank.deliberation.rules.notices import MeetingInvitation, MeetingOff
from timebank.deliberation.service import opinions
from timebank.deliberation.service.keeping import allowed, note, part
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.notices.service import telling
from timebank.trail import service as trail
from timebank.volunteering.queries import limits


def plan_meeting(session: Session, *, actor: Actor, facts: MeetingFacts) -> int:
    """Plan a meeting and return its id."""
    year = clock.day_of(facts.starts_at).year
    rule = queries.rule_in_force(session, community_id=actor.community_id, kind=facts.kind)
    row = Meeting(
        community_id=actor.community_id,
        year=year,
        serial=_next_serial(session, actor.community_id, year),
        kind=facts.kind,
        state=State.DRAFT,
        title=facts.title.strip(),
        place=facts.place.strip(),
        starts_at=facts.starts_at,
        rule_version=rule.version,
        share_permille=rule.share_permille,
        heads_min=rule.heads_min,
        sides_min=rule.sides_min,
        planned_by_user_id=actor.user_id,
    )
    session.add(row)
    note(session, actor=actor, meeting=row, act="meeting_planned")
    return row.id


def _next_serial(session: Session, community_id: int, year: int) -> int:
    """Return the next number; who asks for one waits for the other."""
    session.execute(select(Community.id).where(Community.id == community_id).with_for_update())
    last = select(func.max(Meeting.serial)).where(
        Meeting.community_id == community_id, Meeting.year == year
    )
    return (session.scalar(last) or 0) + 1


def seat(session: Session, *, actor: Actor, meeting_id: int, facts: SeatFacts) -> int:
    """Put somebody on the list of who is invited, and return the seat's id.

    Raises:
        MeetingNotFoundError, MeetingMoveError, MeetingSignedError
        PersonNotFoundError: there is no such person here.
        MeetingMoveError: they are on the list already.
    """
    row = allowed(session, actor=actor, meeting_id=meeting_id, command=Command.PLAN)
    if facts.person_id is not None:
        community_queries.person(
            session, community_id=actor.community_id, person_id=facts.person_id
        )
    made = MeetingSeat(
        community_id=row.community_id,
        meeting_id=row.id,
        side=facts.side,
        name=facts.name.strip(),
        person_id=facts.person_id,
        has_vote=facts.has_vote,
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError as error:
        raise errors.SeatTakenError(field="name") from error
    note(session, actor=actor, meeting=row, act="seat_added")
    if row.state == State.INVITED:
        _invite(session, actor, row, made)
    return made.id


def unseat(session: Session, *, actor: Actor, meeting_id: int, seat_id: int) -> None:
    """Take somebody off the list.

    Raises:
        MeetingNotFoundError, MeetingPartNotFoundError, MeetingMoveError
        AlreadySignedInError: they are there.
    """
    row = allowed(session, actor=actor, meeting_id=meeting_id, command=Command.PLAN)
    found = part(session, MeetingSeat, meeting=row, row_id=seat_id)
    if found.signed_in_at is not None:
        raise errors.AlreadySignedInError
    session.delete(found)
    note(session, actor=actor, meeting=row, act="seat_removed")


def add_item(session: Session, *, actor: Actor, meeting_id: int, facts: ItemFacts) -> int:
    """Put a matter on the agenda and return its id; an opinion it grew from goes along.

    Raises:
        MeetingNotFoundError, MeetingMoveError, OpinionNotFoundError, OpinionMoveError
        CaseLinkError: there is no such case here.
    """
    row = allowed(session, actor=actor, meeting_id=meeting_id, command=Command.PLAN)
    _check_links(session, actor, facts)
    last = session.scalar(
        select(func.max(AgendaItem.position)).where(AgendaItem.meeting_id == row.id)
    )
    item = AgendaItem(
        community_id=row.community_id,
        meeting_id=row.id,
        position=(last or 0) + 1,
        title=facts.title.strip(),
        description=facts.description.strip(),
        choices=facts.choices.strip(),
        case_id=facts.case_id,
        project_id=facts.project_id,
    )
    session.add(item)
    session.flush()
    if facts.opinion_id is not None:
        _take_along(session, actor, item, facts.opinion_id)
    note(session, actor=actor, meeting=row, act="item_added", facts={"position": item.position})
    return item.id


def put_on_agenda(
    session: Session, *, actor: Actor, opinion_id: int, meeting_id: int, title: str = ""
) -> int:
    """Make an opinion a matter of a meeting and return the item's id.

    Raises:
        OpinionNotFoundError, OpinionMoveError, MeetingNotFoundError, MeetingMoveError
    """
    said = opinions.locked(session, actor=actor, opinion_id=opinion_id)
    facts = ItemFacts(
        title=title.strip() or said.title, description=said.words, opinion_id=opinion_id
    )
    return add_item(session, actor=actor, meeting_id=meeting_id, facts=facts)


def _take_along(session: Session, actor: Actor, item: AgendaItem, opinion_id: int) -> None:
    """Let an opinion point at the item it became."""
    said = opinions.locked(session, actor=actor, opinion_id=opinion_id)
    command = opinion_rules.Command.PUT_ON_AGENDA
    said.state = opinion_rules.moved(opinion_rules.State(said.state), command)
    said.item_id = item.id
    session.flush()


def _check_links(session: Session, actor: Actor, facts: ItemFacts) -> None:
    """Refuse what lies outside the community."""
    community_id = actor.community_id
    if facts.opinion_id is not None and not actor.may("opinion.sort"):
        raise opinion_errors.OpinionNotFoundError
    if facts.case_id is not None and not limits.has_case(
        session, community_id=community_id, case_id=facts.case_id
    ):
        raise errors.CaseLinkError(field="case_id")
    if facts.project_id is not None:
        _check_project(session, actor, facts.project_id)


def _check_project(session: Session, actor: Actor, project_id: int) -> None:
    """Refuse a project of somewhere else."""
    project_queries.project(session, community_id=actor.community_id, project_id=project_id)


def invite(session: Session, *, actor: Actor, meeting_id: int) -> int:
    """Stamp the quorum rule in force, tell who is invited, and return how many were told.

    Raises:
        NothingToInviteError: nobody or nothing is on the list yet.
        MeetingNotFoundError, MeetingMoveError
    """
    row = allowed(session, actor=actor, meeting_id=meeting_id, command=Command.INVITE)
    seats = queries.seats_of(session, row.id)
    items = session.scalar(select(func.count()).where(AgendaItem.meeting_id == row.id))
    if not items or not any(one.has_vote for one in seats):
        raise errors.NothingToInviteError
    rule = queries.rule_in_force(session, community_id=row.community_id, kind=Kind(row.kind))
    row.state = State.INVITED
    row.rule_version, row.share_permille = rule.version, rule.share_permille
    row.heads_min, row.sides_min = rule.heads_min, rule.sides_min
    note(session, actor=actor, meeting=row, act="meeting_invited", facts={"seats": len(seats)})
    return sum(_invite(session, actor, row, one) for one in seats)


def _invite(session: Session, actor: Actor, row: Meeting, one: MeetingSeat) -> int:
    """Tell one who is invited, when they are known here."""
    if one.person_id is None:
        return 0
    said = MeetingInvitation(title=row.title, starts_at=row.starts_at, place=row.place)
    key = f"meeting:{row.id}:invited"
    return telling.tell(
        session, actor=actor, to=[one.person_id], notice=said, key=key, url="/voices"
    )


def call_off(session: Session, *, actor: Actor, meeting_id: int, reason: str) -> None:
    """Call a meeting off; its opinions go back to be sorted, who was invited is told.

    Raises:
        MeetingNotFoundError, MeetingMoveError
    """
    row = allowed(session, actor=actor, meeting_id=meeting_id, command=Command.CANCEL)
    row.state, row.cancel_reason = State.CANCELLED, reason.strip()
    _let_opinions_go(session, row)
    note(session, actor=actor, meeting=row, act="meeting_cancelled")
    to = [one.person_id for one in queries.seats_of(session, row.id) if one.person_id]
    said = MeetingOff(title=row.title, reason=row.cancel_reason)
    telling.tell(
        session, actor=actor, to=to, notice=said, key=f"meeting:{row.id}:off", url="/voices"
    )


def _let_opinions_go(session: Session, row: Meeting) -> None:
    """Nothing is dropped with a meeting: what waited for it waits to be sorted again."""
    items = select(AgendaItem.id).where(AgendaItem.meeting_id == row.id)
    session.execute(
        update(Opinion)
        .where(Opinion.item_id.in_(items), Opinion.state == opinion_rules.State.AGENDA)
        .values(state=opinion_rules.State.TAKEN, item_id=None)
        .execution_options(synchronize_session="fetch")
    )


def set_rule(session: Session, *, actor: Actor, kind: Kind, rule: QuorumRule) -> None:
    """Set the quorum of a kind of meeting; invitations already sent keep theirs.

    Raises:
        QuorumRuleError
    """
    rules.check_rule(rule)
    before = queries.rule_in_force(session, community_id=actor.community_id, kind=kind)
    row = QuorumRuleRow(
        community_id=actor.community_id,
        kind=kind,
        version=before.version + 1,
        share_permille=rule.share_permille,
        heads_min=rule.heads_min,
        sides_min=rule.sides_min,
        set_at=clock.now(),
        set_by_name=actor.name,
    )
    session.add(row)
    session.flush()
    trail.record(
        session,
        actor=actor,
        action="deliberation.quorum_set",
        subject_type="quorum_rule",
        subject_id=row.id,
        facts={"kind": kind.value, "version": row.version},
    )
