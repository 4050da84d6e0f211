"""The proof names appeals, papers and pools that were changed behind the rules."""

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from tests.make import ends
from tests.make.desk import make_officer
from tests.make.ends import make_lane
from tests.make.volunteering import NOW, make_confirmed, make_street
from timebank.kernel import clock, ids
from timebank.volunteering.models.disputes import DisputeVote
from timebank.volunteering.queries import rights_proof
from timebank.volunteering.queries.rights_proof import rights_findings
from timebank.volunteering.rules.exhibits import Paper
from timebank.volunteering.rules.gifts import Source
from timebank.volunteering.service import disputes, exhibits, pools, review

PDF = b"%PDF-1.4 signed slip"


@pytest.fixture(autouse=True)
def _evening() -> Iterator[None]:
    with clock.fixed_at(NOW):
        yield


def _rules(session: Session, community_id: int) -> list[tuple[str, str]]:
    return [(one.table, one.rule) for one in rights_findings(session, community_id)]


def test_papers_appeals_and_pools_are_proved(session: Session) -> None:
    lane = make_lane(session)
    street = lane.street
    record_id = make_confirmed(session, street)
    exhibits.hand_in(
        session, actor=street.volunteer, record_id=record_id, papers=[Paper("单.pdf", PDF)]
    )
    ends.earn(session, lane, street.volunteer_person.id, 90, on=date(2026, 3, 1))
    pools.give_to_pool(
        session,
        actor=street.volunteer,
        key=ids.new_id(),
        pool_id=lane.pool_id,
        source=Source.OWN,
        minutes=30,
    )
    session.flush()

    assert list(rights_findings(session, street.community.id)) == []
    session.execute(
        text(
            "INSERT INTO record_exhibit (community_id, record_id, file_id, number, at, actor_name)"
            " SELECT community_id, record_id, file_id, 3, at, actor_name FROM record_exhibit"
        )
    )
    assert _rules(session, street.community.id) == [("record_exhibit", rights_proof.RULE_NUMBERED)]


def test_an_arbitration_that_goes_on_although_it_was_decided_is_named(session: Session) -> None:
    street = make_street(session)
    record_id = make_confirmed(session, street)
    review.reject_service(session, actor=street.officer, record_id=record_id, reason="对不上")
    dispute_id = disputes.appeal(
        session, actor=street.volunteer, record_id=record_id, words="我去了"
    )
    judge = make_officer(session, street)
    disputes.decide_appeal(
        session,
        actor=judge,
        dispute_id=dispute_id,
        is_granted=False,
        words="不够",
        key=ids.new_id(),
    )
    disputes.ask_arbitration(session, actor=street.volunteer, dispute_id=dispute_id, words="再看")
    assert _rules(session, street.community.id) == []

    vote = {
        "community_id": street.community.id,
        "dispute_id": dispute_id,
        "at": NOW,
        "actor_name": "某人",
        "is_granted": True,
        "is_alone": True,
        "words": "可以",
        "user_id": street.admin.user_id,
    }
    session.execute(insert(DisputeVote), vote)
    assert _rules(session, street.community.id) == [("dispute", rights_proof.RULE_VOTED)]
