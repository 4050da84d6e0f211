"""The three-way proof: what agreement, bank and ledger say of each party, and what parts them."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.make.access import log_in
from tests.make.cofund import Office, make_office, pay_in
from tests.make.ledger import draft_of
from tests.make.matching import Scene, bring_in, make_scene
from timebank.bank.queries import claims as lines
from timebank.cofund.queries import projects as reads
from timebank.cofund.queries import proofs
from timebank.cofund.rules.projects import Party
from timebank.cofund.rules.proofs import CauseKind, Proven, outstanding_of_residents
from timebank.cofund.service import matching, receivables
from timebank.cofund.service.meetings import Wanted
from timebank.kernel import clock
from timebank.ledger.queries import accounts
from timebank.ledger.rules.values import Asset
from timebank.ledger.service import posting, sealing

NOW = clock.at_local(date(2026, 11, 28), datetime.min.time().replace(hour=9))


@pytest.fixture
def office(session: Session) -> Iterator[Office]:
    with clock.fixed_at(NOW):
        yield make_office(session)


@pytest.fixture
def scene(session: Session, office: Office) -> Scene:
    return make_scene(session, office)


def proven(session: Session, scene: Scene) -> Proven:
    session.flush()
    of = scene.office.community_id
    view = reads.project(session, community_id=of, project_id=scene.project.id)
    return proofs.proof(session, view)


def claim_all(session: Session, scene: Scene) -> None:
    """Let each household's bill be paid by a line of the bank."""
    paid = [(one.amount_fen, "业主", one.payment_code) for one in scene.owed]
    for line, one in zip(bring_in(session, scene, *paid), scene.owed, strict=True):
        matching.match_line(
            session, actor=scene.office.finance, line_id=line.id, expected_version=line.version,
            wanted=[Wanted(f"receivable:{one.id}")],
        )  # fmt: skip


def test_all_four_differences_are_zero_when_the_bank_brought_every_receipt(
    session: Session, scene: Scene
) -> None:
    claim_all(session, scene)
    found = proven(session, scene)
    assert (found.is_even, found.causes, found.is_certain) == (True, [], False), "not sealed yet"
    assert found.unsealed_count == len(scene.owed)

    sealing.seal_entries(session, actor=scene.office.admin)
    found = proven(session, scene)
    assert (found.is_certain, found.unsealed_count, found.seal_number) == (True, 0, 1)
    assert len(found.digest) == len(found.seal_head) == 64


def test_money_that_no_line_of_the_bank_shows_is_named(session: Session, scene: Scene) -> None:
    pay_in(session, scene.office, scene.project.id, Party.COMPANY, 5_000)

    found = proven(session, scene)

    company = next(one for one in found.parties if one.party is Party.COMPANY)
    assert (company.agreement_gap_fen, company.ledger_gap_fen, company.bank_gap_fen) == (0, 0, 5000)
    assert [(one.kind, one.amount_fen) for one in found.causes] == [(CauseKind.NOT_AT_BANK, 5_000)]
    assert not found.is_certain


def test_money_of_residents_without_a_household_parts_bills_and_receipts(
    session: Session, scene: Scene
) -> None:
    pay_in(session, scene.office, scene.project.id, Party.RESIDENTS, 700)
    found = proven(session, scene)
    residents = next(one for one in found.parties if one.party is Party.RESIDENTS)
    assert residents.agreement_gap_fen == -700
    assert CauseKind.NO_HOUSEHOLD in {one.kind for one in found.causes}


def test_what_was_waived_is_subtracted(session: Session, scene: Scene) -> None:
    of, first = scene.office, scene.owed[0]
    asked = receivables.ask_waiver(
        session,
        actor=of.finance,
        receivable_id=first.id,
        amount_fen=first.amount_fen,
        reason="低保",
    )
    receivables.decide_waiver(session, actor=of.admin, waiver_id=asked.id, is_approved=True)
    found = proven(session, scene)
    residents = next(one for one in found.parties if one.party is Party.RESIDENTS)
    assert (residents.waived_fen, residents.agreement_gap_fen) == (first.amount_fen, 0)
    assert found.is_even


def test_an_entry_that_no_receipt_explains_is_named(session: Session, scene: Scene) -> None:
    fund = reads.fund_accounts(session, scene.project.id)[Party.COMPANY]
    book_id = accounts.states(session, [fund])[fund].account.book_id
    cash = accounts.account_id(session, book_id=book_id, code=f"cash:{scene.project.id}")
    assert cash is not None
    draft = draft_of(book_id, (cash, fund, 900), effective_on=clock.today())
    draft = replace(draft, asset=Asset.YUAN)
    posting.post(session, actor=scene.office.finance, draft=draft)

    found = proven(session, scene)

    company = next(one for one in found.parties if one.party is Party.COMPANY)
    assert (company.ledger_gap_fen, company.bank_gap_fen) == (900, 0)
    assert [(one.kind, one.amount_fen, one.entry_id) for one in found.causes] == [
        (CauseKind.NO_RECEIPT, 900, draft.id)
    ]


def test_what_is_not_billed_yet_is_owed_too() -> None:
    told = {"agreed_fen": 100, "raised_fen": 60, "owed_fen": 10}
    assert outstanding_of_residents(**told, without_household_fen=0) == 50
    assert outstanding_of_residents(**told, without_household_fen=25) == 25
    assert outstanding_of_residents(**told, without_household_fen=90) == 10


def test_the_pages_show_the_proof_the_certificate_and_what_a_stranger_may_see(
    client: FlaskClient, session: Session, scene: Scene
) -> None:
    at = f"/projects/{scene.project.id}"
    claim_all(session, scene)
    session.commit()
    public = f"/public/projects/{scene.project.id}/proof"
    assert "还没有封存" in client.get(public).text
    log_in(client, session, scene.office.finance)
    assert client.get(f"{at}/certificate").status_code == 409
    sealing.seal_entries(session, actor=scene.office.admin)
    session.commit()
    digest = proven(session, scene).digest
    assert "零差额" in client.get(f"{at}/proof").text
    assert digest in client.get(f"{at}/certificate").text
    told = client.get(f"/api/v1/projects/{scene.project.id}/proof").get_json()
    assert (told["digest"], told["is_certain"], told["causes"]) == (digest, True, [])
    assert digest in client.get(public).text
    pay_in(session, scene.office, scene.project.id, Party.COMPANY, 5_000)
    session.commit()
    assert "银行流水里没有" in client.get(f"{at}/proof").text
    assert "九龙共富公司" not in client.get(public).text
    assert lines.waiting(session, scene.office.community_id).count


def test_a_resident_checks_an_own_payment_and_learns_nobody_elses(
    client: FlaskClient, session: Session, scene: Scene
) -> None:
    first, second, _ = scene.owed
    claim_all(session, scene)
    session.commit()
    at = "/public/payments/check"
    form = {"payment_code": first.payment_code, "amount_fen": f"{first.amount_fen / 100:.2f}"}
    assert "还没有封存" in client.post(at, data=form).text
    sealing.seal_entries(session, actor=scene.office.admin)
    session.commit()

    page = client.post(at, data=form).text

    assert ("一步一步算下来与总封一致" in page, "业主" in page) == (True, False)
    assert second.payment_code not in page
    wrong = client.post(at, data={**form, "amount_fen": "1.23"})
    assert (wrong.status_code, "没有查到这样一笔" in wrong.text) == (200, True)
    told = client.post(
        "/api/v1/payment-checks",
        json={"payment_code": first.payment_code, "amount_fen": first.amount_fen},
        headers={"Idempotency-Key": str(uuid.uuid4())},
    ).get_json()
    assert [one["holds"] for one in told] == [True]
    codes = {client.post(at, data={**form, "amount_fen": f"{n}.01"}).status_code for n in range(12)}
    assert 422 in codes, "who guesses has to wait"
