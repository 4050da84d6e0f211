"""Hours from an older system: brought by one with evidence, booked by another, once."""

import io
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import pytest
import xlsxwriter
from flask.testing import FlaskClient
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make.access import log_in, make_actor
from tests.make.community import make_community, make_kin
from tests.make.policy import make_policy, make_second_admin
from tests.make.volunteering import DAY, NOW, Street, make_street
from timebank.community.rules import KinshipKind
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor
from timebank.kernel.errors import DomainError
from timebank.ledger.models.tables import Entry
from timebank.reports.queries import balance
from timebank.reports.rules.figures import Places, period
from timebank.volunteering import verify
from timebank.volunteering.errors import brought as errors
from timebank.volunteering.errors.merging import DecidesForOwnError, DecidesOwnProposalError
from timebank.volunteering.errors.presence import RowNameDiffersError
from timebank.volunteering.errors.records import CardNotFoundError, ReasonMissingError
from timebank.volunteering.models.brought import (
    BroughtBatch,
    BroughtEntry,
    BroughtLine,
    BroughtReturn,
    BroughtSource,
)
from timebank.volunteering.queries import brought as queries
from timebank.volunteering.queries import members, passbook
from timebank.volunteering.rules import brought as rules
from timebank.volunteering.rules.policy import Policy
from timebank.volunteering.service import brought as verbs
from timebank.volunteering.service import brought_sources

HEAD = ("卡号", "姓名", "分钟", "存入日期", "旧编号", "限定")
GOOD = (
    ("JL-00001", "周秀兰", "1200", "2024-05-01", "A-1", ""),
    ("JL-00001", "周秀兰", "300", "2025年1月2日", "A-2", "只能捐"),
    ("JL-00002", "孙桂英", "90", "2026-11-01", "A-3", "可用"),
)


@pytest.fixture(autouse=True)
def _evening() -> Iterator[None]:
    with clock.fixed_at(NOW):
        yield


@pytest.fixture
def street(session: Session) -> Street:
    """A street whose two members have cards."""
    made = make_street(session)
    made.volunteer_person.card_no, made.elder_person.card_no = "JL-00001", "JL-00002"
    session.flush()
    for name in ("老时间银行", "Paper Book 另一个"):
        brought_sources.add_source(session, actor=made.admin, name=name)
    return made


def _file(*rows: Sequence[str]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        page = book.add_worksheet()
        for at, row in enumerate((HEAD, *rows)):
            page.write_row(at, 0, row)
    return buffer.getvalue()


def _bring(session: Session, actor: Actor, *rows: Sequence[str], **more: Any) -> verbs.Staged:
    told: dict[str, Any] = {
        "key": ids.new_id(),
        "source": "老时间银行",
        "evidence": "盖章的余额表 2026-11",
        "content": _file(*(rows or GOOD)),
        "file_name": "余额.xlsx",
    }
    return verbs.bring_list(session, actor=actor, **(told | more))


def _kept(session: Session, actor: Actor, *rows: Sequence[str], **more: Any) -> int:
    done = _bring(session, actor, *rows, **more)
    assert done.batch_id is not None, [type(one.refusal) for one in done.problems]
    return done.batch_id


def _balances(session: Session, street: Street) -> tuple[int, int, int]:
    """The volunteer's own and donation-only minutes, and the elder's own."""
    of = {"community_id": street.community.id}
    zhou, sun = street.volunteer_person.id, street.elder_person.id
    return (
        passbook.balance(session, **of, person_id=zhou).posted,
        passbook.donation_balance(session, **of, person_id=zhou).posted,
        passbook.balance(session, **of, person_id=sun).posted,
    )


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("0", errors.BroughtMinutesError),
        ("1.5", errors.BroughtMinutesError),
        ("-3", errors.BroughtMinutesError),
        ("六十", errors.BroughtMinutesError),
        ("600001", errors.BroughtMinutesError),
    ],
)
def test_minutes_are_whole_and_bounded(text: str, refusal: type[DomainError]) -> None:
    assert rules.minutes_of("1,200") == 1200
    with pytest.raises(refusal):
        rules.minutes_of(text)


def test_what_would_be_over_by_the_term_in_force_is_not_brought() -> None:
    today = date(2026, 11, 18)
    assert rules.day_of("2024-11-19", today=today, months=24) == date(2024, 11, 19)
    assert rules.day_of("1995/1/1", today=today, months=None) == date(1995, 1, 1)
    with pytest.raises(errors.BroughtExpiredError):
        rules.day_of("2024-11-18", today=today, months=24)
    for text in ("", "昨天", "2026-11-19", "1989-12-31", "2026-02-30"):
        with pytest.raises(errors.BroughtDayError):
            rules.day_of(text, today=today, months=None)


def test_one_brings_and_another_books_each_row_as_an_entry(
    session: Session, street: Street
) -> None:
    batch_id = _kept(session, street.admin)
    assert _balances(session, street) == (0, 0, 0)
    with pytest.raises(DecidesOwnProposalError):
        verbs.book_list(session, actor=street.admin, batch_id=batch_id)

    verbs.book_list(session, actor=make_second_admin(session, street), batch_id=batch_id)

    assert _balances(session, street) == (1200, 300, 90)
    entries = session.scalars(select(Entry).where(Entry.kind == verbs.KIND)).all()
    assert {(one.effective_on, one.lots_on) for one in entries} == {(DAY, None)}
    assert members.earned_minutes(session, street.volunteer_person.id) == 1200
    view = queries.batch(session, community_id=street.community.id, batch_id=batch_id)
    assert (view.state, view.rows, view.minutes) == ("booked", 3, 1590)
    with pytest.raises(errors.BroughtDecidedError):
        verbs.book_list(session, actor=street.admin, batch_id=batch_id)
    assert list(verify.findings(session)) == []


def test_the_books_say_from_where_they_came_and_still_agree(
    session: Session, street: Street
) -> None:
    batch_id = _kept(session, street.admin)
    verbs.book_list(session, actor=make_second_admin(session, street), batch_id=batch_id)
    places = Places(street.community.id, is_whole=True, sees_people=True)

    found = balance.books(session, places=places, period=period(DAY, first=None, last=None))

    assert found.of(queries.BROUGHT).standing == 1590
    assert found.of("issuance").standing == 0
    assert all(one.is_right for one in found.checks)


def test_a_number_of_the_older_system_is_booked_once(session: Session, street: Street) -> None:
    second = make_second_admin(session, street)
    first, again = _kept(session, street.admin), _kept(session, street.admin)
    verbs.book_list(session, actor=second, batch_id=first)

    with pytest.raises(errors.BroughtBeforeError), session.begin_nested():
        verbs.book_list(session, actor=second, batch_id=again)
    (problem, *_rest) = _bring(session, street.admin).problems
    assert isinstance(problem.refusal, errors.BroughtBeforeError)
    other = _kept(session, street.admin, source="Paper Book 另一个")
    (line, *_) = queries.lines(session, other).items
    assert line.before_minutes == 1500
    assert _balances(session, street) == (1200, 300, 90)


@pytest.mark.parametrize(
    "spelled", ["paper book 另一个", " Ｐaper　BOOK　另一个 ", "Paper-Book（另一个）"]
)
def test_a_source_has_one_spelling_however_it_is_written(
    session: Session, street: Street, spelled: str
) -> None:
    second = make_second_admin(session, street)
    verbs.book_list(
        session,
        actor=second,
        batch_id=_kept(session, street.admin, GOOD[0], source="Paper Book 另一个"),
    )

    again = _bring(
        session,
        street.admin,
        ("JL-00001", "周秀兰", "1", "2024-05-01", " ａ-1 ", ""),
        source=spelled,
    )

    (problem,) = again.problems
    assert isinstance(problem.refusal, errors.BroughtBeforeError)
    kept = _kept(session, street.admin, GOOD[1], source=spelled)
    view = queries.batch(session, community_id=street.community.id, batch_id=kept)
    assert view.source == "Paper Book 另一个"
    with pytest.raises(errors.BroughtSourceKnownError):
        brought_sources.add_source(session, actor=street.admin, name=spelled)


def test_lists_come_only_from_sources_that_were_added(session: Session, street: Street) -> None:
    with pytest.raises(errors.BroughtSourceError):
        _bring(session, street.admin, source="街道旧系统")
    for blank in (" ", "——"):
        with pytest.raises((errors.BroughtSourceNameError, ReasonMissingError)):
            _bring(session, street.admin, source=blank)
    with pytest.raises(errors.BroughtSourceNameError):
        brought_sources.add_source(session, actor=street.admin, name="——")

    assert session.scalars(select(BroughtBatch)).all() == []
    stray = dict.fromkeys(("name", "key"), "街道旧系统") | {
        "community_id": street.community.id,
        "added_at": NOW,
        "added_by_name": "",
    }
    session.execute(insert(BroughtSource).values(stray))
    _refused(session, insert(BroughtSource).values({**stray, "name": "街道-旧系统"}), "(?i)unique")
    _refused(session, update(BroughtSource).values(key="x"), "append-only|permission denied")
    assert queries.sources(session, street.community.id)[-1] == "街道旧系统"


def test_a_community_has_its_own_sources_and_not_too_many(
    session: Session, street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_actor(session, community_id=make_community(session, code="ZZ").id)
    assert queries.sources(session, other.community_id) == []
    brought_sources.add_source(session, actor=other, name="老时间银行")
    monkeypatch.setattr(rules, "SOURCES_MAX", 2)
    with pytest.raises(errors.BroughtSourcesFullError):
        brought_sources.add_source(session, actor=street.admin, name="第三个")


def test_one_wrong_row_and_nothing_is_kept_with_the_reason_of_each(
    session: Session, street: Street
) -> None:
    make_policy(session, street, Policy(expiry_months=24))
    street.elder_person.is_active = False
    session.flush()

    done = _bring(
        session,
        street.admin,
        ("JL-00009", "周秀兰", "60", "2026-01-01", "B-1", ""),
        ("JL-00001", "周秀花", "60", "2026-01-01", "B-2", ""),
        ("JL-00001", "周秀兰", "", "2026-01-01", "B-3", ""),
        ("JL-00001", "周秀兰", "60", "2020-01-01", "B-4", ""),
        ("JL-00001", "周秀兰", "60", "2026-01-01", "B-4", ""),
        ("JL-00001", "周秀兰", "60", "2026-01-01", "B-5", "随便"),
        ("JL-00002", "孙桂英", "60", "2026-01-01", "B-6", ""),
    )

    assert [(one.number, type(one.refusal)) for one in done.problems] == [
        (2, CardNotFoundError),
        (3, RowNameDiffersError),
        (4, errors.BroughtMinutesError),
        (5, errors.BroughtExpiredError),
        (6, errors.BroughtReferenceError),
        (7, errors.BroughtKeptError),
        (8, errors.BroughtFrozenError),
    ]
    assert session.scalars(select(BroughtBatch)).all() == []
    with pytest.raises(ReasonMissingError):
        _bring(session, street.admin, evidence=" ")


def test_nobody_brings_or_books_their_own_or_their_kins(session: Session, street: Street) -> None:
    make_kin(
        session,
        person=street.elder_person,
        relative=street.volunteer_person,
        kind=KinshipKind.CHILD,
        verified_on=DAY,
    )
    community_id = street.community.id
    near = make_actor(session, community_id=community_id, person_id=street.elder_person.id)
    for row in (GOOD[0], GOOD[2]):
        with pytest.raises(DecidesForOwnError):
            _bring(session, near, row)
    batch_id = _kept(session, street.admin)
    with pytest.raises(DecidesForOwnError):
        verbs.book_list(session, actor=near, batch_id=batch_id)
    assert _balances(session, street) == (0, 0, 0)


def test_who_left_meanwhile_stops_the_list_and_it_is_refused_with_a_reason(
    session: Session, street: Street
) -> None:
    batch_id = _kept(session, street.admin)
    street.elder_person.is_active = False
    session.flush()
    with pytest.raises(errors.BroughtFrozenError):
        verbs.book_list(session, actor=make_second_admin(session, street), batch_id=batch_id)
    with pytest.raises(ReasonMissingError):
        verbs.refuse_list(session, actor=street.admin, batch_id=batch_id, reason=" ")

    verbs.refuse_list(session, actor=street.admin, batch_id=batch_id, reason="有人搬走了")

    view = queries.batch(session, community_id=street.community.id, batch_id=batch_id)
    assert (view.state, view.reason) == ("refused", "有人搬走了")
    assert _balances(session, street) == (0, 0, 0)


def test_a_wrong_row_is_taken_back_once_and_the_others_stay(
    session: Session, street: Street
) -> None:
    second = make_second_admin(session, street)
    batch_id = _kept(session, street.admin)
    line, *_rest = queries.lines(session, batch_id).items

    def back() -> None:
        verbs.return_row(
            session,
            actor=second,
            key=ids.new_id(),
            batch_id=batch_id,
            line_id=line.id,
            reason="写错了人",
        )

    with pytest.raises(errors.BroughtRowError):
        back()
    verbs.book_list(session, actor=second, batch_id=batch_id)
    back()

    assert _balances(session, street) == (0, 300, 90)
    assert members.earned_minutes(session, street.volunteer_person.id) == 0
    assert queries.lines(session, batch_id).items[0].returned_reason == "写错了人"
    with pytest.raises(errors.BroughtRowError):
        back()
    assert list(verify.findings(session)) == []


def _refused(session: Session, statement: Any, name: str) -> None:
    with pytest.raises(DBAPIError, match=name), session.begin_nested():
        session.execute(statement)


def test_the_database_keeps_lists_rows_and_the_second_hand(
    session: Session, street: Street
) -> None:
    batch_id = _kept(session, street.admin)
    batch = update(BroughtBatch).where(BroughtBatch.id == batch_id)
    booked = {"state": "booked", "decided_at": NOW, "decided_by_user_id": street.admin.user_id}
    _refused(session, batch.values(booked), "booked_by_second")
    _refused(session, batch.values(minutes=9999), "brought_batch_told")
    _refused(session, delete(BroughtBatch), "brought_batch_kept|permission denied")
    _refused(session, update(BroughtLine).values(minutes=1), "append-only|permission denied")
    line = session.scalars(select(BroughtLine)).first()
    assert line is not None
    entry = {
        "community_id": street.community.id,
        "line_id": line.id,
        "source": "老时间银行",
        "reference": line.reference,
        "entry_id": ids.new_id(),
    }
    _refused(session, insert(BroughtEntry).values(entry), "brought_entry_astray")
    verbs.book_list(session, actor=make_second_admin(session, street), batch_id=batch_id)
    _refused(session, batch.values(reason="x"), "brought_batch_decided")
    copied = {
        c.name: getattr(line, c.name) for c in BroughtLine.__table__.columns if c.name != "id"
    }
    _refused(session, insert(BroughtLine).values({**copied, "reference": "Z"}), "brought_line_late")
    wrong = {
        "community_id": street.community.id,
        "line_id": line.id,
        "reversal_id": session.scalars(select(BroughtEntry.entry_id)).first(),
        "reason": "x",
        "returned_at": NOW,
        "returned_by_name": "",
    }
    _refused(session, insert(BroughtReturn).values(wrong), "brought_return_astray")


def test_staff_bring_look_and_book_by_pages_and_programs(
    client: FlaskClient, session: Session, street: Street
) -> None:
    second = make_second_admin(session, street)
    auditor = make_actor(
        session, community_id=street.community.id, roles=(("auditor", "community", None),)
    )
    session.commit()
    log_in(client, session, street.admin)
    assert client.get("/brought-lists/template.xlsx").data[:2] == b"PK"

    def send(url: str, *rows: Sequence[str]) -> Any:
        form = {
            **({} if url.startswith("/api/") else {"_key": str(ids.new_id())}),
            "source": "老时间银行",
            "evidence": "盖章的余额表",
            "file": (io.BytesIO(_file(*rows)), "余额.xlsx"),
        }
        return client.post(url, data=form, content_type="multipart/form-data")

    wrong = send("/brought-lists/new", ("JL-00009", "周秀兰", "60", "2026-01-01", "B-1", ""))
    assert (wrong.status_code, "一行都没有收" in wrong.text) == (422, True)
    told = send("/api/v1/brought-lists", ("JL-00009", "周秀兰", "60", "2026-01-01", "B-1", ""))
    assert (told.status_code, told.get_json()["batch"]) == (200, None)
    assert told.get_json()["problems"][0]["number"] == 2
    kept = send("/brought-lists/new", *GOOD)
    assert kept.status_code == 303
    page = kept.location
    assert "另一位来核对" in client.get(page).text
    assert client.post(f"{page}/book", data={"_key": str(ids.new_id())}).status_code == 403

    added = {"_key": str(ids.new_id()), "name": "街道旧系统"}
    assert client.post("/brought-lists/sources", data=added).status_code == 303
    assert "街道旧系统" in client.get("/brought-lists").text
    twice = {"_key": str(ids.new_id()), "name": " 街道 旧系统"}
    again = client.post("/brought-lists/sources", data=twice)
    assert (again.status_code, "同一个来源只用一种写法" in again.text) == (409, True)
    assert '<option value="街道旧系统"' in client.get("/brought-lists/new").text
    names = client.get("/api/v1/brought-sources").get_json()["names"]
    assert names == ["老时间银行", "Paper Book 另一个", "街道旧系统"]

    log_in(client, session, second)
    assert client.post(f"{page}/book", data={"_key": str(ids.new_id())}).status_code == 303
    rows = client.get(f"/api/v1{page}/rows").get_json()["items"]
    assert [one["minutes"] for one in rows] == [1200, 300, 90]
    gone = f"{page}/rows/{rows[0]['id']}/return"
    assert client.post(gone, data={"_key": str(ids.new_id()), "reason": ""}).status_code == 422
    assert client.post(gone, data={"_key": str(ids.new_id()), "reason": "错"}).status_code == 303
    assert "撤掉了：错" in client.get(page).text
    assert client.get("/api/v1/brought-lists").get_json()["items"][0]["state"] == "booked"
    log_in(client, session, auditor)
    assert client.get("/brought-lists").status_code == 200
    assert client.get("/brought-lists/new").status_code == 403
