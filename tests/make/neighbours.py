"""Builders for several communities in one installation, with people who belong to more than one."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from tests.make.access import make_actor
from tests.make.community import make_community, make_person
from timebank.community import rules as community_rules
from timebank.community.models import Community, Person
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor
from timebank.ledger.rules.values import Asset, EntryDraft, Transfer
from timebank.ledger.service import posting
from timebank.volunteering.queries import clearing as queries
from timebank.volunteering.queries import passbook
from timebank.volunteering.rules.policy import Circle, Policy
from timebank.volunteering.service import books, clearing, policy

NAMES = ("九龙社区", "龙湖社区", "凤鸣社区")
LIMIT = 600


@dataclass(frozen=True, slots=True)
class House:
    """One community with an administrator, a manager, and one member with an account."""

    community: Community
    admin: Actor
    manager: Actor
    person: Person
    member: Actor

    @property
    def id(self) -> int:
        """The community's id."""
        return self.community.id


def make_houses(session: Session, count: int = 2) -> list[House]:
    """Return communities in which the same human, 周秀兰, is registered."""
    return [_house(session, number) for number in range(count)]


def _house(session: Session, number: int) -> House:
    community = make_community(session, code=f"N{number}", name=NAMES[number])
    admin = make_actor(session, community_id=community.id, name=f"管理员{number}")
    books.open_hours(session, actor=admin)
    person = make_member(session, community.id, "周秀兰", serial=1)
    return House(
        community,
        admin,
        make_actor(
            session,
            community_id=community.id,
            roles=(("centre_manager", "community", None),),
            name=f"经理{number}",
        ),
        person,
        make_actor(
            session,
            community_id=community.id,
            roles=(("volunteer", "own", None),),
            person_id=person.id,
            name="周秀兰",
        ),
    )


def make_member(session: Session, community_id: int, name: str, *, serial: int) -> Person:
    """Return a member known by an identity card: the same serial is the same human."""
    person = make_person(session, community_id=community_id, name=name)
    first17 = f"37021119520308{serial:03d}"
    number = first17 + community_rules.id_check_digit(first17)
    person.id_number, person.id_index = number, community_rules.id_index(number)
    session.flush()
    return person


def agree(
    session: Session,
    one: House,
    other: House,
    *,
    we_may_owe: int = LIMIT,
    they_may_owe: int = LIMIT,
    is_automatic: bool = False,
    from_on: date | None = None,
) -> int:
    """Return the pair of two communities that have agreed, each by its administrator."""
    terms_id = clearing.propose_terms(
        session,
        actor=one.admin,
        other_id=other.id,
        we_may_owe_minutes=we_may_owe,
        they_may_owe_minutes=they_may_owe,
        is_automatic=is_automatic,
        from_on=from_on or clock.today(),
    )
    clearing.sign_terms(session, actor=other.admin, terms_id=terms_id)
    return pair_id(session, one, other)


def pair_id(session: Session, one: House, other: House) -> int:
    """Return the id of the pair of two communities."""
    found = queries.pair_between(session, one.id, other.id)
    assert found is not None
    return found.id


def earn(session: Session, house: House, minutes: int, *, on: date | None = None) -> UUID:
    """Put minutes on the account of the community's member, as of a day; return the entry."""
    draft = EntryDraft(
        id=ids.new_id(),
        book_id=books.time_book(session, community_id=house.id),
        asset=Asset.MINUTES,
        kind="hours.earned",
        effective_on=on or clock.today(),
        transfers=[
            Transfer(
                books.issuance_account(session, community_id=house.id),
                books.member_account(session, community_id=house.id, person_id=house.person.id),
                minutes,
            )
        ],
        memo="陪诊",
    )
    return posting.post(session, actor=house.admin, draft=draft).id


def have(session: Session, house: House) -> tuple[int, int]:
    """Return what the community's member has: posted, and available."""
    found = passbook.balance(session, community_id=house.id, person_id=house.person.id)
    return found.posted, found.available


def let_kin_receive(session: Session, house: House) -> None:
    """Bring rules into force by which a member may give to kin in the direct line."""
    said = Policy(circle=Circle.LINEAL, allows_gifts=True)
    second = make_actor(session, community_id=house.id, name="第二管理员")
    with clock.fixed_at(clock.now() - timedelta(days=2)):
        on = clock.today() + timedelta(days=2)
        number = policy.draft_policy(session, actor=house.admin, policy=said, in_force_on=on)
        policy.simulate_policy(session, actor=house.admin, number=number)
        policy.approve_policy(session, actor=second, number=number)
