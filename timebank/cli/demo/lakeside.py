"""龙湖社区, the neighbour of the demo: few people, a canteen, and those who look after both."""

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.orm import Session

from timebank.access import queries as access_queries
from timebank.access.rules import Role, ScopeKind
from timebank.access.service import accounts
from timebank.care.rules.desk import CentreKind, ServiceClass
from timebank.care.service import catalogue
from timebank.cli.demo.cast import PASSWORD, STAY
from timebank.community import queries as community_queries
from timebank.community import rules as community_rules
from timebank.community.queries import PersonView
from timebank.community.rules import ImportKind, Sex
from timebank.community.service import communities
from timebank.community.service.imports import batches
from timebank.kernel import clock
from timebank.kernel.actor import Actor, Channel, program
from timebank.volunteering.service import books

PLACES = "网格,楼号,单元,网格名称\n1,1,1,湖东网格\n1,2,1,湖东网格\n"
REGISTER = (
    ("孟庆华", Sex.FEMALE, date(1961, 4, 12), 1, "301"),
    ("曲凤英", Sex.FEMALE, date(1943, 9, 2), 1, "102"),
    ("矫立国", Sex.MALE, date(1947, 1, 20), 2, "201"),
    ("逄秀兰", Sex.FEMALE, date(1958, 11, 6), 2, "402"),
)


@dataclass(slots=True)
class Lakeside:
    """龙湖社区: its people, its canteen, and those with a login."""

    community_id: int
    admin: Actor
    manager: Actor
    canteen_id: int
    lunch_id: int
    people: list[PersonView]
    members: list[Actor] = field(default_factory=list)
    pair_id: int = 0


def found_lakeside(session: Session) -> Lakeside:
    """Found the neighbour with its few people, its canteen, and who looks after them."""
    community_id = communities.found_community(
        session,
        code="LH",
        name="龙湖社区",
        phone="0532-0000-0700",
        subdistrict="灵山卫街道",
    )
    keeper = program(community_id=community_id, name="龙湖社区筹备组", channel=Channel.CLI)
    batches.write(
        session,
        actor=keeper,
        kind=ImportKind.PLACES,
        content=PLACES.encode(),
        file_name="龙湖地方.csv",
    )
    rows = [
        f"{name},{'女' if sex is Sex.FEMALE else '男'},{born_on},{building}号楼,1单元,{room},,,,,"
        for name, sex, born_on, building, room in REGISTER
    ]
    _write_rows(session, keeper, rows)
    admin = open_account(session, community_id, "lintao", "林涛", Role.COMMUNITY_ADMIN)
    books.open_hours(session, actor=admin)
    canteen = catalogue.add_centre(
        session,
        actor=admin,
        name="龙湖老年食堂",
        kind=CentreKind.CANTEEN,
        address="1号楼 东侧",
        phone="0532-0000-0701",
    )
    manager = open_account(
        session, community_id, "heping", "何萍", Role.CENTRE_MANAGER, centre_id=canteen.id
    )
    lunch = catalogue.add_service(
        session,
        actor=manager,
        centre_id=canteen.id,
        minutes=60,
        name="午餐",
        service_class=ServiceClass.MEAL,
        description="一荤两素，11:00 到 12:30",
        unit="份",
        duration_minutes=30,
        day_capacity=40,
        person_day_limit=3,
        needs_booking=False,
        is_benefit=True,
        position=1,
    )
    people = [
        community_queries.search_persons(
            session, community_id=community_id, text=name, reach=admin.reach("person.search")
        )[0]
        for name, *_ in REGISTER
    ]
    there = Lakeside(community_id, admin, manager, canteen.id, lunch.id, people)
    there.members.append(open_account(session, community_id, "longhu1", people[0], Role.VOLUNTEER))
    return there


def open_account(
    session: Session,
    community_id: int,
    login: str,
    whose: PersonView | str,
    role: Role,
    *,
    centre_id: int | None = None,
) -> Actor:
    """Open an account with a role and return its holder as an actor."""
    keeper = program(community_id=community_id, name="龙湖社区筹备组", channel=Channel.CLI)
    name, person_id = (whose, None) if isinstance(whose, str) else (whose.name, whose.id)
    user_id = accounts.create_user(
        session,
        actor=keeper,
        community_id=community_id,
        login_name=login,
        password=PASSWORD,
        person_id=person_id,
        name=name,
    )
    scope = ScopeKind.COMMUNITY if person_id is None else ScopeKind.OWN
    accounts.grant_role(
        session,
        actor=keeper,
        user_id=user_id,
        role=role,
        scope_kind=scope if centre_id is None else ScopeKind.CENTRE,
        scope_id=centre_id,
        expires_on=clock.today() + STAY,
    )
    actor = access_queries.actor_of(session, user_id=user_id, channel=Channel.WEB)
    if actor is None:
        message = f"account {user_id} is not usable"
        raise LookupError(message)
    return actor


def id_number(person: PersonView, number: int) -> str:
    """Return an invented number of an identity card that fits sex and birthday."""
    serial = 800 + number * 2 + (1 if person.sex is Sex.MALE else 0)
    first17 = f"370211{person.born_on:%Y%m%d}{serial:03d}"
    return first17 + community_rules.id_check_digit(first17)


def write_people(
    session: Session,
    community_id: int,
    rows: list[tuple[PersonView, tuple[str, str], str, str]],
) -> None:
    """Write people with the numbers of their identity cards into a register."""
    keeper = program(community_id=community_id, name="社区筹备组", channel=Channel.CLI)
    lines = []
    for person, (place, room_no), card, card_no in rows:
        building, unit = place.split(" ")
        sex = "" if person.sex is None else "女" if person.sex is Sex.FEMALE else "男"
        lines.append(
            f"{person.name},{sex},{person.born_on},{building},{unit},{room_no},,{card},{card_no},,"
        )
    _write_rows(session, keeper, lines)


def _write_rows(session: Session, keeper: Actor, lines: list[str]) -> None:
    """Write lines of a register through the importer."""
    head = "姓名,性别,出生日期,楼号,单元,房号,手机号,身份证号,卡号,与户主关系,关系核实日期"
    batches.write(
        session,
        actor=keeper,
        kind=ImportKind.PEOPLE,
        content="\n".join([head, *lines, ""]).encode(),
        file_name="人员.csv",
    )
