"""Telling people of their hours: what was decided, what they can still do, what ends or came."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from timebank.community.models import Person
from timebank.kernel import clock
from timebank.kernel.actor import Actor, program
from timebank.notices.rules.notice import Notice
from timebank.notices.rules.telling import Draft
from timebank.notices.service.telling import tell, tell_all
from timebank.volunteering.models.admission import VolunteerAdmission
from timebank.volunteering.models.disputes import Dispute
from timebank.volunteering.models.expiry import ExpiryNotice, HoursExpiry
from timebank.volunteering.models.pools import HoursPool, PoolGift, PoolGrant
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.models.wallet import FamilyWallet
from timebank.volunteering.queries.merging import merged_into
from timebank.volunteering.rules import notices
from timebank.volunteering.rules.admission import AdmissionEvent
from timebank.volunteering.rules.disputes import VOLUNTEERS_TURN, DisputeAbout
from timebank.volunteering.rules.gifts import GrantState
from timebank.volunteering.rules.month_summaries import last_day

WARN_OF_RIGHT_DAYS = 3
_BATCH = 500


def of_approvals(session: Session, *, actor: Actor, rows: Sequence[ServiceRecord]) -> None:
    """Tell volunteers what was posted to them, all in one statement."""
    tell_all(
        session,
        actor=actor,
        drafts=[
            Draft(
                row.volunteer_id,
                notices.ServiceApproved(row.served_on, row.credited_minutes or 0),
                f"record:{row.id}:approved:{row.entry_id}",
                _record(row.id),
            )
            for row in rows
        ],
    )


def of_right(session: Session, *, actor: Actor, row: ServiceRecord, dispute: Dispute) -> None:
    """Tell a volunteer of a decision against them, and until when they can disagree."""
    is_back = dispute.about == DisputeAbout.REJECTION
    kind = notices.ServiceRejected if is_back else notices.ServiceUnapproved
    due_on = dispute.due_on or clock.today()
    _tell_one(
        session,
        actor,
        merged_into(session, row.volunteer_id),
        kind(row.served_on, dispute.reason, due_on),
        key=f"dispute:{dispute.id}",
        url=_record(row.id),
    )


def of_record(session: Session, *, actor: Actor, row: ServiceRecord) -> None:
    """Ask the one served to confirm what somebody else has told."""
    if row.recipient_id is None or row.confirmed_at is not None:
        return
    notice = notices.ServiceToConfirm(actor.name, row.served_on, row.minutes)
    key = f"record:{row.id}:to-confirm:{row.revision}"
    _tell_one(session, actor, row.recipient_id, notice, key=key, url=_record(row.id))


def of_judgement(session: Session, *, actor: Actor, row: Dispute, notice: Notice) -> None:
    """Tell a volunteer how their appeal stands now."""
    key = f"dispute:{row.id}:{row.state}"
    url = f"/disputes/{row.id}"
    _tell_one(session, actor, merged_into(session, row.volunteer_id), notice, key=key, url=url)


def of_rights_ending(session: Session) -> None:
    """Tell whose right to disagree ends within days, once for each term."""
    today = clock.today()
    rows = session.execute(
        select(Dispute, ServiceRecord.served_on, func.coalesce(Person.merged_into_id, Person.id))
        .join(ServiceRecord, ServiceRecord.id == Dispute.record_id)
        .join(Person, Person.id == Dispute.volunteer_id)
        .where(
            Dispute.state.in_(VOLUNTEERS_TURN),
            Dispute.due_on >= today,
            Dispute.due_on <= today + timedelta(days=WARN_OF_RIGHT_DAYS),
        )
        .order_by(Dispute.id)
    )
    drafts: dict[int, list[Draft]] = {}
    for row, served_on, whose_id in rows.yield_per(_BATCH):
        notice = notices.RightEndsSoon(served_on, row.due_on or today)
        key, url = f"dispute:{row.id}:{row.state}:ends", f"/disputes/{row.id}"
        drafts.setdefault(row.community_id, []).append(Draft(whose_id, notice, key, url))
    for community_id, some in sorted(drafts.items()):
        actor = program(community_id=community_id, name="volunteering.lapse_rights")
        tell_all(session, actor=actor, drafts=some)


def of_warnings(session: Session, *, actor: Actor, given: Iterable[ExpiryNotice]) -> None:
    """Tell members that minutes will expire."""
    tell_all(
        session,
        actor=actor,
        drafts=[
            Draft(
                one.person_id,
                notices.HoursExpireSoon(one.minutes, one.due_on),
                f"expiry:{one.due_on}:{one.days}",
                "/me/options",
            )
            for one in given
        ],
    )


def of_expiries(session: Session, *, actor: Actor, ended: Iterable[HoursExpiry]) -> None:
    """Tell members what has expired."""
    tell_all(
        session,
        actor=actor,
        drafts=[
            Draft(
                one.person_id,
                notices.HoursExpired(one.minutes, one.due_on),
                f"expired:{one.due_on}:{one.expired_on}",
                "/me/statement",
            )
            for one in ended
        ],
    )


def of_month(session: Session, *, actor: Actor, person_ids: Iterable[int], month: date) -> None:
    """Tell members that last month's page is there."""
    tell(
        session,
        actor=actor,
        to=person_ids,
        notice=notices.MonthSummed(month.year, month.month),
        key=f"month:{month:%Y-%m}",
        url=f"/me/months/{month:%Y-%m}",
    )


def of_gifts(session: Session, *, actor: Actor, month: date) -> None:
    """Tell the givers of a pool how many people it helped in a month; names are not told."""
    helped = session.execute(
        select(
            HoursPool.id,
            HoursPool.name,
            func.count(PoolGrant.person_id.distinct()),
            func.sum(PoolGrant.minutes),
        )
        .join(PoolGrant, PoolGrant.pool_id == HoursPool.id)
        .where(
            HoursPool.community_id == actor.community_id,
            PoolGrant.state == GrantState.GRANTED,
            PoolGrant.decided_on >= month,
            PoolGrant.decided_on <= last_day(month),
        )
        .group_by(HoursPool.id, HoursPool.name)
        .order_by(HoursPool.id)
    ).all()
    for pool_id, name, people, minutes in helped:
        notice = notices.GiftHelped(name, month.year, month.month, people, int(minutes))
        tell(
            session,
            actor=actor,
            to=_givers(session, pool_id, month),
            notice=notice,
            key=f"pool:{pool_id}:helped:{month:%Y-%m}",
            url="/me/giving",
        )


def _givers(session: Session, pool_id: int, month: date) -> Sequence[int]:
    """Return who had given to a pool by the end of a month."""
    return session.scalars(
        select(PoolGift.person_id)
        .distinct()
        .where(PoolGift.pool_id == pool_id, PoolGift.given_on <= last_day(month))
    ).all()


def of_grant(session: Session, *, actor: Actor, row: PoolGrant, pool_name: str) -> None:
    """Tell the person who was given minutes, or who had asked for them in vain."""
    key = f"grant:{row.id}"
    if row.state == GrantState.GRANTED:
        given = notices.GrantGiven(pool_name, row.minutes)
        _tell_one(session, actor, row.person_id, given, key=key, url="/me")
    elif row.state == GrantState.REFUSED:
        refused = notices.GrantRefused(pool_name, row.minutes, row.decision_reason or "")
        _tell_one(session, actor, row.requested_by_id, refused, key=key, url="/pools")


def of_wallet(session: Session, *, actor: Actor, row: FamilyWallet, verb: str) -> None:
    """Tell the other one of a family wallet what became of it."""
    who, key = actor.name, f"wallet:{row.id}:{verb}"
    told: Mapping[str, tuple[int, Notice]] = {
        "wallet_opened": (row.receiver_id, notices.WalletAsked(who, row.month_minutes_max)),
        "wallet_agreed": (row.giver_id, notices.WalletAgreed(who)),
        "wallet_ended": (
            row.giver_id if actor.person_id == row.receiver_id else row.receiver_id,
            notices.WalletEnded(who),
        ),
    }
    person_id, notice = told[verb]
    _tell_one(session, actor, person_id, notice, key=key, url="/me/wallets")


def of_admission(
    session: Session, *, actor: Actor, row: VolunteerAdmission, event: AdmissionEvent
) -> None:
    """Tell who asked to become a volunteer what the answer is."""
    answers: Mapping[AdmissionEvent, Notice] = {
        AdmissionEvent.ADMITTED: notices.VolunteerAdmitted(),
        AdmissionEvent.REFUSED: notices.VolunteerRefused(row.reason),
        AdmissionEvent.SUSPENDED: notices.VolunteerSuspended(row.reason),
    }
    if event in answers:
        at = "" if row.decided_at is None else row.decided_at.isoformat()
        key = f"admission:{row.person_id}:{event}:{at}"
        _tell_one(session, actor, row.person_id, answers[event], key=key, url="/me/volunteer")


def of_certificate(
    session: Session, *, actor: Actor, person_id: int, row_id: int, number: str
) -> None:
    """Tell a person that a certificate is ready which staff have issued."""
    notice, key = notices.CertificateReady(number), f"certificate:{row_id}"
    _tell_one(session, actor, person_id, notice, key=key, url=f"/certificates/{row_id}")


def of_account(session: Session, *, actor: Actor, person_id: int, notice: Notice, key: str) -> None:
    """Tell a person what became of their account."""
    _tell_one(session, actor, person_id, notice, key=key, url="/me")


def _tell_one(
    session: Session, actor: Actor, person_id: int | None, notice: Notice, *, key: str, url: str
) -> None:
    """Tell one person, unless it is who acts."""
    if person_id is not None and person_id != actor.person_id:
        tell(session, actor=actor, to=[person_id], notice=notice, key=key, url=url)


def _record(record_id: int) -> str:
    """Return where a record is shown."""
    return f"/records/{record_id}"
