"""A member takes home all that is kept about them: whole, without others' data, once a day."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tests.make.access import log_in, make_actor
from tests.make.volunteering import DAY, NOW, Street, make_approved, make_facts, make_street
from timebank.kernel import clock, ids
from timebank.kernel.db import Base
from timebank.reports.errors import NoOwnDataError, OwnDataTakenError
from timebank.reports.models import OwnDataCopy
from timebank.reports.queries import own_data as queries
from timebank.reports.rules.own_data import LEFT_OUT, OWN, OWN_WORDS, is_others, masked
from timebank.reports.service import own_data as verbs
from timebank.reports.service.own_data import Words
from timebank.trail.models import TrailEvent
from timebank.volunteering.service import records

WORDS = Words(
    "statement.csv", ["day", "for", "what", "minutes", "left"], {"own": "own", "donation": "gift"}
)


@pytest.fixture(autouse=True)
def _evening() -> Iterator[None]:
    with clock.fixed_at(NOW):
        yield


@pytest.fixture
def street(session: Session) -> Street:
    made = make_street(session)
    made.volunteer_person.address = "灵山路 7 号楼 301"
    made.elder_person.address = "灵山路 9 号楼 102"
    make_approved(session, made)
    return made


def _opened(content: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(content))


def test_every_table_in_which_a_person_stands_is_handed_over_or_left_out_for_a_reason() -> None:
    tables = Base.metadata.tables
    standing = {
        table.name
        for table in tables.values()
        for column in table.columns
        for key in column.foreign_keys
        if key.target_fullname == "person.id"
    }
    standing |= {
        table.name
        for table in tables.values()
        for key in table.foreign_key_constraints
        if key.referred_table.name == "person"
    }
    assert standing - {"own_data_copy"} == OWN.keys() | LEFT_OUT.keys()
    assert not OWN.keys() & LEFT_OUT.keys()
    assert all(name in tables[table].columns for table, own in OWN.items() for name in own)


def test_no_secret_is_handed_over() -> None:
    told = {
        (table, column.name)
        for table, own in OWN.items()
        for column in Base.metadata.tables[table].columns
        if queries.is_told(column, own)
    }
    for word in ("hash", "digest", "token", "secret", "pin", "_index"):
        assert [one for one in told if word in one[1]] == []
    assert ("member_card", "card_no") in told
    assert {("person_look", "address"), ("message", "code")}.isdisjoint(told)


def test_the_copy_holds_the_rows_about_the_member_and_nobody_else(
    session: Session, street: Street
) -> None:
    with _opened(verbs.take_copy(session, actor=street.volunteer, words=WORDS)) as archive:
        data = json.loads(archive.read("data.json"))
        lines = list(csv.reader(io.StringIO(archive.read("statement.csv").decode("utf-8-sig"))))
        names = set(archive.namelist())
        everything = "".join(archive.read(name).decode("utf-8-sig") for name in names)

    (record,) = data["service_record"]["rows"]
    assert (record["volunteer_id"], record["recipient_id"]) == ("me", "other")
    assert (record["minutes"], record["state"]) == (95, "approved")
    assert data["person"]["rows"][0]["address"] == "灵山路 7 号楼 301"
    assert data.keys() == {"person", *OWN}
    assert not any(one["there_is_more"] for one in data.values())
    assert lines[1][0] == f"{DAY}"
    minutes = str(record["credited_minutes"])
    assert [line[3:] for line in lines[1:]] == [[minutes, minutes]]
    assert {"csv/person.csv", "csv/service_record.csv"} <= names
    for other in ("灵山路 9 号楼 102", street.elder_person.name):
        assert other not in everything


def test_a_copy_is_taken_once_a_day_and_stands_in_the_trail(
    session: Session, street: Street
) -> None:
    verbs.take_copy(session, actor=street.volunteer, words=WORDS)
    with pytest.raises(OwnDataTakenError):
        verbs.take_copy(session, actor=street.volunteer, words=WORDS)
    verbs.take_copy(session, actor=street.elder, words=WORDS)
    with clock.fixed_at(NOW + timedelta(days=1)):
        verbs.take_copy(session, actor=street.volunteer, words=WORDS)
        assert queries.last_copy_on(session, street.volunteer_person.id) == DAY + timedelta(days=1)

    told = select(TrailEvent).where(TrailEvent.action == "reports.own_data_taken")
    assert len(session.scalars(told).all()) == 3
    copy = session.scalars(select(OwnDataCopy)).first()
    assert copy is not None
    again = OwnDataCopy(
        community_id=copy.community_id,
        person_id=copy.person_id,
        on_day=copy.on_day,
        taken_at=NOW,
    )
    with pytest.raises(IntegrityError), session.begin_nested():
        session.add(again)
    worker = make_actor(session, community_id=street.community.id)
    with pytest.raises(NoOwnDataError):
        verbs.take_copy(session, actor=worker, words=WORDS)


def test_what_others_wrote_names_no_other_resident_and_own_words_stay(
    session: Session, street: Street
) -> None:
    other = street.elder_person.name
    told = f"{other}说门锁了，打 13912345678 找她女儿"
    me = street.volunteer_person
    me.phone, me.phone_index, me.phone_tail_index = "13800001111", "one", "tail"
    written = ((street.volunteer, "13:00", "14:00", told),
               (street.admin, "14:00", "14:30", f"{told}，13800001111"))  # fmt: skip
    for writer, start, end, notes in written:
        facts = replace(make_facts(street, start=start, end=end), notes=notes)
        records.record_service(session, actor=writer, facts=facts, volunteer_id=me.id)

    found = {one.name: one for one in queries.sections(session, me.id)}

    by_day = [row["notes"] for row in found["service_record"].rows]
    assert by_day[:2] == [
        f"{other[0]}**说门锁了，打 139****5678 找她女儿，13800001111",
        told,
    ]
    assert found["person"].rows[0]["phone"] == "13800001111"


def test_words_are_masked_wherever_they_stand() -> None:
    told = {"name": "张小兰", "more": ["110101195001011234", 7]}
    assert masked(told, names={"张小兰", "张小"}, own=()) == {
        "name": "张**", "more": ["110****1234", 7],
    }  # fmt: skip
    own_words = {(table, name) for table, names in OWN_WORDS.items() for name in names}
    columns = {
        (table, column.name)
        for table in ("person", *OWN)
        for column in Base.metadata.tables[table].columns
    }
    assert own_words <= columns
    assert not is_others("service_record", "decided_by_name", is_writer=False)


def test_a_table_is_cut_at_its_bound_and_says_so(
    session: Session, street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_approved(session, street, start="13:00", end="14:00")
    monkeypatch.setattr(queries, "ROWS_MAX", 1)

    found = {one.name: one for one in queries.sections(session, street.volunteer_person.id)}

    assert (len(found["service_record"].rows), found["service_record"].is_cut) == (1, True)
    assert not found["person"].is_cut


def test_a_cell_is_never_a_formula(session: Session, street: Street) -> None:
    street.volunteer_person.name = "=HYPERLINK(1)"
    session.flush()
    with _opened(verbs.take_copy(session, actor=street.volunteer, words=WORDS)) as archive:
        assert "'=HYPERLINK" in archive.read("csv/person.csv").decode("utf-8-sig")


def test_a_member_downloads_it_from_the_own_page(
    client: FlaskClient, session: Session, street: Street
) -> None:
    session.commit()
    log_in(client, session, street.volunteer)
    assert "带走我的资料" in client.get("/me/profile").text
    assert "下载我的资料" in client.get("/me/data").text

    taken = client.post("/me/data", data={"_key": str(ids.new_id())})

    assert (taken.status_code, taken.mimetype) == (200, "application/zip")
    assert _opened(taken.data).testzip() is None
    page = client.get("/me/data").text
    assert "今天已经拿过一份了" in page
    assert "下载我的资料" not in page
    assert client.post("/me/data", data={"_key": str(ids.new_id())}).status_code == 409
