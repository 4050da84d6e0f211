"""Reports of people without an account: throttled, answered with a link that only they hold."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from timebank.access.errors import TriedTooOftenError
from timebank.access.service import sessions
from timebank.access.service.sessions import Counter
from timebank.cases.errors import intake as errors
from timebank.cases.errors.steps import OutsideGridError
from timebank.cases.models.cases import CaseFile
from timebank.cases.models.intake import CaseIntake
from timebank.cases.models.reporters import CaseReporter
from timebank.cases.rules import intake as rules
from timebank.cases.rules.intake import IntakeChannel
from timebank.cases.service import intake as intake_service
from timebank.cases.service import reporters, taking
from timebank.cases.service.history import Photo
from timebank.cases.service.intake import Extra, Intake
from timebank.cases.service.reporters import Reporter
from timebank.community import queries as community_queries
from timebank.community import rules as community_rules
from timebank.community.errors import PhoneInvalidError
from timebank.kernel import actor as actors
from timebank.kernel import clock
from timebank.kernel.actor import Actor, Channel
from timebank.kernel.db import transaction
from timebank.kernel.sealed import blind_index

T = TypeVar("T")
_STRANGER = "居民（没有登录）"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a reporter without an account takes home: the number and the secret of the link."""

    number: str
    token: str
    is_joined: bool


def report_openly(
    session: Session,
    *,
    community_id: int,
    key: UUID,
    address: str,
    intake: Intake,
    photos: Sequence[Photo] = (),
    is_new: bool = False,
    same_as: int | None = None,
    trap: str = "",
) -> Receipt:
    """Take a report of somebody without an account; the same key has the same receipt.

    Raises:
        LooksLikeMachineError: the field that people do not see was filled.
        ReportedTooOftenError: this address, or everybody together, reported too often.
        OutsideGridError: the place is none of the community.
        PhoneInvalidError: a phone number was given that is none.
        MayBeKnownError, NotTheSameError, and the errors of a case's first event.
    """
    if trap.strip():
        raise errors.LooksLikeMachineError
    token = rules.link_token(key)
    known = _receipt(session, token)
    if known is not None:
        return known
    _throttle(session, community_id=community_id, address=address)
    told = _checked(session, intake, community_id=community_id)
    stranger = _stranger(community_id)
    if same_as is not None:
        joined = reporters.join_case(
            session,
            actor=stranger,
            case_id=same_as,
            micro_grid_id=told.micro_grid_id,
            reporter=Reporter(name=told.reporter_name, phone=told.reporter_phone, token=token),
            channel=told.channel,
            words=told.description,
            photos=photos,
        )
        return Receipt(joined.number, token, is_joined=True)
    if not is_new:
        taking.check_unknown(session, community_id=community_id, intake=told)
    made = intake_service.enter_case(
        session, actor=stranger, intake=told, photos=photos, extra=Extra(key=key, token=token)
    )
    return Receipt(made.number, token, is_joined=False)


def counting_guesses(look: Callable[[], T], *, address: str) -> T:
    """Return what a look finds; a link that leads nowhere is counted as a guess of this address."""
    try:
        return look()
    except errors.LinkNotFoundError:
        transaction(lambda session: sessions.count_try(session, guesses_from(address)))
        raise


def guesses_from(address: str) -> Counter:
    """Return the counter of an address's guesses at links; it is no counter of its logins."""
    return Counter(blind_index(f"case-link:{address}"), "address", rules.LINK_GUESSES_FREE)


def _stranger(community_id: int) -> Actor:
    """Return who acts when nobody is logged in: somebody who may do nothing but this."""
    return actors.program(community_id=community_id, name=_STRANGER, channel=Channel.WEB)


def _receipt(session: Session, token: str) -> Receipt | None:
    """Return the receipt that was given for the same act before."""
    row = session.execute(
        select(CaseFile.number, CaseIntake.act_key)
        .join(CaseReporter, CaseReporter.case_id == CaseFile.id)
        .outerjoin(CaseIntake, CaseIntake.case_id == CaseFile.id)
        .where(CaseReporter.token_digest == rules.token_digest(token))
    ).one_or_none()
    if row is None:
        return None
    is_own = row[1] is not None and rules.link_token(row[1]) == token
    return Receipt(row[0], token, is_joined=not is_own)


def _throttle(session: Session, *, community_id: int, address: str) -> None:
    """Count a report by its address, and refuse when that or all together are too many.

    Raises:
        ReportedTooOftenError: they are.
    """
    counter = Counter(blind_index(f"case-report:{address}"), "address", rules.PUBLIC_REPORTS_FREE)
    try:
        sessions.count_try(session, counter)
    except TriedTooOftenError as error:
        raise errors.ReportedTooOftenError from error
    lately = select(func.count()).where(
        CaseIntake.community_id == community_id,
        CaseIntake.act_key.is_not(None),
        CaseIntake.channel != IntakeChannel.OPEN311,
        CaseIntake.recorded_at > clock.now() - rules.PUBLIC_REPORTS_WINDOW,
    )
    count = session.scalar(lately.select_from(CaseIntake)) or 0
    if count >= rules.PUBLIC_REPORTS_OF_COMMUNITY:
        raise errors.ReportedTooOftenError


def _checked(session: Session, intake: Intake, *, community_id: int) -> Intake:
    """Return the intake of a stranger as it is entered: here, reported, with a number or none."""
    place = community_queries.micro_grid(session, intake.micro_grid_id)
    if place.community_id != community_id:
        raise OutsideGridError(field="micro_grid_id")
    phone = intake.reporter_phone
    if phone and not community_rules.phone_of(phone):
        raise PhoneInvalidError(field="reporter_phone")
    channel = IntakeChannel.SIGN if intake.sign_code else IntakeChannel.PUBLIC
    return replace(intake, channel=channel, reporter_person_id=None)
