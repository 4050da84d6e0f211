"""The three-way proof: what agreement, bank and ledger say of each party, and what parts them."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.make.access import log_in, make_actor
from tests.make.cofund import Office, make_office, pay_in
from tests.make.community import make_person
from tests.make.ledger import draft_of
from tests.make.matching import Scene, bring_in, make_scene
from timebank.bank.queries import claims as lines
from timebank.cofund.queries import projects as reads
from timebank.cofund.queries import proofs, receipts
from timebank.cofund.rules.projects import Party
from timebank.cofund.rules.proofs import CauseKind, Proven, outstanding_of_residents
from timebank.cofund.service import disclosures, matching, own_checks, receivables
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


def test_the_number_on_a_receipt_checks_that_payment_and_names_what_covers_it(
    client: FlaskClient, session: Session, scene: Scene
) -> None:
    claim_all(session, scene)
    first, second, _ = receipts.ids_of(session, [one.id for one in scene.owed]).values()
    of = scene.office.community_id
    one = receipts.receipt(session, community_id=of, contribution_id=first[0])
    made = disclosures.freeze(session, actor=scene.office.finance, project_id=scene.project.id)
    disclosures.decide(session, actor=scene.office.admin, disclosure_id=made.id, is_released=True)
    session.commit()
    at = "/public/payments/check"
    assert str(one.receipt_id) in client.get(f"{at}?receipt={one.receipt_id}").text
    assert one.payment_code in client.get(f"{at}?code={one.payment_code}&community=JL").text

    page = client.post(at, data={"receipt_id": str(one.receipt_id)}).text

    assert "一步一步算下来与总封一致" in page
    assert made.number in page
    assert "业主" not in page
    none = client.post(at, data={"receipt_id": str(uuid.uuid4())}).text
    assert "没有查到这样一笔" in none
    assert client.post(at, data={"receipt_id": "1"}).status_code == 422
    assert "请填缴费码和金额" in client.post(at, data={"payment_code": "1"}).text

    paper = f"/projects/{scene.project.id}/contributions/{first[0]}/receipt"
    log_in(client, session, scene.office.finance)
    shown = client.get(paper).text
    assert str(one.receipt_id) in shown
    assert client.get(f"/me/contributions/{second[0]}/receipt").status_code == 404, "not ours"


def test_a_released_month_covers_the_payments_of_its_days(session: Session, scene: Scene) -> None:
    claim_all(session, scene)
    first = scene.owed[0]
    month = clock.today().replace(day=1)
    with clock.fixed_at(clock.now() + timedelta(days=40)):
        made = disclosures.freeze(session, actor=scene.office.finance, month_on=month)

        def checked() -> list[int]:
            (found,) = own_checks.check_payment(
                session, address="::1", payment_code=first.payment_code, amount_fen=first.amount_fen
            )
            return [one.id for one in found.disclosed]

        assert checked() == [], "nobody has released it"
        disclosures.decide(
            session, actor=scene.office.admin, disclosure_id=made.id, is_released=True
        )
        assert checked() == [made.id]
        pay_in(session, scene.office, scene.project.id, Party.COMPANY, 5_000)
        later = disclosures.freeze(session, actor=scene.office.finance, project_id=scene.project.id)
        disclosures.decide(
            session, actor=scene.office.admin, disclosure_id=later.id, is_released=True
        )
        assert checked() == [made.id, later.id]


def test_only_the_own_household_s_receipts_are_shown(
    client: FlaskClient, session: Session, scene: Scene
) -> None:
    claim_all(session, scene)
    mine, other = scene.owed[0], scene.owed[1]
    paid = receipts.ids_of(session, [mine.id, other.id])
    person = make_person(
        session,
        community_id=scene.office.community_id,
        name="王建国",
        household_id=mine.household_id,
    )
    owner = make_actor(
        session,
        community_id=scene.office.community_id,
        roles=(("volunteer", "own", None),),
        person_id=person.id,
    )
    session.commit()
    log_in(client, session, owner)
    listed = client.get("/me/contributions").text
    assert f"/me/contributions/{paid[mine.id][0]}/receipt" in listed
    assert mine.payment_code in client.get(f"/me/contributions/{paid[mine.id][0]}/receipt").text
    assert client.get(f"/me/contributions/{paid[other.id][0]}/receipt").status_code == 404
    assert client.get(f"/projects/1/contributions/{paid[other.id][0]}/receipt").status_code == 403
