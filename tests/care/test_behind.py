"""What stands behind a line of the passbook: the service that was redeemed, and its slip."""

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.make.access import log_in, make_actor
from tests.make.care import PIN, Desk, make_desk
from tests.make.tills import let_one_undo
from timebank.care.queries.redemptions import check_code, redemption_of
from timebank.care.rules.desk import Proven, Wanted
from timebank.care.service import redemptions, reversals
from timebank.kernel.ids import new_id


def _redeemed(session: Session, desk: Desk) -> int:
    made = redemptions.redeem(
        session,
        actor=desk.counter,
        key=new_id(),
        centre_id=desk.centre.id,
        person_id=desk.member.id,
        wanted=[Wanted(desk.lunch.id, 1)],
        proven=Proven(pin=PIN),
    )
    session.commit()
    return made.id


def _log_in_member(session: Session, client: FlaskClient, desk: Desk) -> None:
    actor = make_actor(
        session,
        community_id=desk.community_id,
        roles=(("elder", "own", None),),
        person_id=desk.member.id,
        name="孙秀英",
    )
    log_in(client, session, actor)


def test_a_line_of_the_passbook_opens_to_what_was_redeemed(
    session: Session, client: FlaskClient
) -> None:
    desk = make_desk(session)
    redemption_id = _redeemed(session, desk)
    _log_in_member(session, client, desk)

    for url in ("/me", "/me/statement"):
        page = client.get(url).text
        assert "换了什么" in page
        assert desk.centre.name in page
        assert f"/slips/{redemption_id}/{check_code(redemption_id)}" in page


def test_an_entry_of_the_ledger_opens_to_what_was_redeemed(
    session: Session, client: FlaskClient
) -> None:
    desk = make_desk(session)
    redemption_id = _redeemed(session, desk)
    _log_in_member(session, client, desk)

    page = client.get(f"/ledger/entries/{redemption_of(session, redemption_id).entry_id}").text

    assert "它从哪里来" in page
    assert f"/slips/{redemption_id}/" in page


def test_an_undone_redemption_says_why_in_both_lines(session: Session, client: FlaskClient) -> None:
    desk = make_desk(session)
    let_one_undo(session, desk)
    redemption_id = _redeemed(session, desk)
    reversals.undo_redemption(
        session, actor=desk.counter, redemption_id=redemption_id, reason="按错了菜"
    )
    session.commit()
    _log_in_member(session, client, desk)

    page = client.get("/me/statement").text

    assert "为什么还回来" in page
    assert page.count("按错了菜") >= 2
