"""Services and activities: planned, signed up for, ticked, held, and summed over a year."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, time, timedelta
from functools import partial
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tests.make.access import log_in
from tests.make.outreach import NOW, TODAY, Ward, make_ward
from timebank.access.service import tokens
from timebank.community.errors import PersonNotFoundError
from timebank.kernel import clock
from timebank.kernel.ids import new_id
from timebank.notices.models.messages import Message
from timebank.outreach.errors import occasions as errors
from timebank.outreach.models.occasions import Occasion
from timebank.outreach.queries import occasions as queries
from timebank.outreach.queries.occasions import OccasionFilter
from timebank.outreach.rules.occasions import (
    Audience,
    GuestState,
    Line,
    OccasionKind,
    OccasionState,
    Outcome,
    Plan,
)
from timebank.outreach.service import helpers, reminding, year_file
from timebank.outreach.service import occasions as service
from timebank.volunteering.models.tasks import Task
from timebank.volunteering.service import books

CLINIC = Plan(
    OccasionKind.FREE_CLINIC, "春雨义诊", TODAY, line=Line.MEDICAL, audience=Audience.OLD, seats=1
)


@pytest.fixture
def ward(session: Session) -> Iterator[Ward]:
    """A community on the tenth of November."""
    with clock.fixed_at(NOW):
        yield make_ward(session)


def held(session: Session, ward: Ward, plan: Plan = CLINIC, **outcome: Any) -> int:
    made = service.plan_occasion(session, actor=ward.admin, plan=plan)
    service.hold(session, actor=ward.admin, occasion_id=made, outcome=Outcome(**outcome))
    return made


def test_an_officer_plans_in_their_grid_only(session: Session, ward: Ward) -> None:
    plan = partial(service.plan_occasion, session, actor=ward.officer)

    plan(plan=replace(CLINIC, micro_grid_id=ward.units[0].id))
    for wrong, other in (
        (errors.OccasionPlaceError, {}),
        (errors.OccasionPlaceError, {"micro_grid_id": ward.far_unit.id}),
        (errors.OccasionPastError, {"on_day": TODAY - timedelta(1)}),
        (errors.OccasionTaskError, {"micro_grid_id": ward.units[0].id, "task_id": 99999999}),
    ):
        with pytest.raises(wrong):
            plan(plan=replace(CLINIC, **other))


def test_seats_are_given_once_and_given_back(session: Session, ward: Ward) -> None:
    made = service.plan_occasion(session, actor=ward.admin, plan=CLINIC)
    mine = partial(service.sign_up, session, occasion_id=made)

    mine(actor=ward.resident)
    with pytest.raises(errors.GuestKnownError):
        mine(actor=ward.resident)
    with pytest.raises(errors.OccasionFullError):
        mine(actor=ward.admin, person_id=ward.far_elder.id)
    service.withdraw(session, actor=ward.resident, occasion_id=made)
    with pytest.raises(errors.GuestNotFoundError):
        service.withdraw(session, actor=ward.resident, occasion_id=made)
    mine(actor=ward.admin, person_id=ward.far_elder.id)
    with pytest.raises(errors.OccasionFullError):
        mine(actor=ward.resident)
    with pytest.raises(PersonNotFoundError):
        mine(actor=ward.admin)
    guard = replace(CLINIC, kind=OccasionKind.SCHOOL_GUARD)
    closed = service.plan_occasion(session, actor=ward.admin, plan=guard)
    with pytest.raises(errors.OccasionClosedError):
        service.sign_up(session, actor=ward.resident, occasion_id=closed)


def test_who_was_ticked_and_who_walked_in_are_counted(session: Session, ward: Ward) -> None:
    plan = replace(CLINIC, seats=None)
    made = service.plan_occasion(session, actor=ward.admin, plan=plan)
    first = service.sign_up(session, actor=ward.resident, occasion_id=made)
    service.sign_up(session, actor=ward.admin, occasion_id=made, person_id=ward.far_elder.id)
    tick = partial(service.tick, session, actor=ward.admin, occasion_id=made, guest_id=first)

    tick(has_come=False)
    tick(has_come=True)
    hold = partial(service.hold, session, actor=ward.admin, occasion_id=made)
    hold(outcome=Outcome(walk_in_count=5, report="来的人多"))
    found = queries.occasion(session, actor=ward.admin, occasion_id=made)
    assert found.about.attended_count == 6
    assert [one.state for one in found.guests] == [GuestState.ATTENDED, GuestState.ABSENT]
    for act in (partial(tick, has_come=True), partial(hold, outcome=Outcome())):
        with pytest.raises(errors.OccasionSettledError):
            act()
    with pytest.raises(errors.OccasionClosedError):
        service.withdraw(session, actor=ward.resident, occasion_id=made)
    assert queries.occasion(session, actor=ward.auditor, occasion_id=made).guests == []


def test_what_is_to_come_is_not_held_yet(session: Session, ward: Ward) -> None:
    plan = replace(CLINIC, on_day=TODAY + timedelta(1))
    made = service.plan_occasion(session, actor=ward.admin, plan=plan)

    with pytest.raises(errors.OccasionEarlyError):
        service.hold(session, actor=ward.admin, occasion_id=made, outcome=Outcome())
    cancel = partial(service.cancel_occasion, session, actor=ward.admin, occasion_id=made)
    with pytest.raises(errors.OccasionReasonMissingError):
        cancel(reason="")
    cancel(reason="下大雨")
    with pytest.raises(errors.OccasionSettledError):
        cancel(reason="下大雨")


def test_each_kind_has_facts_of_its_own(session: Session, ward: Ward) -> None:
    tomorrow = TODAY + timedelta(1)
    hazard = replace(CLINIC, kind=OccasionKind.HAZARD_CHECK)
    talk = replace(CLINIC, kind=OccasionKind.MEDIATION)

    for wrong, plan, facts in (
        (errors.OutcomeMisplacedError, CLINIC, {"copy_count": 3}),
        (errors.OutcomeMisplacedError, talk, {"hazard": "电线", "recheck_on": tomorrow}),
        (errors.RecheckMissingError, hazard, {"hazard": "电线"}),
        (errors.RecheckMissingError, hazard, {"recheck_on": tomorrow}),
        (errors.RecheckMissingError, hazard, {"hazard": "电线", "recheck_on": TODAY}),
        (errors.PartiesMissingError, talk, {"agreement": "各让一步"}),
    ):
        with pytest.raises(wrong):
            held(session, ward, plan, **facts)
    made = held(session, ward, talk, parties="501 和 401", agreement="501 修水管")
    raw = session.execute(
        text("SELECT parties, agreement FROM occasion WHERE id = :id"), {"id": made}
    )
    assert "501" not in str(raw.one())
    assert queries.occasion(session, actor=ward.auditor, occasion_id=made).outcome.parties == ""
    held(session, ward, replace(CLINIC, kind=OccasionKind.PUBLICITY), copy_count=80)
    check = replace(CLINIC, kind=OccasionKind.POPULATION_CHECK)
    held(session, ward, check, checked_count=12, found_count=3)


def test_a_hazard_waits_for_its_recheck(session: Session, ward: Ward) -> None:
    plan = replace(CLINIC, kind=OccasionKind.HAZARD_CHECK, micro_grid_id=ward.units[0].id)
    made = held(session, ward, plan, hazard="电线老化", recheck_on=TODAY + timedelta(3))
    waiting = OccasionFilter(needs_recheck=True)
    recheck = partial(service.recheck, session, actor=ward.admin, occasion_id=made)

    reminding.remind_everywhere(session, {})
    assert session.scalars(select(Message.code)).all() == []
    with clock.fixed_at(NOW + timedelta(days=4)):
        for _ in range(2):
            reminding.remind_everywhere(session, {})
        told = list(session.execute(select(Message.person_id, Message.code)).tuples())
        assert told == [(ward.officer_person.id, "outreach_hazard_due")]
        late = queries.occasions(session, actor=ward.admin, wanted=waiting).items
        assert [one.is_recheck_late for one in late] == [True]
        recheck(is_cleared=True)
    assert queries.occasions(session, actor=ward.admin, wanted=waiting).items == []
    with pytest.raises(errors.NothingToRecheckError):
        recheck(is_cleared=False)


def test_the_figures_of_a_year_are_the_rows_they_open_to(session: Session, ward: Ward) -> None:
    for number in range(5):
        held(session, ward, walk_in_count=number)
    held(session, ward, Plan(OccasionKind.CLEAN_UP, "整治菜地", TODAY), walk_in_count=9)
    service.plan_occasion(session, actor=ward.admin, plan=CLINIC)
    other = make_ward(session, code="LH")
    held(session, other)

    found = queries.year(session, actor=ward.admin, year=2026)

    assert found.total == 6
    shown = {one.key: (one.count, one.people) for one in (*found.lines, *found.kinds)}
    assert shown[Line.MEDICAL] == (5, 10)
    assert shown[OccasionKind.CLEAN_UP] == (1, 9)
    for name, tallies in (
        ("line", found.lines),
        ("audience", found.audiences),
        ("kind", found.kinds),
    ):
        for tally in tallies:
            wanted = OccasionFilter(
                year=2026,
                state=OccasionState.HELD,
                **{name: tally.key},  # type: ignore[arg-type]  # one of three
            )
            rows = queries.occasions(session, actor=ward.admin, wanted=wanted, limit=50).items
            assert len(rows) == tally.count
    assert queries.year(session, actor=ward.admin, year=2025).total == 0
    content = year_file.workbook(session, actor=ward.admin, year=2026, say=str)
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    assert len(book.get_sheet_by_index(1).to_python()) == 1 + 6


def test_the_list_goes_back_in_time_page_by_page(session: Session, ward: Ward) -> None:
    days = [TODAY + timedelta(number) for number in (2, 0, 1, 1)]
    for day in days:
        service.plan_occasion(session, actor=ward.admin, plan=replace(CLINIC, on_day=day))
    seen: list[date] = []
    cursor = None
    while True:
        page = queries.occasions(
            session, actor=ward.admin, wanted=OccasionFilter(), cursor=cursor, limit=1
        )
        seen += [one.on_day for one in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == sorted(days, reverse=True)


def test_others_occasions_are_not_found(session: Session, ward: Ward) -> None:
    made = service.plan_occasion(
        session, actor=ward.officer, plan=replace(CLINIC, micro_grid_id=ward.units[0].id)
    )
    other = make_ward(session, code="LH")

    for actor in (ward.far_officer, other.admin):
        with pytest.raises(errors.OccasionNotFoundError):
            service.hold(session, actor=actor, occasion_id=made, outcome=Outcome())
    for act in (queries.occasion, service.sign_up):
        with pytest.raises(errors.OccasionNotFoundError):
            act(session, actor=other.resident, occasion_id=made)


def test_the_database_refuses_what_the_verbs_refuse(session: Session, ward: Ward) -> None:
    made = service.plan_occasion(session, actor=ward.admin, plan=CLINIC)
    one = update(Occasion).where(Occasion.id == made)
    for values in (
        {"state": "held"},
        {"attended_count": 3},
        {"state": "cancelled"},
        {"copy_count": 3},
        {"seats": 0},
        {"is_cleared": True},
        {"recheck_on": TODAY},
        {"agreement": "各让一步"},
    ):
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(one.values(**values))


def test_an_activity_by_forms(session: Session, client: FlaskClient) -> None:
    ward = make_ward(session)
    session.commit()
    log_in(client, session, ward.admin)

    def send(path: str, **fields: object) -> Any:
        return client.post(path, data={"_key": str(new_id()), **fields}, follow_redirects=True)

    today = clock.today().isoformat()
    form = {"kind": "free_clinic", "title": "春雨义诊", "on_day": today, "audience": "old"}
    page = send("/occasions/new", **form, line="medical", seats=20)
    at = page.request.path
    assert send("/occasions/new", **(form | {"on_day": "2020-01-01"})).status_code == 422
    assert "孙秀英" in client.get(f"{at}?who=孙秀英").text
    assert "报上了" in send(f"{at}/guests", person_id=ward.elder.id).text
    guest = client.get(at).text.split("/guests/")[1].split("/", maxsplit=1)[0]
    assert "来了" in send(f"{at}/guests/{guest}/tick", has_come="true").text
    assert "办完了" in send(f"{at}/hold", walk_in_count=3, report="量血压").text
    assert "春雨义诊" in client.get("/occasions?line=medical&state=held").text
    assert "办了 1 次" in client.get("/occasions/year").text
    assert client.get("/occasions/year.xlsx").data[:2] == b"PK"
    talk = send("/occasions/new", **(form | {"kind": "mediation", "title": "漏水调解"}))
    at = talk.request.path
    send(f"{at}/hold", walk_in_count=2, parties="501 和 401", agreement="501 修水管")
    assert "501 修水管" in client.get(f"{at}/agreement").text
    hazard = send("/occasions/new", **(form | {"kind": "hazard_check", "title": "查电线"}))
    at = hazard.request.path
    later = (clock.today() + timedelta(3)).isoformat()
    assert "复查" in send(f"{at}/hold", walk_in_count=0, hazard="老化", recheck_on=later).text
    assert "没有了" in send(f"{at}/recheck", is_cleared="true").text
    class_ = send("/occasions/new", **(form | {"kind": "science", "title": "看星星"}))
    assert "看星星" in class_.text
    number = class_.request.path.split("/")[-1]
    log_in(client, session, ward.resident)
    assert "看星星" in client.get("/me/occasions").text
    assert "报上了" in send(f"/me/occasions/{number}/sign-up").text
    assert send(f"/me/occasions/{number}/sign-up").status_code == 409
    assert "退掉了" in send(f"/me/occasions/{number}/withdraw").text
    log_in(client, session, ward.admin)
    assert "取消了" in send(f"/occasions/{number}/cancel", reason="下雨").text


def test_programs_have_every_verb(session: Session, client: FlaskClient) -> None:
    ward = make_ward(session)
    made = [
        tokens.issue_token(session, actor=one, name="tests", scopes=sorted(one.permissions))
        for one in (ward.admin, ward.resident)
    ]
    session.commit()
    admin, resident = ({"Authorization": f"Bearer {one.secret}"} for one in made)

    def send(path: str, by: Any = admin, **body: object) -> Any:
        headers = {**by, "Idempotency-Key": str(new_id())}
        return client.post(f"/api/v1{path}", json=body, headers=headers)

    def get(path: str, by: dict[str, str] = admin) -> Any:
        return client.get(f"/api/v1{path}", headers=by).json

    today = clock.today()
    plan = {"kind": "hazard_check", "title": "查电线", "on_day": today.isoformat()}
    at = f"/occasions/{send('/occasions', **plan).json['id']}"
    later = (today + timedelta(3)).isoformat()
    assert send(f"{at}/hold", hazard="老化", recheck_on=later).json["about"]["state"] == "held"
    assert send(f"{at}/recheck", is_cleared=True).json["is_cleared"] is True
    at = f"/occasions/{send('/occasions', **(plan | {'kind': 'science'})).json['id']}"
    assert send(f"/me{at}/sign-up", by=resident).status_code == 201
    assert [one["is_coming"] for one in get("/me/occasions", by=resident)] == [True]
    assert send(f"/me{at}/withdraw", by=resident).status_code == 204
    guest = send(f"{at}/guests", person_id=ward.elder.id).json["id"]
    ticked = send(f"{at}/guests/{guest}/tick", has_come=True).json
    assert [one["state"] for one in ticked["guests"]] == ["attended"]
    assert send(f"{at}/cancel", reason="下雨").json["about"]["state"] == "cancelled"
    assert get(at)["cancel_reason"] == "下雨"
    assert len(get("/occasions?state=held")["items"]) == 1
    assert get("/occasions/year")["total"] == 1
    assert session.scalar(select(Occasion.id).limit(1)) is not None


def test_an_activity_asks_for_volunteers_once(session: Session, ward: Ward) -> None:
    kind_id = books.add_kind(session, actor=ward.admin, code="escort", name="陪护")
    plan = replace(CLINIC, on_day=TODAY, micro_grid_id=ward.units[0].id)
    made = service.plan_occasion(session, actor=ward.admin, plan=plan)
    ask = partial(
        helpers.ask_for_helpers,
        session,
        actor=ward.officer,
        occasion_id=made,
        kind_id=kind_id,
        begins=time(14),
        ends=time(16),
        places=3,
    )

    task_id = ask()
    task = session.get_one(Task, task_id)
    assert (task.activity, task.places, task.grid_id) == (CLINIC.title, 3, ward.units[0].grid_id)
    assert queries.occasion(session, actor=ward.admin, occasion_id=made).task_id == task_id
    with pytest.raises(errors.HelpersAskedError):
        ask()
    with pytest.raises(errors.OccasionNotFoundError):
        helpers.ask_for_helpers(
            session, actor=ward.far_officer, occasion_id=made, kind_id=kind_id,
            begins=time(14), ends=time(16), places=3,
        )  # fmt: skip
