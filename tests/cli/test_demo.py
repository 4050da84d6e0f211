"""The demo community is what it is said to be, and its books are right."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.make import house as houses
from tests.make import real
from timebank.cases.models.cases import CaseFile
from timebank.cases.rules.flow import Source, State
from timebank.cli.demo import load
from timebank.cli.demo.worked import WORKED
from timebank.cli.verify import CHECKS
from timebank.cofund.queries import projects as cofund
from timebank.community import queries as community
from timebank.community.models import Building, Grid, Household, MicroGrid
from timebank.community.rules import ImportKind, OrganisationKind, PersonField, SixRole
from timebank.community.service.imports import batches
from timebank.kernel import db as kernel_db
from timebank.kernel.db import db
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.queries import records


@pytest.fixture(scope="module", params=real.ENGINES)
def lived(request: pytest.FixtureRequest) -> Iterator[Flask]:
    """The application on a copy of the lived-in community."""
    source = houses.lived_in(request.param)
    with real.real_app(request.param, source=source) as app, app.app_context():
        yield app
        db.session.remove()


@pytest.fixture
def reader(lived: Flask) -> Iterator[Session]:
    assert lived
    yield db.session()
    db.session.rollback()


def count(session: Session, model: type[Grid | Building | MicroGrid | Household]) -> int:
    """How many rows the community has; its neighbour has some of its own."""
    wanted = select(func.count()).select_from(model).where(model.community_id == 1)
    return int(session.scalar(wanted) or 0)


def test_places_are_the_community_s(reader: Session) -> None:
    assert count(reader, Grid) == 8
    assert count(reader, Building) == 25
    assert count(reader, MicroGrid) == 37
    assert count(reader, Household) == 1200


def test_the_six_roles_are_held_by_152_people(reader: Session) -> None:
    held = {role: len(community.holders(reader, 1, role=role)) for role in SixRole}
    assert held == {
        SixRole.GRID_OFFICER: 8,
        SixRole.PROPERTY_STEWARD: 8,
        SixRole.BUILDING_HEAD: 25,
        SixRole.COOP_CADRE: 37,
        SixRole.PARTY_VOLUNTEER: 37,
        SixRole.RESIDENT_REPRESENTATIVE: 37,
    }
    assert sum(held.values()) == 152


def test_organisations_are_the_community_s(reader: Session) -> None:
    kinds = [one.kind for one in community.organisations(reader, 1)]
    assert kinds.count(OrganisationKind.COOPERATIVE) == 8
    for kind in OrganisationKind:
        assert kind in kinds


def test_fifteen_projects_are_worth_more_than_four_million(reader: Session) -> None:
    totals = cofund.totals(reader, 1)
    assert totals.count == 15
    assert totals.agreed_fen > 400_000_000


def test_cases_of_all_sources_and_the_worked_ones_are_there(reader: Session) -> None:
    sources = set(reader.scalars(select(CaseFile.source).distinct()))
    assert sources == {source.value for source in Source}
    for worked in WORKED:
        case = reader.scalars(select(CaseFile).where(CaseFile.title == worked.title)).one()
        assert case.state == State.CLOSED


def test_hours_at_the_clean_up_hang_on_its_case(reader: Session) -> None:
    title = next(one.title for one in WORKED if one.helpers)
    case_id = reader.scalars(select(CaseFile.id).where(CaseFile.title == title)).one()
    found = records.hours_of_case(reader, case_id)
    assert len(found.records) == 6
    assert found.total_minutes == 6 * 90


def test_somebody_waits_at_every_desk(reader: Session) -> None:
    states = set(reader.scalars(select(ServiceRecord.state).distinct()))
    assert {"approved", "rejected"} <= states


def test_the_books_of_the_demo_are_right(reader: Session) -> None:
    for _, check in CHECKS:
        assert list(check(reader, None)) == []


@pytest.mark.parametrize("kind", list(ImportKind))
def test_importing_the_same_file_again_changes_nothing(lived: Flask, kind: ImportKind) -> None:
    assert lived
    content = (load.DATA / load.FILES[kind]).read_bytes()
    preview = kernel_db.read_only(
        lambda session: batches.preview(
            session, community_id=1, kind=kind, content=content, file_name=load.FILES[kind]
        )
    )
    assert (preview.new_count, preview.changed_count, preview.wrong_count) == (0, 0, 0)
    # Who moved or has another phone since differs from the file: told as rows to look at, kept.
    kept = {one.field for one in preview.kept}
    assert kept == (set(PersonField) if kind is ImportKind.PEOPLE else set())
    assert preview.unchanged_count > 0
