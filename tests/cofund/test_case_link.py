"""Projects that grow out of a case."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.make.access import log_in, make_actor
from tests.make.cases import make_case, make_grid
from tests.make.cofund import Office, make_office, make_project, pay_in
from timebank.cofund.errors import projects as errors
from timebank.cofund.queries import projects as queries
from timebank.cofund.rules.projects import Party, ProjectState
from timebank.cofund.service import projects


def _office_of(session: Session, community_id: int) -> Office:
    """The people of projects in a community that is there already."""
    finance = (("finance", "community", None),)
    return Office(
        community_id=community_id,
        admin=make_actor(session, community_id=community_id),
        finance=make_actor(session, community_id=community_id, roles=finance, name="陈立"),
        other_finance=make_actor(session, community_id=community_id, roles=finance, name="许敏"),
    )


def test_a_case_shows_its_projects_with_totals(session: Session) -> None:
    grid = make_grid(session)
    case_id = make_case(session, grid).id
    office = _office_of(session, grid.community_id)
    first = make_project(session, office, total_fen=1000, case_id=case_id)
    second = make_project(session, office, total_fen=500, case_id=case_id)
    make_project(session, office, total_fen=70)
    pay_in(session, office, first.id, Party.COMPANY, 400)

    linked = queries.projects_of_case(session, case_id)

    assert [one.id for one in linked.items] == [first.id, second.id]
    assert (linked.totals.agreed_fen, linked.totals.received_fen) == (1500, 400)


def test_a_case_of_another_community_opens_no_project(session: Session) -> None:
    case_id = make_case(session, make_grid(session)).id
    elsewhere = make_office(session, code="XJ")

    with pytest.raises(errors.CaseNotFoundError):
        projects.propose_project(session, actor=elsewhere.admin, title="补路", case_id=case_id)


def test_a_project_is_opened_from_a_case_on_pages(session: Session, client: FlaskClient) -> None:
    grid = make_grid(session)
    case_id = make_case(session, grid).id
    number = queries.case_number(session, community_id=grid.community_id, case_id=case_id)
    office = _office_of(session, grid.community_id)
    log_in(client, session, office.admin)

    form = client.get(f"/projects/new?case_id={case_id}")
    made = client.post(
        f"/projects/new?case_id={case_id}", data={"title": "环路补坑", "case_id": str(case_id)}
    )
    project_id = int(made.location.split("/")[-2])
    page = client.get(f"/projects/{project_id}")

    assert f"案件 {number}" in form.text
    assert f'value="{case_id}"' in form.text
    assert f"案件 {number}" in page.text
    assert f"/cases/{case_id}" in page.text
    view = queries.project(session, community_id=grid.community_id, project_id=project_id)
    assert (view.case_id, view.state) == (case_id, ProjectState.DRAFT)


def test_only_who_may_open_the_case_is_led_to_it(session: Session, client: FlaskClient) -> None:
    grid = make_grid(session)
    case_id = make_case(session, grid).id
    number = queries.case_number(session, community_id=grid.community_id, case_id=case_id)
    office = _office_of(session, grid.community_id)
    project = make_project(session, office, total_fen=1000, case_id=case_id)
    own = (("steward", "grid", grid.grid_id),)
    steward = make_actor(session, community_id=grid.community_id, roles=own, name="薛梅")

    shown = {}
    for reader in (office.admin, steward, office.finance):
        log_in(client, session, reader)
        shown[reader.name] = client.get(f"/projects/{project.id}").get_data(as_text=True)

    assert all(f"案件 {number}" in text for text in shown.values())
    assert f'href="/cases/{case_id}"' in shown[office.admin.name]
    assert f'href="/cases/{case_id}"' in shown[steward.name]
    assert f'href="/cases/{case_id}"' not in shown[office.finance.name]
