"""Joining from outside: asked once, answered alike, decided by staff, opened by a code once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make.access import log_in
from tests.make.community import make_person
from tests.make.volunteering import NOW, Street, make_street
from timebank.access.errors import TriedTooOftenError
from timebank.access.models import RoleGrant, UserAccount
from timebank.community import queries as community_queries
from timebank.community.errors import PersonNotFoundError, PhoneInvalidError
from timebank.community.models import Person
from timebank.community.rules import KinshipKind
from timebank.kernel import clock, passwords
from timebank.kernel.errors import DomainError
from timebank.volunteering.errors import admission as admission_errors
from timebank.volunteering.errors import joining as errors
from timebank.volunteering.errors.records import CardNotFoundError
from timebank.volunteering.errors.tasks import NotGuardianError
from timebank.volunteering.models.admission import VolunteerAdmission
from timebank.volunteering.models.joining import JoinRequest
from timebank.volunteering.models.needs import GuardianConsent
from timebank.volunteering.queries import joining as queries
from timebank.volunteering.rules.joining import (
    ADDRESS_TRIES_FREE,
    PHONE_TRIES_FREE,
    Applicant,
)
from timebank.volunteering.service import joining as verbs

PHONE, ADDRESS, PASSWORD = "13905320000", "203.0.113.7", "lake-lamp-seven-olive"


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with clock.fixed_at(NOW):
        yield


def told(street: Street, **changes: object) -> Applicant:
    """What somebody tells."""
    made = Applicant(
        "林晓", PHONE, street.place.id, "301", date(1961, 4, 2), serves=True, words="会理发"
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # names of its fields


def ask(session: Session, street: Street, *, address: str = ADDRESS, **changes: object) -> None:
    """Ask to join."""
    verbs.ask_to_join(
        session,
        community_id=street.community.id,
        told=told(street, **changes),
        agrees=True,
        address=address,
    )


def waiting(session: Session, street: Street) -> list[int]:
    """The requests that wait."""
    return [one.id for one in queries.requests(session, actor=street.officer).items]


def accept(
    session: Session,
    street: Street,
    request_id: int,
    **facts: Any,  # Any: who it is, and by whose consent
) -> verbs.Accepted:
    """Accept a request after seeing an ID card."""
    return verbs.accept_request(
        session, actor=street.officer, request_id=request_id, identity_note="身份证", **facts
    )


def test_a_number_waits_once_and_the_answer_is_the_same(
    client: FlaskClient, session: Session
) -> None:
    street = make_street(session)
    make_person(session, community_id=street.community.id, name="已登记", phone="13800138000")
    session.commit()
    form = {
        "community_id": street.community.id,
        "name": "林晓",
        "phone": PHONE,
        "micro_grid_id": street.place.id,
        "born_on": "1961-04-02",
        "agrees": "true",
    }
    answers = [
        client.post("/join", data={**form, "phone": phone})
        for phone in (PHONE, "139 0532 0000", "13800138000")
    ]

    assert {(one.status_code, one.location, one.text) for one in answers} == {
        (303, "/join/received", answers[0].text)
    }
    assert session.query(JoinRequest).count() == 2
    assert client.post("/api/v1/join-requests", json={**form, "agrees": True}).status_code == 202
    assert client.post("/join", data={**form, "agrees": ""}).status_code == 422
    assert "林晓" in client.post("/join", data={**form, "phone": "1"}).text


def test_what_is_told_is_sealed_and_forgotten_once_decided(session: Session) -> None:
    street = make_street(session)
    ask(session, street)
    stored = session.connection().exec_driver_sql("SELECT facts FROM join_request").scalar_one()
    assert PHONE not in stored
    assert "林" not in stored
    (request_id,) = waiting(session, street)

    verbs.refuse_request(session, actor=street.officer, request_id=request_id, reason="不住这里")

    row = session.query(JoinRequest).one()
    assert (row.facts, row.reason, row.state) == (None, "不住这里", "refused")
    with pytest.raises(errors.JoinRequestDecidedError):
        accept(session, street, request_id)
    ask(session, street)  # whoever was refused may ask again
    assert len(waiting(session, street)) == 1


def test_too_many_from_one_address_or_about_one_number_must_wait(session: Session) -> None:
    street = make_street(session)
    for number in range(ADDRESS_TRIES_FREE):
        ask(session, street, phone=f"139053200{number:02}")
    with pytest.raises(TriedTooOftenError):
        ask(session, street, phone="13905320099")
    for number in range(PHONE_TRIES_FREE):
        ask(session, street, address=f"203.0.113.{number + 10}", phone="13905329999")
    with pytest.raises(TriedTooOftenError):
        ask(session, street, address="203.0.113.99", phone="13905329999")


def test_wrong_facts_are_refused(session: Session) -> None:
    street = make_street(session)
    elsewhere: list[tuple[dict[str, object], type[DomainError]]] = [
        ({"phone": "12"}, PhoneInvalidError),
        ({"micro_grid_id": 10**9}, DomainError),
        ({"born_on": date(1800, 1, 1)}, DomainError),
        ({"name": "<script>"}, DomainError),
    ]
    for changes, refusal in elsewhere:
        with pytest.raises(refusal):
            ask(session, street, **changes)  # type: ignore[arg-type]  # none is the address
    assert session.query(JoinRequest).count() == 0


def test_accepted_one_is_registered_applies_to_serve_and_logs_in_by_the_code_once(
    session: Session,
) -> None:
    street = make_street(session)
    ask(session, street)
    (request_id,) = waiting(session, street)

    done = accept(session, street, request_id)

    person = session.get_one(Person, done.person_id)
    assert (person.name, person.phone, person.micro_grid_id) == ("林晓", PHONE, street.place.id)
    assert session.query(VolunteerAdmission).filter_by(person_id=person.id).one().words == "会理发"
    assert waiting(session, street) == []

    def use(code: str) -> None:
        verbs.use_code(
            session, login_name=done.login_name, code=code, password=PASSWORD, address=ADDRESS
        )

    with pytest.raises(errors.JoinCodeWrongError):
        use("0")
    use(done.code)
    user = session.query(UserAccount).filter_by(person_id=person.id).one()
    session.refresh(user)
    assert passwords.matches(user.password_hash, PASSWORD)
    with pytest.raises(errors.JoinCodeWrongError):
        use(done.code)


def test_a_code_holds_for_days_and_few_tries(session: Session) -> None:
    street = make_street(session)
    ask(session, street)
    done = accept(session, street, waiting(session, street)[0])
    row = session.query(JoinRequest).one()

    with clock.fixed_at(NOW + timedelta(days=15)), pytest.raises(errors.JoinCodeWrongError):
        verbs.use_code(
            session,
            login_name=done.login_name,
            code=done.code,
            password=PASSWORD,
            address=ADDRESS,
        )
    row.code_tries = 5
    session.flush()
    with pytest.raises(errors.JoinCodeWrongError) as refused:
        verbs.use_code(
            session,
            login_name=done.login_name,
            code=done.code,
            password=PASSWORD,
            address="203.0.113.9",
        )
    assert refused.value.aftermath is not None


def test_who_is_registered_is_linked_after_a_look_at_their_card(session: Session) -> None:
    street = make_street(session)
    known = make_person(
        session,
        community_id=street.community.id,
        name="林晓",
        micro_grid_id=street.place.id,
        born_on=date(1961, 4, 2),
        phone=PHONE,
    )
    ask(session, street)
    (request_id,) = waiting(session, street)
    seen = queries.maybe_known(session, actor=street.officer, applicant=told(street))
    assert [one.id for one in seen] == [known.id]

    with pytest.raises(admission_errors.IdentityNoteMissingError):
        verbs.accept_request(
            session,
            actor=street.officer,
            request_id=request_id,
            identity_note=" ",
            person_id=known.id,
        )
    with pytest.raises(PersonNotFoundError):
        accept(session, street, request_id, person_id=10**9)
    done = accept(session, street, request_id, person_id=known.id)

    assert done.person_id == known.id
    assert done.code


def _roles(session: Session, person_id: int) -> list[str]:
    """What the login of somebody may be."""
    user = session.query(UserAccount).filter_by(person_id=person_id).one()
    return [one.role for one in session.query(RoleGrant).filter_by(user_id=user.id)]


def test_the_old_join_as_elders_and_the_others_as_residents(session: Session) -> None:
    street = make_street(session)
    for phone, born_on, roles in (
        ("13905320001", date(NOW.year - 60, NOW.month, NOW.day), ["elder"]),
        ("13905320002", date(NOW.year - 60, NOW.month, NOW.day) + timedelta(days=1), ["resident"]),
    ):
        ask(session, street, phone=phone, born_on=born_on, name="高山", room_no=phone)
        done = accept(session, street, waiting(session, street)[0])
        assert _roles(session, done.person_id) == roles


def test_who_is_under_age_joins_with_a_guardian_who_has_shown_the_kinship(
    session: Session,
) -> None:
    street = make_street(session)
    guardian = make_person(
        session,
        community_id=street.community.id,
        name="林父",
        micro_grid_id=street.place.id,
        born_on=date(1980, 1, 1),
    )
    guardian.card_no = "JL-00901"
    ask(session, street, born_on=date(NOW.year - 16, 1, 1), serves=False)
    (request_id,) = waiting(session, street)

    for card, refusal in (
        ("", errors.GuardianMissingError),
        ("JL-99999", CardNotFoundError),
    ):
        with pytest.raises(refusal), session.begin_nested():
            accept(session, street, request_id, guardian_card=card)
    guardian.born_on = date(NOW.year - 17, 1, 1)
    session.flush()
    with pytest.raises(NotGuardianError), session.begin_nested():
        accept(session, street, request_id, guardian_card="JL-00901")
    guardian.born_on = date(1980, 1, 1)
    session.flush()
    done = accept(session, street, request_id, guardian_card="JL-00901")

    consent = session.query(GuardianConsent).one()
    assert (consent.minor_id, consent.guardian_id) == (done.person_id, guardian.id)
    (kin,) = community_queries.relatives(session, done.person_id)
    assert (kin.person_id, kin.kind) == (guardian.id, KinshipKind.PARENT)
    assert _roles(session, done.person_id) == ["resident"]


def test_a_community_that_is_not_there_takes_nobody(session: Session) -> None:
    street = make_street(session)
    with pytest.raises(errors.CommunityUnknownError):
        verbs.ask_to_join(
            session, community_id=10**9, told=told(street), agrees=True, address=ADDRESS
        )


def test_staff_elsewhere_see_no_request(session: Session) -> None:
    street = make_street(session)
    ask(session, street)
    (request_id,) = waiting(session, street)
    for actor in (street.volunteer, street.elder):
        assert queries.requests(session, actor=actor).items == []
        with pytest.raises(errors.JoinRequestNotFoundError):
            queries.request(session, actor=actor, request_id=request_id)


@pytest.mark.parametrize(
    "broken",
    [
        "UPDATE join_request SET facts = NULL",
        "UPDATE join_request SET state = 'accepted'",
        "UPDATE join_request SET state = 'refused', facts = NULL",
        "UPDATE join_request SET code_hash = 'x'",
    ],
)
def test_the_database_keeps_a_request_whole(session: Session, broken: str) -> None:
    street = make_street(session)
    ask(session, street)
    with pytest.raises(DBAPIError):
        session.execute(text(broken))


def test_staff_decide_by_pages_and_programs(client: FlaskClient, session: Session) -> None:
    street = make_street(session)
    ask(session, street)
    ask(session, street, phone="13905321111", name="高山", born_on=date(1950, 1, 1), serves=False)
    session.commit()
    log_in(client, session, street.officer)

    first, second = waiting(session, street)
    session.commit()
    assert "林晓" in client.get("/join-requests").text
    assert PHONE in client.get(f"/join-requests/{first}").text
    slip = client.post(f"/join-requests/{first}/accept", data={"identity_note": "身份证"})
    assert (slip.status_code, "14 天内有效" in slip.text) == (200, True)
    assert client.get(f"/api/v1/join-requests/{first}").get_json()["applicant"] is None
    assert (
        client.post(f"/join-requests/{first}/accept", data={"identity_note": "证"}).status_code
        == 409
    )
    url = f"/api/v1/join-requests/{second}/refuse"
    assert client.post(url, json={"reason": "不住这里"}).status_code == 204
    assert "办过了" in client.get(f"/join-requests/{second}").text
    assert client.get("/api/v1/join-requests").get_json()["items"] == []
