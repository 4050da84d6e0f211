"""Lines meet what the books say already: releases of withheld money, income of common parts."""

from collections.abc import Iterator
from datetime import date, datetime

import pytest
from sqlalchemy.orm import Session

from tests.make import bank
from tests.make.cofund import make_office, make_project
from tests.make.matching import Scene, bring_in, earn, release_all
from timebank.bank import verify as bank_verify
from timebank.bank.queries import proofs as bank_proofs
from timebank.bank.queries.claims import WaitingLine
from timebank.cofund.errors import matching as errors
from timebank.cofund.queries import standing, targets
from timebank.cofund.rules.matching import Code, TargetKind
from timebank.cofund.rules.projects import ProjectState
from timebank.cofund.service import matching
from timebank.cofund.service.meetings import Wanted
from timebank.cofund.verify import claims, life
from timebank.kernel import clock
from timebank.ledger.verify import proof

NOW = clock.at_local(date(2026, 11, 28), datetime.min.time().replace(hour=9))


@pytest.fixture
def scene(session: Session) -> Iterator[Scene]:
    """Return a project in its defects period and an account, with nothing claimed yet."""
    with clock.fixed_at(NOW):
        office = make_office(session)
        project = make_project(session, office, state=ProjectState.RETENTION, total_fen=100_000)
        yield Scene(office, project, [], bank.make_account(session, office.admin))


def _line(session: Session, scene: Scene, fen: int, who: str, said: str) -> WaitingLine:
    (line,) = bring_in(session, scene, (fen, who, said))
    return line


def _meet(session: Session, scene: Scene, line: WaitingLine, kind: TargetKind) -> None:
    """Let a line meet the one candidate of a kind, and see that nothing is out of joint."""
    of = scene.office.community_id
    (found,) = targets.finder(session, of, [line]).candidates(targets.said_of(line))
    assert found.target.kind is kind
    assert {Code.AMOUNT, Code.PROJECT} <= {Code(one.code) for one in found.terms}
    key = found.target.key
    claim_id = matching.match_line(
        session, actor=scene.office.finance, line_id=line.id, wanted=[Wanted(key)],
        expected_version=line.version,
    )  # fmt: skip
    assert targets.target(session, of, key) is None
    (gap,) = bank_proofs.account_gaps(session, of)
    assert (gap.gap_fen, gap.unclaimed_lines_fen) == (0, 1_000_000)  # what it held before
    for check in (bank_verify.findings, claims.findings, life.findings, proof.findings):
        assert list(check(session, of)) == []
    matching.undo_claim(session, actor=scene.office.finance, claim_id=claim_id, reason="认错了")
    assert targets.target(session, of, key) is not None
    assert list(bank_verify.findings(session, of)) == []


def test_a_payment_out_meets_the_release_of_withheld_money_once(
    session: Session, scene: Scene
) -> None:
    _, withheld = release_all(session, scene.office, scene.project.id)
    of = scene.office.community_id
    assert standing.releases_on_the_way(session, of).amount_fen == withheld
    line = _line(session, scene, -withheld, "宏达棚架厂", f"项目{scene.project.number}质保金")
    _meet(session, scene, line, TargetKind.RELEASED)


def test_a_payment_in_meets_the_owners_part_of_an_income_once(
    session: Session, scene: Scene
) -> None:
    earn(session, scene.office)
    assert standing.income_on_the_way(session, scene.office.community_id).amount_fen == 980
    line = _line(session, scene, 980, "某某充电科技", "东门充电桩10月分成")
    _meet(session, scene, line, TargetKind.COMMON_INCOME)


def test_an_income_is_met_as_a_whole(session: Session, scene: Scene) -> None:
    row_id = earn(session, scene.office)
    line = _line(session, scene, 900, "某某充电科技", "分成")
    with pytest.raises(errors.WholeOnlyError):
        matching.match_line(
            session, actor=scene.office.finance, line_id=line.id,
            wanted=[Wanted(f"common_income:{row_id}")], expected_version=line.version,
        )  # fmt: skip
