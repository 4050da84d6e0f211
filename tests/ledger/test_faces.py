"""The ledger's pages and the programs' face: right figures, own accounts only."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.make.access import log_in, make_actor
from tests.make.community import make_community, make_person
from tests.make.ledger import SmallBank, earn, make_bank, spend
from timebank.access.service import tokens
from timebank.kernel import ids
from timebank.kernel.paging import encode
from timebank.ledger.service import holds, posting


@pytest.fixture
def bank(session: Session) -> SmallBank:
    """Member 1 is 李桂兰 with 150 minutes, 100 of them left after a redemption."""
    community = make_community(session)
    person = make_person(session, community_id=community.id, name="李桂兰")
    other = make_person(session, community_id=community.id, name="王建国")
    bank = make_bank(session, community_id=community.id, person_ids=(person.id, other.id, None))
    earn(session, bank, 150)
    earn(session, bank, 20, member=1)
    spend(session, bank, 50)
    session.info["person_id"] = person.id
    return bank


def as_auditor(client: FlaskClient, session: Session, bank: SmallBank) -> FlaskClient:
    roles = (("auditor", "community", None),)
    log_in(client, session, make_actor(session, community_id=bank.community_id, roles=roles))
    return client


def as_member(client: FlaskClient, session: Session, bank: SmallBank) -> FlaskClient:
    actor = make_actor(
        session,
        community_id=bank.community_id,
        roles=(("volunteer", "own", None),),
        person_id=session.info["person_id"],
        name="李桂兰",
    )
    log_in(client, session, actor)
    return client


def test_an_auditor_sees_every_account_with_its_balance(
    client: FlaskClient, session: Session, bank: SmallBank
) -> None:
    page = as_auditor(client, session, bank).get("/ledger").text

    for figure in ("issuance", "member:1", "2 小时 50 分", "1 小时 40 分", "50 分"):
        assert figure in page


def test_the_books_are_for_those_who_audit(
    client: FlaskClient, session: Session, bank: SmallBank
) -> None:
    assert as_member(client, session, bank).get("/ledger").status_code == 403


def test_an_empty_house_says_what_will_stand_here(client: FlaskClient, session: Session) -> None:
    community = make_community(session)
    log_in(client, session, make_actor(session, community_id=community.id))

    page = client.get("/ledger")

    assert page.status_code == 200
    assert "还没有账" in page.text


def test_a_member_reads_their_own_account_and_no_other(
    client: FlaskClient, session: Session, bank: SmallBank
) -> None:
    browser = as_member(client, session, bank)

    own = browser.get(f"/ledger/accounts/{bank.members[0]}")

    assert own.status_code == 200
    assert "−50 分" in own.text
    assert "陪同就医" in own.text
    for other in (bank.members[1], bank.issuance, 10**9):
        assert browser.get(f"/ledger/accounts/{other}").status_code == 404


def test_a_member_reads_entries_of_their_own_account_only(
    client: FlaskClient, session: Session, bank: SmallBank
) -> None:
    mine, others = earn(session, bank, 5), earn(session, bank, 5, member=1)
    browser = as_member(client, session, bank)

    assert browser.get(f"/ledger/entries/{mine}").status_code == 200
    assert browser.get(f"/ledger/entries/{others}").status_code == 404
    assert browser.get(f"/ledger/entries/{ids.new_id()}").status_code == 404
    assert browser.get(f"/api/v1/ledger-entries/{others}").status_code == 404


def test_an_entry_links_to_what_undid_it(
    client: FlaskClient, session: Session, bank: SmallBank
) -> None:
    entry_id, reversal_id = earn(session, bank, 150), ids.new_id()
    spend(session, bank, 200)
    posting.reverse(
        session,
        actor=bank.actor,
        entry_id=entry_id,
        reversal_id=reversal_id,
        reason="记错了人",
        debt_account_id=bank.debt,
    )
    browser = as_auditor(client, session, bank)

    first, second = (browser.get(f"/ledger/entries/{one}") for one in (entry_id, reversal_id))

    assert str(reversal_id) in first.text
    assert "已冲正" in first.text
    assert "记错了人" in second.text
    assert f"/ledger/accounts/{bank.debt}" in second.text


def test_another_community_s_auditor_finds_nothing(
    client: FlaskClient, session: Session, bank: SmallBank
) -> None:
    entry_id = earn(session, bank, 5)
    elsewhere = make_community(session, code="QT")
    log_in(client, session, make_actor(session, community_id=elsewhere.id))

    for address in (
        f"/ledger/accounts/{bank.members[0]}",
        f"/ledger/entries/{entry_id}",
        f"/api/v1/ledger-accounts/{bank.members[0]}/lines",
        f"/api/v1/ledger-entries/{entry_id}",
    ):
        assert client.get(address).status_code == 404
    assert client.get("/api/v1/ledger-accounts").get_json()["items"] == []


def test_programs_page_through_a_statement(
    client: FlaskClient, session: Session, bank: SmallBank
) -> None:
    browser = as_auditor(client, session, bank)
    address = f"/api/v1/ledger-accounts/{bank.members[0]}/lines?limit=1"

    first = browser.get(address).get_json()
    second = browser.get(f"{address}&cursor={first['next_cursor']}").get_json()

    assert [first["items"][0]["amount"], second["items"][0]["amount"]] == [-50, 150]
    assert [first["items"][0]["balance_after"], second["items"][0]["balance_after"]] == [100, 150]
    assert second["next_cursor"] is None
    for cursor in ("junk", encode(["x"]), encode([None]), encode([2**70])):
        assert browser.get(f"{address}&cursor={cursor}").status_code == 422
    assert browser.get(f"/api/v1/ledger-accounts?book_id={2**70}").status_code == 422


def test_programs_read_accounts_and_entries(
    client: FlaskClient, session: Session, bank: SmallBank
) -> None:
    entry_id = earn(session, bank, 5)
    browser = as_member(client, session, bank)

    accounts = browser.get("/api/v1/ledger-accounts").get_json()["items"]
    entry = browser.get(f"/api/v1/ledger-entries/{entry_id}").get_json()

    assert [(one["code"], one["available"], one["asset"]) for one in accounts] == [
        ("member:1", 105, "MIN")
    ]
    assert entry["transfers"][0]["amount"] == 5
    assert entry["transfers"][0]["debit_code"] == "issuance"


def test_a_program_reads_one_account_with_its_balance(
    client: FlaskClient, session: Session, bank: SmallBank
) -> None:
    browser = as_member(client, session, bank)

    own = browser.get(f"/api/v1/ledger-accounts/{bank.members[0]}")

    assert own.status_code == 200
    assert own.get_json() == {
        "id": bank.members[0],
        "book_id": bank.book_id,
        "asset": "MIN",
        "code": "member:1",
        "name": "member:1",
        "kind": "bounded",
        "normal": "credit",
        "floor": 0,
        "posted": 100,
        "held": 0,
        "available": 100,
    }


def test_what_is_held_on_an_account_is_told_apart(
    client: FlaskClient, session: Session, bank: SmallBank
) -> None:
    holds.hold(
        session,
        actor=bank.actor,
        hold_id=ids.new_id(),
        account_id=bank.members[0],
        amount=40,
        memo="预约",
    )

    found = as_member(client, session, bank).get(f"/api/v1/ledger-accounts/{bank.members[0]}")

    told = found.get_json()
    assert (told["posted"], told["held"], told["available"]) == (100, 40, 60)


def test_an_open_account_s_balance_is_what_moved_it(
    client: FlaskClient, session: Session, bank: SmallBank
) -> None:
    found = as_auditor(client, session, bank).get(f"/api/v1/ledger-accounts/{bank.issuance}")

    told = found.get_json()
    assert (told["kind"], told["floor"], told["posted"], told["held"]) == ("open", None, 170, 0)


def test_one_account_that_is_another_s_is_not_there(
    client: FlaskClient, session: Session, bank: SmallBank
) -> None:
    browser = as_member(client, session, bank)

    for other in (bank.members[1], bank.issuance, 10**9):
        answer = browser.get(f"/api/v1/ledger-accounts/{other}")
        assert (answer.status_code, answer.get_json()["code"]) == (404, "ledger_account_not_found")


def test_one_account_of_another_community_is_not_there(
    client: FlaskClient, session: Session, bank: SmallBank
) -> None:
    elsewhere = make_community(session, code="QT")
    log_in(client, session, make_actor(session, community_id=elsewhere.id))

    for account_id in (bank.members[0], bank.issuance):
        assert client.get(f"/api/v1/ledger-accounts/{account_id}").status_code == 404


def test_one_account_is_for_tokens_that_read_the_ledger(
    client: FlaskClient, session: Session, bank: SmallBank
) -> None:
    member = make_actor(
        session,
        community_id=bank.community_id,
        roles=(("volunteer", "own", None),),
        person_id=session.info["person_id"],
    )
    issued = {
        scope: tokens.issue_token(session, actor=member, name=scope, scopes=[scope])
        for scope in ("ledger.read", "hours.read")
    }
    session.commit()
    address = f"/api/v1/ledger-accounts/{bank.members[0]}"

    def asked_by(scope: str) -> int:
        bearer = {"Authorization": f"Bearer {issued[scope].secret}"}
        return client.get(address, headers=bearer).status_code

    assert asked_by("ledger.read") == 200
    assert asked_by("hours.read") == 403
    assert client.get(address).status_code == 401
    tokens.revoke_token(session, actor=member, token_id=issued["ledger.read"].token.id)
    session.commit()
    assert asked_by("ledger.read") == 401


def test_pages_speak_english_too(client: FlaskClient, session: Session, bank: SmallBank) -> None:
    browser = as_auditor(client, session, bank)

    page = browser.get("/ledger", headers={"Accept-Language": "en"}).text

    assert "Bounded: cannot be overdrawn" in page
    assert "2 h 50 min" in page
