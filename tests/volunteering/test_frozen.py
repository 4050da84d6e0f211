"""Where an account is frozen, rosters, files and approvals say whose, and the others go on."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from tests.make.tasks import END, join, make_activity, make_team
from tests.make.volunteering import NOW, make_confirmed, make_street
from tests.volunteering.test_roster_files import _file
from timebank.community.models import Person
from timebank.kernel import clock, ids
from timebank.volunteering.errors import presence as errors
from timebank.volunteering.errors import records as record_errors
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.rules.records import RecordState
from timebank.volunteering.service import ending, review, roster_files, rosters


@pytest.fixture(autouse=True)
def _evening() -> Iterator[None]:
    with clock.fixed_at(NOW):
        yield


def freeze(session: Session, person: Person, actor: object) -> None:
    """Freeze both accounts of a person, as a report does."""
    accounts = ending.accounts_of(session, community_id=person.community_id, person_id=person.id)
    ending.freeze(session, actor=actor, accounts=accounts, document="leaving:1")  # type: ignore[arg-type]


def test_a_frozen_person_is_named_when_a_roster_is_ticked(session: Session) -> None:
    team = make_team(session)
    task_id = make_activity(session, team.street)
    join(session, task_id, *team.helpers)
    one, two, _ = (session.get_one(Person, helper.person_id) for helper in team.helpers)
    freeze(session, one, team.street.admin)

    with clock.fixed_at(END + timedelta(hours=1)):
        wanted = [one.id, two.id]
        with pytest.raises(errors.FrozenOnRosterError) as refused:
            rosters.tick_roster(
                session, actor=team.street.officer, task_id=task_id, volunteer_ids=wanted
            )
        assert refused.value.facts == {"names": one.name}
        assert session.query(ServiceRecord).count() == 0
        done = rosters.tick_roster(
            session, actor=team.street.officer, task_id=task_id, volunteer_ids=[two.id]
        )
    assert done == 1


def test_a_frozen_person_is_named_at_their_row_of_a_file(session: Session) -> None:
    team = make_team(session)
    task_id = make_activity(session, team.street)
    people = [session.get_one(Person, helper.person_id) for helper in team.helpers]
    freeze(session, people[1], team.street.admin)
    rows = [(one.card_no or "", one.name, "", "") for one in people]

    with clock.fixed_at(END + timedelta(hours=1)):
        outcome = roster_files.import_roster(
            session, actor=team.street.officer, task_id=task_id, content=_file(*rows)
        )

    ((number, name, refusal),) = [(one.number, one.name, one.refusal) for one in outcome.problems]
    assert (number, name, type(refusal)) == (3, people[1].name, errors.FrozenOnRosterError)


def test_an_approval_names_whose_account_is_frozen_and_posts_the_others(session: Session) -> None:
    street = make_street(session)
    records = [
        make_confirmed(session, street, start="09:00", end="10:00"),
        make_confirmed(session, street, start="11:00", end="12:00"),
    ]
    freeze(session, street.volunteer_person, street.admin)

    with pytest.raises(record_errors.VolunteersFrozenError) as refused:
        review.approve_many(session, actor=street.officer, record_ids=records, key=ids.new_id())

    assert refused.value.facts == {"names": "周秀兰"}
    states = {row.state for row in session.query(ServiceRecord)}
    assert states == {RecordState.CONFIRMED}
