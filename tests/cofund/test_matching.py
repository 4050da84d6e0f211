"""Matching lines of the bank: receipts are booked by it, once, and undone by it as a whole."""

from collections.abc import Iterator
from datetime import date, datetime
from uuid import UUID

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from tests.make.cofund import Office, ask, make_office, make_project, pay_in
from tests.make.matching import Scene, bring_in, make_scene
from timebank.bank import errors as bank_errors
from timebank.bank import verify as bank_verify
from timebank.bank.queries import claims as lines
from timebank.bank.queries import statements
from timebank.bank.rules.claims import Reason
from timebank.cofund.errors import matching as errors
from timebank.cofund.errors.receivables import NoCreditError
from timebank.cofund.models.matches import ClaimedPart
from timebank.cofund.models.projects import Contribution, SpendingRequest
from timebank.cofund.queries import desk, matches, proofs, targets
from timebank.cofund.queries import projects as project_reads
from timebank.cofund.queries import receivables as receivable_reads
from timebank.cofund.rules.matching import Code, TargetKind
from timebank.cofund.rules.projects import Party, ProjectState, SpendingState
from timebank.cofund.service import bills, household_credit, match_runs, matching, money
from timebank.cofund.service.meetings import Wanted
from timebank.cofund.verify import claims as cofund_verify
from timebank.kernel import clock
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.ledger.verify import proof

NOW = clock.at_local(date(2026, 11, 28), datetime.min.time().replace(hour=9))


@pytest.fixture
def office(session: Session) -> Iterator[Office]:
    with clock.fixed_at(NOW):
        yield make_office(session)


@pytest.fixture
def scene(session: Session, office: Office) -> Scene:
    return make_scene(session, office)


def owed(session: Session, scene: Scene, at: int) -> int:
    return receivable_reads.receivable(
        session, community_id=scene.office.community_id, receivable_id=scene.owed[at].id
    ).outstanding_fen


def left(session: Session, scene: Scene, line_id: int) -> int:
    return lines.line(
        session, community_id=scene.office.community_id, line_id=line_id
    ).unallocated_fen


def balance(session: Session, scene: Scene, code: str) -> int:
    found = ledger_accounts.account_id_within(
        session, community_id=scene.office.community_id, book="owners", code=code
    )
    return 0 if found is None else ledger_accounts.balance(session, found).posted


def sound(session: Session, scene: Scene) -> None:
    """The books prove themselves, and the bank is what is unclaimed and what is placed."""
    session.flush()
    account_id, of = scene.account_id, scene.office.community_id
    rest = sum(balance(session, scene, code) for code in ("interest", "transit"))
    claimed = balance(session, scene, f"placed:{account_id}") - balance(session, scene, "fees")
    account = statements.account(session, community_id=of, account_id=account_id)
    assert account.balance_fen == account.unclaimed_fen + claimed + rest
    assert list(bank_verify.findings(session, of)) == []
    assert list(cofund_verify.findings(session, of)) == []
    assert list(proof.findings(session, of)) == []


def match(
    session: Session, scene: Scene, line: lines.WaitingLine, *wanted: Wanted, **more: object
) -> UUID:
    return matching.match_line(
        session,
        actor=scene.office.finance,
        line_id=line.id,
        wanted=wanted,
        expected_version=lines.line(
            session, community_id=scene.office.community_id, line_id=line.id
        ).version,
        **more,  # type: ignore[arg-type]
    )


def test_a_match_books_the_receipt_in_the_entry_that_empties_the_line(
    session: Session, scene: Scene
) -> None:
    first = scene.owed[0]
    (line,) = bring_in(session, scene, (first.amount_fen, "王建民", first.payment_code))

    claim_id = match(session, scene, line, Wanted(f"receivable:{first.id}"))

    assert (owed(session, scene, 0), left(session, scene, line.id)) == (0, 0)
    row = session.scalars(select(Contribution)).one()
    assert (row.receivable_id, row.payer_name) == (first.id, "王建民")
    (part,) = matches.claim(session, community_id=scene.office.community_id, claim_id=claim_id)
    assert part.part.entry_id == row.entry_id, "one entry, not two"
    assert {term.code for term in part.part.evidence.terms} >= {Code.PAYMENT_CODE, Code.DAY}
    figures = project_reads.figures(session, scene.project.id)
    assert figures.received_fen == first.amount_fen
    sound(session, scene)

    with pytest.raises(errors.ClaimedByBankError):
        money.undo_contribution(
            session, actor=scene.office.finance, contribution_id=row.id, reason="记错"
        )
    matching.undo_claim(session, actor=scene.office.finance, claim_id=claim_id, reason="认错了户")
    assert (owed(session, scene, 0), left(session, scene, line.id)) == (first.amount_fen,) * 2
    assert project_reads.figures(session, scene.project.id).received_fen == 0
    sound(session, scene)
    with pytest.raises(bank_errors.ClaimUndoneError):
        matching.undo_claim(session, actor=scene.office.finance, claim_id=claim_id, reason="再撤")


def test_one_line_for_several_and_several_lines_for_one(session: Session, scene: Scene) -> None:
    one, two, three = scene.owed
    both = one.amount_fen + two.amount_fen
    first, second, third = bring_in(
        session, scene, (both, "楼长代收", "7号楼"), (1_000, "李梅", ""),
        (three.amount_fen - 1_000, "李梅", ""),
    )  # fmt: skip

    match(session, scene, first, Wanted(f"receivable:{one.id}"), Wanted(f"receivable:{two.id}"))
    for line in (second, third):
        match(session, scene, line, Wanted(f"receivable:{three.id}"))

    assert [owed(session, scene, at) for at in range(3)] == [0, 0, 0]
    assert [left(session, scene, line.id) for line in (first, second, third)] == [0, 0, 0]
    sound(session, scene)


def test_what_is_over_stays_unclaimed_or_becomes_the_households_credit(
    session: Session, scene: Scene
) -> None:
    one, two, _ = scene.owed
    over, again, back = bring_in(
        session, scene, (one.amount_fen + 500, "王建民", ""), (two.amount_fen + 700, "刘芳", ""),
        (-700, "刘芳", "退多交"),
    )  # fmt: skip
    wanted = Wanted(f"receivable:{one.id}")
    with pytest.raises(errors.MoreThanTargetError):
        match(session, scene, over, Wanted(wanted.target, one.amount_fen + 500))
    match(session, scene, over, wanted)
    assert left(session, scene, over.id) == 500

    match(session, scene, again, Wanted(f"receivable:{two.id}"), is_rest_credit=True)

    of = scene.office.community_id
    assert left(session, scene, again.id) == 0
    assert matching.credit_of(session, of, two.household_id) == 700
    sound(session, scene)
    asked = {"actor": scene.office.finance, "line_id": back.id, "expected_version": back.version}
    with pytest.raises(errors.NotEnoughCreditError):
        matching.give_credit(session, **asked, household_id=one.household_id)  # type: ignore[arg-type]
    claim_id = matching.give_credit(session, **asked, household_id=two.household_id)  # type: ignore[arg-type]
    assert matching.credit_of(session, of, two.household_id) == 0
    sound(session, scene)
    matching.undo_claim(session, actor=scene.office.finance, claim_id=claim_id, reason="没有付出去")
    assert matching.credit_of(session, of, two.household_id) == 700
    sound(session, scene)


def test_a_households_credit_pays_its_next_bill_and_comes_back_when_undone(
    session: Session, scene: Scene
) -> None:
    one, two, _ = scene.owed
    (before,) = bring_in(session, scene, (700, "刘芳", "下次的先存着"))
    actor, of = scene.office.finance, scene.office.community_id
    matching.give_credit(
        session, actor=actor, line_id=before.id, expected_version=before.version,
        household_id=two.household_id,
    )  # fmt: skip
    with pytest.raises(NoCreditError):
        household_credit.apply_credit(session, actor=actor, receivable_id=one.id)

    paid = household_credit.apply_credit(session, actor=actor, receivable_id=two.id)

    assert (paid.amount_fen, owed(session, scene, 1)) == (700, two.amount_fen - 700)
    assert matching.credit_of(session, of, two.household_id) == 0
    with pytest.raises(NoCreditError):
        household_credit.apply_credit(session, actor=actor, receivable_id=two.id)
    sound(session, scene)
    view = project_reads.project(session, community_id=of, project_id=scene.project.id)
    residents = proofs.proof(session, view).parties[2]
    assert (residents.pots_fen, residents.bank_gap_fen) == (700, 0), "the money came before"
    (line,) = bring_in(session, scene, (700, "刘芳", "充电棚"))
    found = {one.target.kind for one in desk.candidates(session, of, line)}
    assert TargetKind.RECORDED not in found, "no line of the bank is taken for it"
    money.undo_contribution(session, actor=actor, contribution_id=paid.id, reason="住户要退")
    assert matching.credit_of(session, of, two.household_id) == 700
    assert owed(session, scene, 1) == two.amount_fen
    sound(session, scene)


def test_a_platforms_net_amount_is_the_gross_amount_and_a_fee(
    session: Session, scene: Scene
) -> None:
    one, two, _ = scene.owed
    gross = one.amount_fen + two.amount_fen
    (line,) = bring_in(session, scene, (gross - 120, "财付通支付科技有限公司", "结算款"))

    claim_id = match(
        session, scene, line, Wanted(f"receivable:{one.id}"), Wanted(f"receivable:{two.id}"),
        withheld_fen=120,
    )  # fmt: skip

    assert [owed(session, scene, 0), owed(session, scene, 1), left(session, scene, line.id)] == [
        0
    ] * 3
    assert balance(session, scene, "fees") == 120
    sound(session, scene)
    matching.undo_claim(session, actor=scene.office.finance, claim_id=claim_id, reason="少一户")
    assert (left(session, scene, line.id), balance(session, scene, "fees")) == (gross - 120, 0)
    sound(session, scene)


def test_a_line_out_pays_the_approved_bill_and_undoing_approves_it_again(
    session: Session, office: Office
) -> None:
    scene = make_scene(session, office)
    project = make_project(session, office, state=ProjectState.FUNDING)
    bill = ask(session, office, project.id, 200_000)
    bills.approve_spending(session, actor=office.admin, request_id=bill.id)
    (line,) = bring_in(session, scene, (-200_000, "宏达棚架厂", "棚架首款"))

    with pytest.raises(errors.WholeOnlyError):
        match(session, scene, line, Wanted(f"spending:{bill.id}", 100_000))
    claim_id = match(session, scene, line, Wanted(f"spending:{bill.id}"))

    state = select(SpendingRequest.state).where(SpendingRequest.id == bill.id)
    assert (session.scalar(state), left(session, scene, line.id)) == (SpendingState.PAID, 0)
    sound(session, scene)
    matching.undo_claim(session, actor=office.finance, claim_id=claim_id, reason="被退票")
    assert session.scalar(state) == SpendingState.APPROVED
    assert project_reads.figures(session, project.id).held_fen == 200_000
    sound(session, scene)
    match(session, scene, line, Wanted(f"spending:{bill.id}"))
    sound(session, scene)


def test_what_was_entered_by_hand_meets_its_line_and_is_not_booked_again(
    session: Session, scene: Scene
) -> None:
    office, project = scene.office, scene.project
    party = project_reads.figures(session, project.id).parties[0]
    typed = pay_in(session, office, project.id, Party.COMPANY, party.owed_fen)
    first, second = bring_in(
        session, scene, (party.owed_fen, "九龙共富公司", project.number),
        (party.owed_fen, "九龙共富公司", project.number),
    )  # fmt: skip
    before = project_reads.figures(session, project.id)

    match(session, scene, first, Wanted(f"recorded:{typed}"))

    assert project_reads.figures(session, project.id) == before
    with pytest.raises(errors.TargetGoneError):
        match(session, scene, second, Wanted(f"recorded:{typed}"))
    with pytest.raises(errors.ClaimedByBankError):
        money.undo_contribution(session, actor=office.finance, contribution_id=typed, reason="x")
    sound(session, scene)


def test_payers_are_learned_when_people_confirm_and_forgotten_when_they_undo(
    session: Session, scene: Scene
) -> None:
    one = scene.owed[0]
    first, later = bring_in(session, scene, (1_000, "女儿王丽", "转账"), (500, "女儿王丽", "转账"))
    of = scene.office.community_id

    def best() -> set[str]:
        seen = lines.line(session, community_id=of, line_id=later.id)
        found = targets.finder(session, of, [seen]).candidates(targets.said_of(seen))
        return {term.code for term in found[0].terms} if found else set()

    assert Code.KNOWN_PAYER not in best()
    claim_id = match(session, scene, first, Wanted(f"receivable:{one.id}"))
    assert Code.KNOWN_PAYER in best()
    matching.undo_claim(session, actor=scene.office.finance, claim_id=claim_id, reason="不是她家")
    assert Code.KNOWN_PAYER not in best()


def test_a_run_matches_what_is_sure_and_says_of_the_rest_why(
    session: Session, scene: Scene
) -> None:
    one, two, three = scene.owed
    paid = (
        (one.amount_fen, "业主101", f"{one.payment_code} 7-1-101"),
        (one.amount_fen, "业主101", f"{one.payment_code} 7-1-101"),
        (two.amount_fen - 5, "业主201", f"7号楼1单元201 {two.payment_code}"),
        (three.amount_fen, "业主301", f"7栋1单元301室 {two.payment_code}"),
        (4_444, "财付通支付科技有限公司", "结算"),
        (3_333, "某人", "转账"),
        (2_222, "", ""),
        (1_111, "宏达棚架厂", "退汇"),
    )
    found = bring_in(session, scene, *paid)
    run = match_runs.start_run(session, actor=scene.office.finance)
    with pytest.raises(errors.RunGoingError):
        match_runs.start_run(session, actor=scene.office.finance)

    match_runs.do_batch(session, {"run_id": run.id, "at_line_id": 0})
    match_runs.do_batch(session, {"run_id": run.id, "at_line_id": 0})

    of = scene.office.community_id
    done = matches.last_run(session, of)
    assert done is not None
    assert (done.percent, done.seen, done.matched, done.raised) == (100, 8, 1, 7)
    seen = [lines.line(session, community_id=of, line_id=line.id) for line in found]
    assert [line.reason for line in seen] == [
        None, Reason.DUPLICATE_SUSPECT, Reason.PARTIAL, Reason.TIE, Reason.PLATFORM_NET,
        Reason.NO_CANDIDATE, Reason.NO_CANDIDATE, Reason.RETURNED,
    ]  # fmt: skip
    (claimed,) = matches.claims_of_line(session, community_id=of, line_id=found[0].id)
    assert claimed.part.evidence.is_automatic
    assert session.scalar(select(ClaimedPart.payer)) == "", "a program's guess teaches nothing"
    sound(session, scene)

    again = match_runs.start_run(session, actor=scene.office.finance)
    match_runs.do_batch(session, {"run_id": again.id, "at_line_id": 0})
    last = matches.last_run(session, of)
    assert last is not None
    assert (last.total, last.matched) == (7, 0), "a second run changes nothing"
    sound(session, scene)


def test_the_database_refuses_to_change_what_was_met(session: Session, scene: Scene) -> None:
    one = scene.owed[0]
    (line,) = bring_in(session, scene, (one.amount_fen, "王建民", ""))
    match(session, scene, line, Wanted(f"receivable:{one.id}"))

    for attack in (
        update(ClaimedPart).values(amount_fen=1),
        update(ClaimedPart).values(subject="household:9"),
        text("DELETE FROM cofund_claimed"),
        text(f"UPDATE cofund_receivable SET outstanding_fen = 5 WHERE id = {one.id}"),
        text(f"UPDATE cofund_receivable SET outstanding_fen = -1 WHERE id = {one.id}"),
    ):
        with pytest.raises(DatabaseError), session.begin_nested():
            session.execute(attack)
    sound(session, scene)
