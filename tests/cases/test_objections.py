"""What somebody has against figures made public, or against a project: a case, linked both ways."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.make.access import log_in, make_actor
from tests.make.cases import make_grid
from tests.make.cofund import Office, make_project
from timebank.cases.queries import details, linked
from timebank.cases.rules.flow import Category
from timebank.cases.service import objections
from timebank.cofund.errors.disclosures import DisclosureNotFoundError, OwnDisclosureError
from timebank.cofund.queries import disclosures as reads
from timebank.cofund.queries import votes as vote_reads
from timebank.cofund.rules.disclosures import DisclosureView
from timebank.cofund.rules.projects import ProjectState
from timebank.cofund.service import disclosures
from timebank.kernel import clock
from timebank.kernel.actor import Actor

WORDS = "手续费是谁收的？"


@dataclass(frozen=True, slots=True)
class Scene:
    """A neighbourhood with its finance people, and somebody who lives there."""

    office: Office
    officer: Actor
    resident: Actor


@pytest.fixture
def scene(session: Session) -> Scene:
    grid = make_grid(session)
    finance = (("finance", "community", None),)
    office = Office(
        community_id=grid.community_id,
        admin=make_actor(session, community_id=grid.community_id),
        finance=make_actor(session, community_id=grid.community_id, roles=finance, name="陈立"),
        other_finance=make_actor(session, community_id=grid.community_id, roles=finance),
    )
    return Scene(office, grid.officer, grid.resident)


def frozen(session: Session, scene: Scene) -> DisclosureView:
    project = make_project(session, scene.office, state=ProjectState.FUNDING)
    return disclosures.freeze(session, actor=scene.office.finance, project_id=project.id)


def test_an_objection_to_figures_is_a_case_that_both_sides_show(
    session: Session, client: FlaskClient, scene: Scene
) -> None:
    made = frozen(session, scene)
    with pytest.raises(DisclosureNotFoundError):
        objections.object_to_disclosure(
            session, actor=scene.resident, disclosure_id=made.id, description=WORDS
        )
    with pytest.raises(OwnDisclosureError):
        disclosures.decide(
            session, actor=scene.office.finance, disclosure_id=made.id, is_released=True
        )
    released = disclosures.decide(
        session, actor=scene.office.other_finance, disclosure_id=made.id, is_released=True
    )
    assert released.until_on == clock.today() + timedelta(days=released.days - 1)

    case = objections.object_to_disclosure(
        session, actor=scene.resident, disclosure_id=made.id, description=WORDS
    )

    (ref,) = reads.objections(session, made.id)
    assert (ref.case_id, ref.is_answered) == (case.id, False)
    seen = reads.disclosure(session, disclosure_id=made.id)
    assert (seen.objections, seen.objections_answered) == (1, 0)
    assert details.case(session, actor=scene.officer, case_id=case.id).category == Category.DISPUTE
    (group,) = linked.linked(session, actor=scene.officer, case_id=case.id).others
    assert [one.url for one in group.lines] == [f"/public/disclosures/{made.id}"]
    assert group.lines[0].title.startswith(made.number)

    for who, is_led in ((scene.office.admin, True), (scene.office.finance, False)):
        log_in(client, session, who)
        page = client.get(f"/disclosures/{made.id}").text
        assert ref.case_number in page
        assert (f'href="/cases/{case.id}"' in page) == is_led


def test_an_objection_to_a_project_leads_from_one_to_the_other(
    session: Session, client: FlaskClient, scene: Scene
) -> None:
    project = make_project(session, scene.office, state=ProjectState.PUBLICISED)
    case = objections.object_to_project(
        session, actor=scene.resident, project_id=project.id, description=WORDS
    )

    (ref,) = vote_reads.objections(session, project.id)
    assert ref.case_id == case.id
    (group,) = linked.linked(session, actor=scene.officer, case_id=case.id).others
    assert [one.url for one in group.lines] == [f"/projects/{project.id}"]
    log_in(client, session, scene.office.admin)
    assert f'href="/cases/{case.id}"' in client.get(f"/projects/{project.id}").text
