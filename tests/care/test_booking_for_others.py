"""Nobody learns another's name or balance from the form in which a service is booked."""

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.make.access import log_in, make_actor
from tests.make.care import make_desk
from tests.make.community import make_person


def test_a_resident_cannot_open_the_booking_form_of_another(
    session: Session, client: FlaskClient
) -> None:
    desk = make_desk(session)
    other = make_person(session, community_id=desk.community_id, name="王晓红")
    resident = make_actor(
        session,
        community_id=desk.community_id,
        roles=(("volunteer", "own", None),),
        person_id=desk.member.id,
        name="孙秀英",
    )
    session.commit()
    log_in(client, session, resident)

    answer = client.get(f"/redeem/{desk.lunch.id}/book?person_id={other.id}")

    assert answer.status_code == 404
    assert "王晓红" not in answer.text
    assert client.get(f"/redeem/{desk.lunch.id}/book").status_code == 200


def test_the_counter_opens_the_booking_form_of_anybody_it_serves(
    session: Session, client: FlaskClient
) -> None:
    desk = make_desk(session)
    session.commit()
    log_in(client, session, desk.counter)

    answer = client.get(f"/redeem/{desk.lunch.id}/book?person_id={desk.member.id}")

    assert answer.status_code == 200
