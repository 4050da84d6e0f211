"""What was written on paper for the older record of a human is shown with the one that stays."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.make import ends
from tests.make.ends import make_lane
from tests.make.volunteering import NOW, make_approved
from timebank.access import queries as access_queries
from timebank.kernel import clock, ids
from timebank.kernel.actor import Channel
from timebank.volunteering.queries import certificates as certificate_reads
from timebank.volunteering.queries import passbook_prints as booklet_reads
from timebank.volunteering.rules.certificates import Wanted
from timebank.volunteering.service import certificates, merging, passbook_prints


@pytest.fixture(autouse=True)
def _evening() -> Any:
    with clock.fixed_at(NOW):
        yield


def test_certificates_and_prints_of_a_merged_record_stand_with_the_one_that_stays(
    session: Session,
) -> None:
    lane = make_lane(session)
    street = lane.street
    make_approved(session, street)
    old_id, kept_id = street.volunteer_person.id, lane.twin.id
    certificate_id = certificates.issue(
        session,
        actor=street.volunteer,
        key=ids.new_id(),
        wanted=Wanted(date(2026, 1, 1), NOW.date()),
        check_base="https://example.org/c/",
    )
    officer = street.officer
    booklet_id = passbook_prints.hand_out_booklet(
        session, actor=officer, person_id=old_id, serial="A001"
    )
    passbook_prints.print_on(
        session, actor=officer, key=ids.new_id(), booklet_id=booklet_id, expected_sequence=1
    )

    merge_id = ends.propose_merge(session, lane, old_id=old_id, kept_id=kept_id)
    merging.merge(session, actor=lane.second, merge_id=merge_id)

    assert street.volunteer.user_id is not None
    me = access_queries.actor_of(session, user_id=street.volunteer.user_id, channel=Channel.WEB)
    assert me is not None
    assert me.person_id == kept_id
    own = certificate_reads.certificates(session, actor=me, person_id=kept_id).items
    assert [(one.id, one.person_id) for one in own] == [(certificate_id, old_id)]
    assert certificate_reads.certificate(session, actor=me, certificate_id=certificate_id)
    printed = booklet_reads.prints(session, kept_id)
    assert [(one.serial, one.person_id) for one in printed] == [("A001", old_id)]
