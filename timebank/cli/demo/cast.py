"""Who takes part in the demo's year: actors with their accounts, volunteers and elders."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random

from sqlalchemy.orm import Session

from timebank.access import queries as access_queries
from timebank.access.rules import Role, ScopeKind
from timebank.access.service import accounts
from timebank.care.rules.desk import CentreKind
from timebank.care.service import catalogue
from timebank.community import queries as community_queries
from timebank.community.queries import MicroGridView, PersonView
from timebank.community.rules import SixRole
from timebank.community.service import people
from timebank.kernel import clock
from timebank.kernel.actor import Actor, Channel, Reach, program

PASSWORD = "jiulong-2026"  # noqa: S105 - the demo's logins are printed for everyone
# The demo begins a year ago; whoever looks at it works on for years.
STAY = timedelta(days=5 * 365)
# Who works at desks lives elsewhere; as a person of the register they get messages.
_TOLD = (Role.COUNTER, Role.CENTRE_MANAGER, Role.FINANCE, Role.COMMUNITY_ADMIN)
VOLUNTEERS_WITH_ACCOUNT = 14
VOLUNTEERS = 96
ELDERS = 90


@dataclass(slots=True)
class Cast:
    """Everybody who acts in the demo's year."""

    community_id: int
    keeper: Actor
    admin: Actor
    deputy: Actor
    manager: Actor
    counter: Actor
    canteen_counter: Actor
    finance: Actor
    second_finance: Actor
    centre_id: int
    canteen_id: int
    elder: Actor | None = None
    officers: dict[int, Actor] = field(default_factory=dict)
    stewards: dict[int, Actor] = field(default_factory=dict)
    members: list[Actor] = field(default_factory=list)
    volunteers: list[PersonView] = field(default_factory=list)
    elders: list[PersonView] = field(default_factory=list)
    places: list[MicroGridView] = field(default_factory=list)

    def neighbours(self, grid_id: int) -> list[PersonView]:
        """Return the volunteers and elders of a grid, whom its officer knows."""
        return [one for one in (*self.elders, *self.volunteers) if one.grid_id == grid_id]


@dataclass(frozen=True, slots=True)
class Part:
    """A login of the demo: its name, role and scope."""

    login: str
    name: str
    role: Role
    scope: ScopeKind
    scope_id: int | None = None
    person_id: int | None = None


def engage(session: Session, *, community_id: int, random: Random) -> Cast:
    """Open the accounts of the demo and choose volunteers and elders from the register."""
    keeper = program(community_id=community_id, name="九龙社区筹备组", channel=Channel.CLI)
    admin = _open(
        session, keeper, Part("gaojie", "高洁", Role.COMMUNITY_ADMIN, ScopeKind.COMMUNITY)
    )
    centre_id, canteen_id = _open_centres(session, admin)
    register = _register(session, community_id)
    cast = Cast(
        community_id=community_id,
        keeper=keeper,
        admin=admin,
        deputy=_open(
            session, keeper, Part("zhouwen", "周文", Role.COMMUNITY_ADMIN, ScopeKind.COMMUNITY)
        ),
        manager=_at(session, keeper, "sunli", "孙丽", Role.CENTRE_MANAGER, centre_id, canteen_id),
        counter=_at(session, keeper, "zhaomin", "赵敏", Role.COUNTER, centre_id),
        canteen_counter=_at(session, keeper, "liuyan", "刘燕", Role.COUNTER, canteen_id),
        finance=_open(session, keeper, Part("chenli", "陈立", Role.FINANCE, ScopeKind.COMMUNITY)),
        second_finance=_open(
            session, keeper, Part("wangjing", "王静", Role.FINANCE, ScopeKind.COMMUNITY)
        ),
        centre_id=centre_id,
        canteen_id=canteen_id,
        places=community_queries.micro_grids(session, community_id),
    )
    _open_others(session, keeper)
    _engage_six_roles(session, cast)
    _choose(session, cast, register, random)
    return cast


def _open(session: Session, keeper: Actor, part: Part) -> Actor:
    """Open one account with its role and return its holder as an actor."""
    person_id = part.person_id
    if person_id is None and part.role in _TOLD:
        registrar = replace(keeper, permissions={"person.register": Reach(community=True)})
        person_id = people.register_person(session, actor=registrar, name=part.name).id
    user_id = accounts.create_user(
        session,
        actor=keeper,
        community_id=keeper.community_id,
        login_name=part.login,
        password=PASSWORD,
        person_id=person_id,
        name=part.name,
    )
    accounts.grant_role(
        session,
        actor=keeper,
        user_id=user_id,
        role=part.role,
        scope_kind=part.scope,
        scope_id=part.scope_id,
        expires_on=clock.today() + STAY,
    )
    return _actor(session, user_id)


def _actor(session: Session, user_id: int) -> Actor:
    actor = access_queries.actor_of(session, user_id=user_id, channel=Channel.WEB)
    if actor is None:
        message = f"account {user_id} is not usable"
        raise LookupError(message)
    return actor


def _at(
    session: Session, keeper: Actor, login: str, name: str, role: Role, *centre_ids: int
) -> Actor:
    """Open an account that works at one or more centres."""
    first, *others = centre_ids
    actor = _open(session, keeper, Part(login, name, role, ScopeKind.CENTRE, first))
    for centre_id in others:
        accounts.grant_role(
            session,
            actor=keeper,
            user_id=actor.user_id or 0,
            role=role,
            scope_kind=ScopeKind.CENTRE,
            scope_id=centre_id,
            expires_on=clock.today() + STAY,
        )
    return _actor(session, actor.user_id or 0)


def _open_others(session: Session, keeper: Actor) -> None:
    """Open the accounts that keep the house but take no part in the year."""
    _open(session, keeper, Part("operator", "运维", Role.OPERATOR, ScopeKind.COMMUNITY))
    _open(session, keeper, Part("auditor", "审计", Role.AUDITOR, ScopeKind.COMMUNITY))


def _open_centres(session: Session, admin: Actor) -> tuple[int, int]:
    """Open the home-care centre and the elder canteen."""
    centre = catalogue.add_centre(
        session,
        actor=admin,
        name="九龙居家养老服务中心",
        kind=CentreKind.CENTRE,
        address="8号楼 1层",
        phone="0532-0000-0601",
        open_text="周一到周六 8:00–17:00",
    )
    canteen = catalogue.add_centre(
        session,
        actor=admin,
        name="九龙助老大食堂",
        kind=CentreKind.CANTEEN,
        address="8号楼 北侧",
        phone="0532-0000-0602",
        open_text="每天 10:30–12:30，17:00–18:30",
    )
    return centre.id, canteen.id


def _engage_six_roles(session: Session, cast: Cast) -> None:
    """Give the eight grid officers and the eight stewards their accounts."""
    numbers = {SixRole.GRID_OFFICER: 0, SixRole.PROPERTY_STEWARD: 0}
    logins = {SixRole.GRID_OFFICER: "grid", SixRole.PROPERTY_STEWARD: "steward"}
    roles = {SixRole.GRID_OFFICER: Role.GRID_OFFICER, SixRole.PROPERTY_STEWARD: Role.STEWARD}
    for holder in community_queries.holders(session, cast.community_id):
        if holder.role not in numbers:
            continue
        numbers[holder.role] += 1
        login = f"{logins[holder.role]}{numbers[holder.role]}"
        part = Part(
            login,
            holder.person_name,
            roles[holder.role],
            ScopeKind.GRID,
            holder.grid_id,
            holder.person_id,
        )
        actor = _open(session, cast.keeper, part)
        if holder.role is SixRole.GRID_OFFICER:
            cast.officers[holder.grid_id] = actor
        else:
            cast.stewards[holder.grid_id] = actor


def _register(session: Session, community_id: int) -> list[PersonView]:
    """Return everybody who has a card number and a known birthday, oldest first."""
    return sorted(
        (one for one in community_queries.card_holders(session, community_id) if one.born_on),
        key=lambda one: (one.born_on or clock.today(), one.id),
    )


def _age(person: PersonView) -> int:
    born = person.born_on or clock.today()
    return (clock.today() - born).days // 365


def _choose(session: Session, cast: Cast, register: list[PersonView], random: Random) -> None:
    """Choose elders of 72 and more and volunteers between 50 and 71, and open some accounts."""
    staff = (*cast.officers.values(), *cast.stewards.values())
    working = {actor.person_id for actor in staff}
    elders = [p for p in register if _age(p) >= 72]
    young = [p for p in register if 50 <= _age(p) < 72 and p.id not in working]
    cast.elders = random.sample(elders, min(ELDERS, len(elders)))
    cast.volunteers = random.sample(young, min(VOLUNTEERS, len(young)))
    for number, person in enumerate(cast.volunteers[:VOLUNTEERS_WITH_ACCOUNT], start=1):
        part = Part(
            f"volunteer{number}", person.name, Role.VOLUNTEER, ScopeKind.OWN, None, person.id
        )
        cast.members.append(_open(session, cast.keeper, part))
    elder = cast.elders[0]
    cast.elder = _open(
        session, cast.keeper, Part("elder1", elder.name, Role.ELDER, ScopeKind.OWN, None, elder.id)
    )
