"""Records and appeals carry photos and papers: bounded, shown to who sees the record, kept."""

from base64 import b64encode
from collections.abc import Iterator
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from tests.make.access import make_actor
from tests.make.browsing import see, send
from tests.make.desk import make_officer
from tests.make.volunteering import NOW, Street, make_approved, make_confirmed, make_street
from tests.make.volunteers import make_stranger
from timebank.kernel import clock
from timebank.trail.errors import FileKindError
from timebank.volunteering.errors import exhibits as errors
from timebank.volunteering.errors.records import RecordNotFoundError
from timebank.volunteering.queries import exhibits as reads
from timebank.volunteering.rules.exhibits import AT_ONCE_MAX, EXHIBITS_MAX, Paper
from timebank.volunteering.service import disputes, exhibits, review

PDF = b"%PDF-1.4 signed slip"


@pytest.fixture(autouse=True)
def _evening() -> Iterator[None]:
    with clock.fixed_at(NOW):
        yield


def _photo() -> bytes:
    drawn = BytesIO()
    Image.new("RGB", (8, 8), "red").save(drawn, "PNG")
    return drawn.getvalue()


def _rejected(session: Session, street: Street) -> int:
    record_id = make_confirmed(session, street)
    review.reject_service(session, actor=street.officer, record_id=record_id, reason="时间对不上")
    return record_id


def test_a_record_under_review_takes_papers_and_shows_them_to_who_sees_it(
    session: Session,
) -> None:
    street = make_street(session)
    record_id = make_confirmed(session, street)
    papers = [Paper("签字单.png", _photo()), Paper("说明.pdf", PDF)]

    exhibits.hand_in(session, actor=street.volunteer, record_id=record_id, papers=papers)

    found = reads.of_record(session, record_id)
    assert [(one.number, one.name, one.media_type) for one in found] == [
        (1, "签字单.png", "image/jpeg"),
        (2, "说明.pdf", "application/pdf"),
    ]
    assert found[0].actor_name == street.volunteer.name
    for actor in (street.volunteer, street.elder, street.officer):
        exhibit_id = found[1].id
        seen = reads.exhibit_for(session, actor=actor, record_id=record_id, exhibit_id=exhibit_id)
        assert seen.content == PDF
    neighbour = make_actor(
        session, community_id=street.community.id, roles=(("volunteer", "own", None),)
    )
    for outsider in (neighbour, make_stranger(session)):
        with pytest.raises(RecordNotFoundError):
            reads.exhibit_for(session, actor=outsider, record_id=record_id, exhibit_id=found[0].id)
        with pytest.raises(RecordNotFoundError):
            exhibits.hand_in(session, actor=outsider, record_id=record_id, papers=papers)


def test_papers_are_bounded_in_kind_and_number_and_closed_with_the_record(
    session: Session,
) -> None:
    street = make_street(session)
    record_id = make_confirmed(session, street)
    me = street.volunteer

    for papers, refusal in (
        ([], errors.ExhibitMissingError),
        ([Paper("表.csv", b"a,b\n1,2\n")], FileKindError),
        ([Paper("一.pdf", PDF)] * (AT_ONCE_MAX + 1), errors.TooManyAtOnceError),
    ):
        with pytest.raises(refusal), session.begin_nested():
            exhibits.hand_in(session, actor=me, record_id=record_id, papers=papers)
    for _ in range(EXHIBITS_MAX // AT_ONCE_MAX):
        four = [Paper("一.pdf", PDF)] * AT_ONCE_MAX
        exhibits.hand_in(session, actor=me, record_id=record_id, papers=four)
    with pytest.raises(errors.ExhibitsFullError):
        exhibits.hand_in(session, actor=me, record_id=record_id, papers=[Paper("一.pdf", PDF)])
    with pytest.raises(IntegrityError, match="number_in_bounds"), session.begin_nested():
        session.execute(
            text(
                "INSERT INTO record_exhibit (community_id, record_id, file_id, number, at,"
                " actor_name) SELECT community_id, record_id, file_id, 13, at, actor_name"
                " FROM record_exhibit WHERE number = 1"
            )
        )
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text("DELETE FROM record_exhibit"))
    approved = make_approved(session, street, start="13:00", end="14:00")
    with pytest.raises(errors.ExhibitsClosedError):
        exhibits.hand_in(session, actor=me, record_id=approved, papers=[Paper("一.pdf", PDF)])


def test_an_appeal_carries_papers_that_the_judge_opens_and_belong_to_it(
    session: Session,
) -> None:
    street = make_street(session)
    record_id = _rejected(session, street)
    dispute_id = disputes.appeal(
        session,
        actor=street.volunteer,
        record_id=record_id,
        words="签字单在这里",
        papers=[Paper("签字单.pdf", PDF)],
    )
    judge = make_officer(session, street)

    (paper,) = reads.of_record(session, record_id)
    assert paper.dispute_id == dispute_id
    seen = reads.exhibit_for(session, actor=judge, record_id=record_id, exhibit_id=paper.id)
    assert seen.name == "签字单.pdf"
    other_id = make_confirmed(session, street, start="13:00", end="14:00")
    with pytest.raises(IntegrityError, match="exhibit_elsewhere"), session.begin_nested():
        session.execute(
            text(
                "INSERT INTO record_exhibit (community_id, record_id, dispute_id, file_id, number,"
                " at, actor_name) SELECT community_id, :other, dispute_id, file_id, 1, at,"
                " actor_name FROM record_exhibit"
            ),
            {"other": other_id},
        )


def test_papers_are_handed_in_and_opened_on_the_pages(
    client: FlaskClient, session: Session
) -> None:
    street = make_street(session)
    record_id = _rejected(session, street)
    url = f"/records/{record_id}"

    answer = send(
        client, session, street.volunteer, f"{url}/appeal",
        words="有签字单", papers=(BytesIO(_photo()), "签字单.png"),
    )  # fmt: skip
    assert answer.status_code == 303
    answer = send(
        client, session, street.volunteer, f"{url}/exhibits", papers=(BytesIO(PDF), "说明.pdf")
    )
    assert answer.status_code == 303
    refused = send(client, session, street.volunteer, f"{url}/exhibits", words="忘了选")
    assert refused.status_code == 422
    page = see(client, session, street.volunteer, url)
    assert "签字单.png" in page
    assert "说明.pdf" in page
    first, second = reads.of_record(session, record_id)
    judge = make_officer(session, street)
    assert "说明.pdf" in see(client, session, judge, f"/disputes/{first.dispute_id}")
    shown = client.get(f"{url}/exhibits/{first.id}")
    assert shown.mimetype == "image/jpeg"
    kept = client.get(f"{url}/exhibits/{second.id}")
    assert kept.headers["Content-Disposition"].startswith("attachment")
    assert b64encode(kept.data) == b64encode(PDF)
