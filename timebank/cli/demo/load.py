"""Loads the demo community: files through the importers, then the year."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random

from timebank.cli.demo.asking import AskingOfTheWeeks
from timebank.cli.demo.bank import BankOfTheYear
from timebank.cli.demo.booking import BookingsOfTheDays
from timebank.cli.demo.brought import BroughtOfTheYear
from timebank.cli.demo.cases import CasesOfTheYear
from timebank.cli.demo.cast import Cast, engage
from timebank.cli.demo.coming_in import ComingIn
from timebank.cli.demo.counter import CareOfTheYear
from timebank.cli.demo.desk import DeskOfTheYear
from timebank.cli.demo.ends import EndsOfTheYear
from timebank.cli.demo.giving import GivingOfTheYear
from timebank.cli.demo.hall import HallOfTheYear
from timebank.cli.demo.hours import HoursOfTheYear
from timebank.cli.demo.limits import LimitsOfTheYear
from timebank.cli.demo.needs import NeedsOfTheYear
from timebank.cli.demo.neighbours import NeighboursOfTheYear
from timebank.cli.demo.occasions import OccasionsOfTheYear
from timebank.cli.demo.organisations import OrganisationsOfTheYear
from timebank.cli.demo.outreach import VisitsOfTheYear
from timebank.cli.demo.passbooks import PapersOfTheYear
from timebank.cli.demo.projects import ProjectsOfTheYears
from timebank.cli.demo.rules import RulesOfTheYear
from timebank.cli.demo.settling import SettlementsOfTheYear
from timebank.cli.demo.tasks import TasksOfTheYear
from timebank.cli.demo.teamwork import TeamworkNow
from timebank.cli.demo.telling import TellingOfTheYear
from timebank.cli.demo.tills import TillsOfTheYear
from timebank.cli.demo.timeline import Timeline, moment
from timebank.cli.demo.vouchers import VouchersOfTheWeeks
from timebank.cli.demo.waiting import WaitingCases
from timebank.cli.demo.worked import WorkedCases
from timebank.community.rules import ImportKind
from timebank.community.service import communities
from timebank.community.service.imports import batches
from timebank.kernel import clock, db
from timebank.kernel.actor import Channel, program
from timebank.ledger.service import folding, proving, sealing

DATA = Path(__file__).parent.parent / "demo_data"
FILES = {
    ImportKind.PLACES: "places.xlsx",
    ImportKind.ORGANISATIONS: "organisations.csv",
    ImportKind.PEOPLE: "people.csv",
    ImportKind.ROLES: "roles.xlsx",
}
SEED = 20260
DAYS = 364
SERVICES, REDEMPTIONS, CASES = 760, 280, 190
Told = Callable[[int, int], None]


def load_files() -> int:
    """Found the community, bring in its files, and return its id."""
    community_id = db.transaction(
        partial(
            communities.found_community,
            code="JL",
            name="九龙社区",
            phone="0532-0000-0600",
            subdistrict="灵山卫街道",
        )
    )
    keeper = program(community_id=community_id, name="九龙社区筹备组", channel=Channel.CLI)
    for kind, name in FILES.items():
        content = (DATA / name).read_bytes()
        write = partial(batches.write, actor=keeper, kind=kind, content=content, file_name=name)
        db.transaction(write)
    return community_id


def prove() -> None:
    """Do what happens at night: fold the days, seal what was posted, and prove the books."""
    db.transaction(folding.fold)
    db.transaction(lambda session: sealing.seal_everywhere(session, {}))
    db.transaction(proving.prove)


def live_a_year(
    community_id: int, *, seed: int = SEED, scale: float = 1.0, told: Told = lambda *_: None
) -> Cast:
    """Play the year up to now; ``scale`` shortens it for tests."""
    random = Random(seed)  # noqa: S311 - invented life, no secret
    now = clock.now()
    today = clock.day_of(now)
    first = today - timedelta(days=DAYS)
    timeline = Timeline(until=now)
    with clock.fixed_at(moment(first, 8)):
        cast = db.transaction(
            lambda session: engage(session, community_id=community_id, random=random)
        )
        hours = HoursOfTheYear(cast, timeline, random)
        care = CareOfTheYear(cast, timeline, random)
        db.transaction(hours.open)
        db.transaction(care.open)
        projects = ProjectsOfTheYears(cast, timeline, random)
        bank = BankOfTheYear(cast, timeline, projects.numbers)
        db.transaction(bank.open)
    hours.plan(first=first, last=today, services=int(SERVICES * scale))
    RulesOfTheYear(cast, timeline, hours).plan(last=today)
    GivingOfTheYear(cast, timeline, Random(seed)).plan(last=today)  # noqa: S311 - as above
    services = {offer.name: view.id for offer, view in care.services}
    NeighboursOfTheYear(cast, timeline, services).plan(last=today)
    PapersOfTheYear(cast, timeline, Random(seed)).plan(last=today)  # noqa: S311 - as above
    own = Random(seed + 1)  # noqa: S311 - a thread of chance of its own: the others keep theirs
    tasks = TasksOfTheYear(cast, timeline, own, hours)
    tasks.plan(today=today)
    AskingOfTheWeeks(tasks).plan(today=today)
    desk = Random(seed + 2)  # noqa: S311 - likewise
    DeskOfTheYear(cast, timeline, desk, hours).plan(today=today)
    asked = Random(seed + 3)  # noqa: S311 - likewise
    NeedsOfTheYear(cast, timeline, asked, hours).plan(today=today)
    care.plan(first=first + timedelta(days=60), last=today, redemptions_=int(REDEMPTIONS * scale))
    TillsOfTheYear(cast, timeline, care).plan()
    VouchersOfTheWeeks(cast, timeline, care).plan()
    BookingsOfTheDays(cast, timeline, care).plan()
    SettlementsOfTheYear(cast, timeline).plan(last=today)
    LimitsOfTheYear(cast, timeline).plan(last=today)
    ComingIn(cast, timeline).plan(last=today)
    WaitingCases(cast, timeline).plan()
    CasesOfTheYear(cast, timeline, random).plan(first=first, last=today, cases=int(CASES * scale))
    TeamworkNow(cast, timeline).plan()
    worked = WorkedCases(cast, timeline, hours)
    worked.plan()
    projects.plan(worked.case_ids)
    for one in (EndsOfTheYear, BroughtOfTheYear, OrganisationsOfTheYear):
        one(cast, timeline).plan(last=today)
    HallOfTheYear(cast, timeline).plan(scale=scale)
    bank.plan(first=first, last=today)
    visits = Random(seed + 4)  # noqa: S311 - likewise
    VisitsOfTheYear(cast, timeline, visits).plan(scale=scale)
    OccasionsOfTheYear(cast, timeline).plan(scale=scale)
    TellingOfTheYear(cast, timeline).plan()
    timeline.play(told)
    return cast
