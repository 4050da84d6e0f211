"""What is made public of money: frozen by one, released by another, never changed, checkable."""

import hashlib
import json
import uuid
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make.access import log_in
from tests.make.cofund import Office, make_office, make_project, spend
from timebank.cofund.errors import disclosures as errors
from timebank.cofund.queries import disclosures as reads
from timebank.cofund.rules import disclosures as rules
from timebank.cofund.rules.disclosures import DisclosureState, DisclosureView
from timebank.cofund.rules.payees import payee_shown
from timebank.cofund.rules.projects import ProjectState, ProjectView
from timebank.cofund.service import disclosures
from timebank.kernel import clock

NOW = clock.at_local(date(2026, 11, 28), datetime.min.time().replace(hour=9))


@pytest.fixture
def office(session: Session) -> Iterator[Office]:
    with clock.fixed_at(NOW):
        yield make_office(session)


@pytest.fixture
def project(session: Session, office: Office) -> ProjectView:
    return make_project(session, office, state=ProjectState.FUNDING, total_fen=1_000_000)


def frozen(session: Session, office: Office, project: ProjectView) -> DisclosureView:
    return disclosures.freeze(session, actor=office.finance, project_id=project.id)


def released(session: Session, office: Office, project: ProjectView) -> DisclosureView:
    made = frozen(session, office, project)
    return disclosures.decide(session, actor=office.admin, disclosure_id=made.id, is_released=True)


def test_a_payee_who_is_no_firm_is_told_by_the_surname() -> None:
    assert payee_shown("宏达棚架厂") == "宏达棚架厂"
    assert payee_shown("海滨市政工程公司") == "海滨市政工程公司"
    assert payee_shown("王建民") == "王**"
    assert payee_shown("张行") == "张**"
    assert payee_shown("") == ""


def test_a_change_names_the_row_and_what_it_was() -> None:
    then = {"whole": {"spent_fen": 5}, "parties": [{"name": "company", "received_fen": 1}]}
    now = {"whole": {"spent_fen": 5}, "parties": [{"name": "company", "received_fen": 3}]}
    assert [(one.name, one.then_fen, one.now_fen) for one in rules.changes(then, now)] == [
        ("company", 1, 3)
    ]
    assert rules.changes(then, then) == []
    gone = rules.changes(then, {"whole": {"spent_fen": 5}})
    assert [(one.then_fen, one.now_fen) for one in gone] == [(1, None)]


def test_the_digest_is_that_of_the_bytes_a_stranger_gets(
    session: Session, office: Office, project: ProjectView
) -> None:
    view = released(session, office, project)
    assert hashlib.sha256(rules.document(view)).hexdigest() == view.digest
    assert json.loads(rules.document(view))["seal"]["head"] == view.seal_head
    assert (view.is_intact, view.seal_number) == (True, 1)


def test_the_figures_are_those_of_the_postings_and_name_nobody(
    session: Session, office: Office, project: ProjectView
) -> None:
    spend(session, office, project.id, 200_000)
    facts = frozen(session, office, project).facts
    assert facts["whole"]["received_fen"] == 1_000_000
    assert facts["whole"]["spent_fen"] == 200_000
    assert [one["cash_fen"] for one in facts["months"]] == [800_000]
    assert sum(one["paid_fen"] for one in facts["lines"]) == 200_000
    assert facts["payments"][0]["payee"] == "宏达棚架厂"
    assert "九龙共富公司" not in json.dumps(facts, ensure_ascii=False)


def test_who_froze_it_does_not_release_it_and_nobody_decides_twice(
    session: Session, office: Office, project: ProjectView
) -> None:
    made = frozen(session, office, project)
    with pytest.raises(errors.OwnDisclosureError):
        disclosures.decide(session, actor=office.finance, disclosure_id=made.id, is_released=True)
    assert (
        reads.disclosure(session, disclosure_id=made.id, community_id=office.community_id).state
        is DisclosureState.WAITING
    )
    with pytest.raises(errors.DisclosureNotFoundError):
        reads.disclosure(session, disclosure_id=made.id)
    view = disclosures.decide(
        session, actor=office.other_finance, disclosure_id=made.id, is_released=True
    )
    assert (view.from_on, view.until_on) == (date(2026, 11, 28), date(2026, 12, 27))
    with pytest.raises(errors.DisclosureDecidedError):
        disclosures.decide(
            session, actor=office.admin, disclosure_id=made.id, is_released=False, reason="晚了"
        )


def test_a_later_version_supersedes_and_both_stay_readable(
    session: Session, office: Office, project: ProjectView
) -> None:
    first = released(session, office, project)
    spend(session, office, project.id, 100_000)
    told = {(one.section, one.what) for one in reads.changes_since(session, first)}
    assert ("whole", "spent_fen") in told
    stale = frozen(session, office, project)
    second = frozen(session, office, project)
    with pytest.raises(errors.DisclosureOutdatedError):
        disclosures.decide(session, actor=office.admin, disclosure_id=stale.id, is_released=True)
    disclosures.decide(session, actor=office.admin, disclosure_id=second.id, is_released=True)
    old = reads.disclosure(session, disclosure_id=first.id)
    new = reads.disclosure(session, disclosure_id=second.id)
    assert old.superseded_by is not None
    assert (old.superseded_by.number, old.facts) == (new.number, first.facts)
    assert (new.version, new.superseded_by, reads.changes_since(session, new)) == (3, None, [])
    assert [one.version for one in reads.versions_of(session, old)] == [3, 1]


def test_what_is_sent_back_says_why_and_stays_hidden(
    session: Session, office: Office, project: ProjectView
) -> None:
    made = frozen(session, office, project)
    view = disclosures.decide(
        session, actor=office.admin, disclosure_id=made.id, is_released=False, reason="用途写了房号"
    )
    assert (view.state, view.reason) == (DisclosureState.RETURNED, "用途写了房号")
    with pytest.raises(errors.DisclosureNotFoundError):
        reads.disclosure(session, disclosure_id=made.id)


def test_only_a_month_that_is_over_is_frozen(session: Session, office: Office) -> None:
    with pytest.raises(errors.NoSubjectError):
        disclosures.freeze(session, actor=office.finance)
    with pytest.raises(errors.MonthNotOverError):
        disclosures.freeze(session, actor=office.finance, month_on=date(2026, 11, 1))
    with pytest.raises(errors.NothingToDiscloseError):
        disclosures.freeze(session, actor=office.finance, month_on=date(2026, 10, 1))
    draft = make_project(session, office, state=ProjectState.PUBLICISED)
    with pytest.raises(errors.NothingToDiscloseError):
        disclosures.freeze(session, actor=office.finance, project_id=draft.id)


def test_a_month_is_told_by_party_and_project(
    session: Session, office: Office, project: ProjectView
) -> None:
    spend(session, office, project.id, 250_000)
    with clock.fixed_at(NOW + timedelta(days=5)):
        view = disclosures.freeze(session, actor=office.finance, month_on=date(2026, 11, 1))
        facts = view.facts
        assert facts["whole"]["received_fen"] == 1_000_000
        assert facts["whole"]["spent_fen"] == 250_000
        assert facts["whole"]["projects_after_fen"] == 750_000
        assert [one["received_fen"] for one in facts["parties"]] == [400_000, 300_000, 300_000]
        assert [one["spent_fen"] for one in facts["projects"]] == [250_000]
        assert reads.changes_since(session, view) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE cofund_disclosure SET digest = '{x}'",
        "DELETE FROM cofund_disclosure",
        "UPDATE cofund_disclosure_decision SET reason = '改'",
        "DELETE FROM cofund_disclosure_decision",
    ],
)
def test_the_database_itself_lets_nothing_frozen_be_changed(
    session: Session, office: Office, project: ProjectView, statement: str
) -> None:
    released(session, office, project)
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text(statement.format(x="0" * 64)))


def test_the_database_itself_wants_two_people(
    session: Session, office: Office, project: ProjectView
) -> None:
    made = frozen(session, office, project)
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(
            text(
                "INSERT INTO cofund_disclosure_decision (community_id, disclosure_id, is_released,"
                " from_on, reason, decided_by, decided_name, decided_at)"
                " SELECT community_id, id, true, '2026-11-28', '', made_by, made_name, made_at"
                " FROM cofund_disclosure WHERE id = :id"
            ),
            {"id": made.id},
        )


def test_a_stranger_reads_page_paper_and_file_and_sees_what_changed(
    client: FlaskClient, session: Session, office: Office, project: ProjectView
) -> None:
    made = frozen(session, office, project)
    session.commit()
    at = f"/public/disclosures/{made.id}"
    assert client.get(at).status_code == 404, "not released yet"
    disclosures.decide(session, actor=office.admin, disclosure_id=made.id, is_released=True)
    session.commit()

    page = client.get(at).text
    paper = client.get(f"{at}/print").text
    file = client.get(f"{at}/file")

    assert made.digest in page
    assert made.seal_head in paper
    assert "现在的账和公示里的每一个数都一样" in page
    assert hashlib.sha256(file.data).hexdigest() == made.digest
    assert "public" in file.headers["Cache-Control"]
    again = client.get(f"{at}/file", headers={"If-None-Match": file.headers["ETag"]})
    assert again.status_code == 304
    told = client.get(f"/api/v1/disclosures/{made.id}")
    assert (told.get_json()["digest"], "public" in told.headers["Cache-Control"]) == (
        made.digest,
        True,
    )
    spend(session, office, project.id, 100_000)
    session.commit()
    assert "公示以后账上又有变化" in client.get(at).text
    assert client.get(f"/api/v1/disclosures/{made.id}/changes").get_json()["differs"] is True
    listed = client.get("/api/v1/disclosures").get_json()["items"]
    assert [one["number"] for one in listed] == [made.number]
    assert made.number in client.get("/public/disclosures").text


def test_the_desk_freezes_and_another_releases(
    client: FlaskClient, session: Session, office: Office, project: ProjectView
) -> None:
    session.commit()
    log_in(client, session, office.finance)
    assert client.get("/disclosures").status_code == 200
    answer = client.post("/disclosures", data={"project_id": project.id})
    assert answer.status_code == 303
    at = answer.headers["Location"]
    assert f"{at}/decide" not in client.get(at).text, "not by who froze it"
    assert client.post(f"{at}/decide", data={"is_approved": "true"}).status_code == 403
    bad = client.post("/disclosures", data={"month": "2026-13"})
    assert (bad.status_code, "月份写成" in bad.text) == (422, True)
    log_in(client, session, office.admin)
    assert f"{at}/decide" in client.get(at).text
    assert client.post(f"{at}/decide", data={"is_approved": "false"}).status_code == 422
    assert client.post(f"{at}/decide", data={"is_approved": "true"}).status_code == 303
    assert "大家看到的样子" in client.get(at).text


def test_programs_freeze_and_release(
    client: FlaskClient, session: Session, office: Office, project: ProjectView
) -> None:
    session.commit()
    log_in(client, session, office.finance)
    made = client.post(
        "/api/v1/disclosures",
        json={"project_id": project.id},
        headers={"Idempotency-Key": str(uuid.uuid4())},
    )
    assert made.status_code == 201
    log_in(client, session, office.admin)
    done = client.post(
        f"/api/v1/disclosures/{made.get_json()['id']}/decide",
        json={"is_released": True},
        headers={"Idempotency-Key": str(uuid.uuid4())},
    ).get_json()
    assert (done["state"], done["is_intact"]) == ("released", True)


def test_another_community_finds_nothing_at_its_desk(
    session: Session, office: Office, project: ProjectView
) -> None:
    made = frozen(session, office, project)
    other = make_office(session, code="DH")
    with pytest.raises(errors.DisclosureNotFoundError):
        disclosures.decide(session, actor=other.admin, disclosure_id=made.id, is_released=True)
