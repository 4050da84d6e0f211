"""A roster as a file: handed out, filled in, read back; all rows or none."""

import io
from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest
import xlsxwriter
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.make.access import log_in
from tests.make.community import make_person
from tests.make.tasks import END, Team, join, listed, make_activity, make_team, taken
from tests.make.volunteering import NOW
from timebank.community.models import Person
from timebank.community.service.imports import sheet
from timebank.kernel import clock, ids
from timebank.volunteering.errors import presence as errors
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.rules.records import RecordState
from timebank.volunteering.service import roster_files

HEAD = ("卡号", "姓名", "来时", "走时")


@pytest.fixture(autouse=True)
def _after_it() -> Iterator[None]:
    with clock.fixed_at(END + timedelta(minutes=30)):
        yield


def _file(*rows: Sequence[str]) -> bytes:
    """A workbook with these rows under the head."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        page = book.add_worksheet()
        for at, row in enumerate((HEAD, *rows)):
            page.write_row(at, 0, row)
    return buffer.getvalue()


def _clinic(session: Session, *, places: int = 20) -> tuple[Team, int, list[Person]]:
    """A clinic with two on its list, and the persons of all three helpers."""
    with clock.fixed_at(NOW):
        team = make_team(session, count=3)
        task_id = make_activity(session, team.street, places=places)
    join(session, task_id, *team.helpers[:2])
    return team, task_id, [session.get_one(Person, one.person_id) for one in team.helpers]


def test_the_list_goes_out_and_comes_back_with_who_came_and_when(session: Session) -> None:
    team, task_id, people = _clinic(session)
    officer = team.street.officer
    out = roster_files.roster_file(session, actor=officer, task_id=task_id)
    lines = sheet.read(out, columns=roster_files.COLUMNS).lines
    assert [(line.text("card"), line.text("started")) for line in lines] == [
        (people[0].card_no, "10:00"),
        (people[1].card_no, "10:00"),
    ]

    content = _file(
        (str(people[0].card_no), people[0].name, "", ""),
        (str(people[2].card_no).lower(), people[2].name, "10:15", "11:45"),
    )
    outcome = roster_files.import_roster(session, actor=officer, task_id=task_id, content=content)

    assert (outcome.ticked, outcome.problems) == (2, ())
    found = {one.volunteer_id: one for one in session.query(ServiceRecord)}
    assert {one.state for one in found.values()} == {RecordState.CONFIRMED}
    assert [found[people[at].id].minutes for at in (0, 2)] == [120, 90]
    stands = listed(session, task_id)
    assert [stands[one.id] for one in people] == ["served", "accepted", "served"]
    assert taken(session, task_id) == 3


def test_one_wrong_row_and_nothing_is_recorded_with_the_reason_of_each(session: Session) -> None:
    team, task_id, people = _clinic(session)
    right = (str(people[0].card_no), people[0].name, "", "")
    pupil = make_person(
        session, community_id=team.street.community.id, name="小明",
        born_on=NOW.date().replace(year=2012),
    )  # fmt: skip
    content = _file(
        right,
        right,
        ("JL-99999", "没有", "", ""),
        (str(people[1].card_no), "别人", "", ""),
        (str(people[2].card_no), people[2].name, "二点", ""),
        (str(pupil.card_no), pupil.name, "", ""),
    )

    outcome = roster_files.import_roster(
        session, actor=team.street.officer, task_id=task_id, content=content
    )

    assert outcome.ticked == 0
    assert [(one.number, one.refusal.code) for one in outcome.problems] == [
        (3, "roster_row_twice"),
        (4, "card_not_found"),
        (5, "roster_row_name_differs"),
        (6, "roster_row_time_unreadable"),
        (7, "guardian_consent_missing"),
    ]
    assert session.query(ServiceRecord).count() == 0
    assert taken(session, task_id) == 2


def test_more_people_than_places_are_refused_and_others_staff_too(session: Session) -> None:
    team, task_id, people = _clinic(session, places=2)
    content = _file((str(people[2].card_no), people[2].name, "", ""))

    outcome = roster_files.import_roster(
        session, actor=team.street.officer, task_id=task_id, content=content
    )

    assert [one.refusal.code for one in outcome.problems] == ["roster_overfull"]
    with pytest.raises(errors.NotStaffHereError):
        roster_files.import_roster(session, actor=team.helpers[0], task_id=task_id, content=content)


def test_the_page_hands_the_file_out_and_says_which_row_is_wrong(
    client: FlaskClient, session: Session
) -> None:
    team, task_id, people = _clinic(session)
    log_in(client, session, team.street.officer)
    assert client.get(f"/tasks/{task_id}/roster.xlsx").data[:2] == b"PK"

    def send(content: bytes) -> tuple[int, str]:
        answer = client.post(
            f"/tasks/{task_id}/roster-file",
            data={"_key": str(ids.new_id()), "file": (io.BytesIO(content), "名单.xlsx")},
        )
        return answer.status_code, answer.text

    assert send(b"")[0] == 422
    status, page = send(_file((str(people[0].card_no), "别人", "", "")))
    assert status == 422
    assert "第 2 行 别人" in page
    assert send(_file((str(people[0].card_no), people[0].name, "", "")))[0] == 303
    assert session.query(ServiceRecord).count() == 1
