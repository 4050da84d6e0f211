"""Builders for ends of accounts: a second record of the volunteer, kin, a pool, a second admin."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from tests.make.access import make_actor
from tests.make.community import make_kin, make_person
from tests.make.policy import make_policy, make_second_admin
from tests.make.volunteering import Street, make_street
from timebank.community.models import Person
from timebank.community.rules import KinshipKind
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor
from timebank.ledger.queries import lots as ledger_lots
from timebank.ledger.rules.values import Asset, EntryDraft, Transfer
from timebank.ledger.service import posting
from timebank.volunteering.queries import passbook
from timebank.volunteering.rules.policy import Circle, Policy
from timebank.volunteering.service import books, ending, merging, pools


@dataclass(frozen=True, slots=True)
class Lane:
    """A street whose volunteer is registered twice, has a daughter, and may be merged or leave."""

    street: Street
    twin: Person
    daughter: Person
    daughter_actor: Actor
    second: Actor
    pool_id: int

    @property
    def old_id(self) -> int:
        """The record that is to be closed."""
        return self.twin.id

    @property
    def kept_id(self) -> int:
        """The record that stays."""
        return self.street.volunteer_person.id


def make_lane(session: Session, *, policy: Policy | None = None) -> Lane:
    """Return a community in which lineal kin may receive and claim."""
    street = make_street(session)
    make_policy(session, street, policy or Policy(circle=Circle.LINEAL, allows_gifts=True))
    community_id = street.community.id
    twin = make_person(session, community_id=community_id, name="周秀兰")
    daughter = make_person(session, community_id=community_id, name="周敏")
    make_kin(
        session,
        person=street.volunteer_person,
        relative=daughter,
        kind=KinshipKind.CHILD,
        verified_on=date(2026, 1, 5),
    )
    return Lane(
        street=street,
        twin=twin,
        daughter=daughter,
        daughter_actor=make_actor(
            session,
            community_id=community_id,
            roles=(("volunteer", "own", None),),
            person_id=daughter.id,
            name="周敏",
        ),
        second=make_second_admin(session, street),
        pool_id=pools.open_pool(session, actor=street.admin, name="邻里互助池"),
    )


def earn(
    session: Session, lane: Lane, person_id: int, minutes: int, *, on: date, donation: bool = False
) -> None:
    """Bring minutes of a day onto one of a person's accounts."""
    accounts = ending.accounts_of(
        session, community_id=lane.street.community.id, person_id=person_id
    )
    issuance = books.issuance_account(session, community_id=lane.street.community.id)
    to_id = accounts.donation if donation else accounts.own
    _post(session, lane, "hours.earned", Transfer(issuance, to_id, minutes), on)


def owe(session: Session, lane: Lane, person_id: int, minutes: int) -> None:
    """Let a person owe minutes."""
    accounts = ending.accounts_of(
        session, community_id=lane.street.community.id, person_id=person_id
    )
    issuance = books.issuance_account(session, community_id=lane.street.community.id)
    _post(session, lane, "test.owed", Transfer(accounts.debt, issuance, minutes), clock.today())


def _post(session: Session, lane: Lane, kind: str, transfer: Transfer, on: date) -> None:
    draft = EntryDraft(
        id=ids.new_id(),
        book_id=books.time_book(session, community_id=lane.street.community.id),
        asset=Asset.MINUTES,
        kind=kind,
        effective_on=on,
        transfers=[transfer],
        memo="",
    )
    posting.post(session, actor=lane.street.admin, draft=draft)


def balances(session: Session, lane: Lane, person_id: int) -> tuple[int, int, int]:
    """Return a person's own and donation-only minutes, and what is owed."""
    of = ending.accounts_of(session, community_id=lane.street.community.id, person_id=person_id)
    own, donation, debt = (ending.spendable(session, one) for one in (of.own, of.donation, of.debt))
    return own, donation, debt


def own_lots(session: Session, lane: Lane, person_id: int) -> list[tuple[date, int]]:
    """Return day and rest of a person's own lots, oldest first."""
    account_id = passbook.member_account_id(
        session, community_id=lane.street.community.id, person_id=person_id
    )
    assert account_id is not None
    return [(lot.earned_on, lot.remaining) for lot in ledger_lots.open_lots(session, account_id)]


def propose_merge(session: Session, lane: Lane, *, old_id: int = 0, kept_id: int = 0) -> int:
    """Propose the merge of the twin into the volunteer as the first administrator."""
    return merging.propose_merge(
        session,
        actor=lane.street.admin,
        key=ids.new_id(),
        old_id=old_id or lane.old_id,
        kept_id=kept_id or lane.kept_id,
        evidence="同一张身份证，两次登记",
    )


def make_merged(session: Session, lane: Lane) -> int:
    """Merge the twin into the volunteer, by two administrators; return the merge."""
    merge_id = propose_merge(session, lane)
    merging.merge(session, actor=lane.second, merge_id=merge_id)
    return merge_id
