"""What time can do now, where, and when the place is open."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.make.access import log_in, make_actor
from tests.make.care import make_desk
from timebank.care.errors.desk import CentreNotFoundError
from timebank.care.service import catalogue


def test_a_member_reads_what_is_enough_where_and_when(
    client: FlaskClient, session: Session
) -> None:
    desk = make_desk(session, minutes=70)
    catalogue.tell_opening(
        session, actor=desk.admin, centre_id=desk.centre.id, open_text="周一到周六 8:00–17:00"
    )
    member = make_actor(
        session,
        community_id=desk.community_id,
        roles=(("elder", "own", None),),
        person_id=desk.member.id,
    )
    log_in(client, session, member)

    page = client.get("/me/options").text

    assert "现在够换 1 样" in page
    assert "开门：周一到周六 8:00–17:00" in page
    assert "1号楼一层" in page
    assert "再存一点就够的" in page


def test_only_who_manages_a_centre_says_when_it_is_open(session: Session) -> None:
    desk = make_desk(session)
    elsewhere = make_actor(
        session,
        community_id=desk.community_id,
        roles=(("centre_manager", "centre", desk.centre.id + 1),),
    )
    with pytest.raises(CentreNotFoundError):
        catalogue.tell_opening(session, actor=elsewhere, centre_id=desk.centre.id, open_text="全天")
