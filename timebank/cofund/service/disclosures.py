"""Making money public: one freezes the figures, another releases them or sends them back."""

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from timebank.bank.rules.closing import month_end
from timebank.cofund.errors import disclosures as errors
from timebank.cofund.errors import projects as project_errors
from timebank.cofund.models.disclosures import (
    Disclosure,
    DisclosureDecision,
    DisclosureObjection,
)
from timebank.cofund.queries import disclosure_facts, policy, projects
from timebank.cofund.queries import disclosures as queries
from timebank.cofund.rules import disclosures as rules
from timebank.cofund.rules.disclosures import DisclosureKind, DisclosureState, DisclosureView
from timebank.cofund.service import steps
from timebank.community.models import Community
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.ledger.queries import seals
from timebank.ledger.service import sealing
from timebank.trail import service as trail


def freeze(
    session: Session,
    *,
    actor: Actor,
    project_id: int | None = None,
    month_on: date | None = None,
) -> DisclosureView:
    """Freeze the figures of a project as they stand now, or of a month that is over.

    What was posted so far is sealed first, so that the root stands over every figure.

    Raises:
        NoSubjectError: neither is named, or both.
        MonthNotOverError, NothingToDiscloseError, FiguresDisagreeError
        ProjectNotFoundError: there is none in the actor's community.
    """
    user_id = steps.user_id_of(actor)
    if (project_id is None) == (month_on is None):
        raise errors.NoSubjectError(field="project_id")
    _lock(session, actor.community_id)
    if project_id is not None:
        project = projects.project(
            session, community_id=actor.community_id, project_id=project_id, only_public=True
        )
        facts = disclosure_facts.of_project(session, project)
    else:
        assert month_on is not None  # one of both is there
        month_on = month_on.replace(day=1)
        through = month_end(month_on)
        if through >= clock.today():
            raise errors.MonthNotOverError(field="month_on", through=through)
        facts = disclosure_facts.of_month(
            session, community_id=actor.community_id, month=month_on, through=through
        )
    sealing.seal_entries(session, actor=actor)
    row = _frozen(
        session, actor=actor, facts=facts, user_id=user_id, project_id=project_id, month_on=month_on
    )
    session.add(row)
    session.flush()
    _note(session, actor=actor, row_id=row.id, act="frozen", digest=row.digest)
    return queries.disclosure(session, disclosure_id=row.id, community_id=actor.community_id)


def _frozen(
    session: Session,
    *,
    actor: Actor,
    facts: dict[str, object],
    user_id: int,
    project_id: int | None,
    month_on: date | None,
) -> Disclosure:
    """Return the row of new figures, with its number, its version and the newest root."""
    now, community_id = clock.now(), actor.community_id
    year = clock.today().year
    serial = 1 + (
        session.scalar(
            select(func.max(Disclosure.serial)).where(
                Disclosure.community_id == community_id, Disclosure.year == year
            )
        )
        or 0
    )
    version = 1 + (_last_version(session, community_id, project_id, month_on) or 0)
    newest = seals.last_number(session, community_id)
    head = seals.block(session, community_id, newest).head.hex()
    content = rules.document_of(
        number=rules.number_of(year, serial),
        version=version,
        facts=facts,
        seal_number=newest,
        seal_head=head,
    )
    return Disclosure(
        community_id=community_id,
        year=year,
        serial=serial,
        kind=DisclosureKind.PROJECT if project_id is not None else DisclosureKind.MONTH,
        project_id=project_id,
        month_on=month_on,
        version=version,
        facts=facts,
        digest=rules.digest_of(content),
        seal_number=newest,
        seal_head=head,
        days=policy.in_force(session, community_id).disclosure_days,
        made_by=user_id,
        made_name=actor.name,
        made_at=now,
    )


def decide(
    session: Session, *, actor: Actor, disclosure_id: int, is_released: bool, reason: str = ""
) -> DisclosureView:
    """Release what another person froze, from today on; or send it back with a reason.

    Raises:
        DisclosureNotFoundError: there is none in the actor's community.
        OwnDisclosureError: the actor froze it, by this account or by another of theirs.
        DisclosureDecidedError, DisclosureOutdatedError
    """
    user_id = steps.user_id_of(actor)
    _lock(session, actor.community_id)
    seen = queries.disclosure(session, disclosure_id=disclosure_id, community_id=actor.community_id)
    if seen.state is not DisclosureState.WAITING:
        raise errors.DisclosureDecidedError
    if steps.is_own_hand(session, actor=actor, user_id=seen.made_by):
        raise errors.OwnDisclosureError
    last = _last_version(session, seen.community_id, seen.project_id, seen.month_on)
    if is_released and last != seen.version:
        raise errors.DisclosureOutdatedError
    session.add(
        DisclosureDecision(
            community_id=seen.community_id,
            disclosure_id=seen.id,
            is_released=is_released,
            from_on=clock.today() if is_released else None,
            reason=reason.strip() if is_released else steps.reason_of(reason, field="note"),
            decided_by=user_id,
            decided_name=actor.name,
            decided_at=clock.now(),
        )
    )
    session.flush()
    act = "released" if is_released else "returned"
    _note(session, actor=actor, row_id=seen.id, act=act, digest=seen.digest)
    return queries.disclosure(session, disclosure_id=disclosure_id, community_id=actor.community_id)


def note_objection(session: Session, *, actor: Actor, disclosure_id: int, case_id: int) -> None:
    """Note that a case is what somebody has against a released version.

    Raises:
        DisclosureNotFoundError: there is none that was released in the actor's community.
        CaseNotFoundError: the case is of another community.
    """
    seen = released(session, actor=actor, disclosure_id=disclosure_id)
    if projects.case_number(session, community_id=seen.community_id, case_id=case_id) is None:
        raise project_errors.CaseNotFoundError(field="case_id")
    session.add(
        DisclosureObjection(
            community_id=seen.community_id,
            disclosure_id=seen.id,
            case_id=case_id,
            noted_at=clock.now(),
        )
    )
    session.flush()
    _note(session, actor=actor, row_id=seen.id, act="objected", digest=seen.digest)


def released(session: Session, *, actor: Actor, disclosure_id: int) -> DisclosureView:
    """Return a released version of the actor's community.

    Raises:
        DisclosureNotFoundError: there is none.
    """
    seen = queries.disclosure(session, disclosure_id=disclosure_id, community_id=actor.community_id)
    if seen.state is not DisclosureState.RELEASED:
        raise errors.DisclosureNotFoundError
    return seen


def _lock(session: Session, community_id: int) -> None:
    """Let versions of a community wait for one another, so that numbers follow each other."""
    session.execute(select(Community.id).where(Community.id == community_id).with_for_update())


def _last_version(
    session: Session, community_id: int, project_id: int | None, month_on: date | None
) -> int | None:
    """Return the number of the latest version of a subject."""
    subject = (
        Disclosure.project_id == project_id
        if project_id is not None
        else Disclosure.month_on == month_on
    )
    return session.scalar(
        select(func.max(Disclosure.version)).where(Disclosure.community_id == community_id, subject)
    )


def _note(session: Session, *, actor: Actor, row_id: int, act: str, digest: str) -> None:
    """Leave a trail of what was done to a version."""
    trail.record(
        session,
        actor=actor,
        action=f"cofund.disclosure_{act}",
        subject_type="cofund_disclosure",
        subject_id=row_id,
        facts={"digest": digest},
    )
