"""How a settled leaving moves minutes: debts first, then to kin, a pool, or void; all accounted."""

from sqlalchemy.orm import Session

from timebank.kernel.actor import Actor
from timebank.volunteering.models.leaving import AccountLeaving
from timebank.volunteering.models.pools import HoursPool
from timebank.volunteering.rules.leaving import Outcome
from timebank.volunteering.rules.merging import Part
from timebank.volunteering.service import ending
from timebank.volunteering.service.ending import Accounts, Matter
from timebank.volunteering.service.pools import DONATED, pool_account

CLAIMED, VOIDED = "hours.claimed", "hours.voided"
DEBT_SETTLED, DEBT_WRITTEN_OFF = "hours.debt.settled", "hours.debt.written_off"
MEMO = "账户了结"


def move_everything(session: Session, *, actor: Actor, row: AccountLeaving) -> None:
    """Empty a frozen account as its leaving says; it is frozen again, for good."""
    matter = Matter(row.key, f"leaving:{row.id}", MEMO, leaving_id=row.id)
    mine = ending.accounts_of(session, community_id=row.community_id, person_id=row.person_id)
    ending.thaw(session, actor=actor, accounts=mine, document=matter.document)
    row.debt_minutes = _end_debts(session, actor, matter, mine)
    if row.claimant_id is not None:
        _to_kin(session, actor, matter, row, mine)
    else:
        _to_others(session, actor, matter, row, mine)
    ending.freeze(session, actor=actor, accounts=mine, document=matter.document)


def _end_debts(session: Session, actor: Actor, matter: Matter, mine: Accounts) -> int:
    """Pay what is owed from the minutes that are there, write off the rest; return all of it."""
    owed = ending.spendable(session, mine.debt)
    paid = ending.move(
        session,
        actor=actor,
        matter=matter,
        part=Part.DEBT,
        kind=DEBT_SETTLED,
        way=(mine.own, mine.debt),
        minutes=min(owed, ending.spendable(session, mine.own)),
    )
    off_id = ending.written_off_account(session, community_id=actor.community_id)
    ending.move(
        session,
        actor=actor,
        matter=matter,
        part=Part.DEBT,
        kind=DEBT_WRITTEN_OFF,
        way=(off_id, mine.debt),
        minutes=owed - paid,
    )
    return owed


def _to_kin(
    session: Session, actor: Actor, matter: Matter, row: AccountLeaving, mine: Accounts
) -> None:
    """Carry everything to the claimant, with its days and its restriction."""
    theirs = ending.accounts_of(
        session, community_id=row.community_id, person_id=row.claimant_id or 0
    )
    row.own_minutes = ending.carry(
        session,
        actor=actor,
        matter=matter,
        part=Part.OWN,
        kind=CLAIMED,
        way=(mine.own, theirs.own),
    )
    row.donation_minutes = ending.carry(
        session,
        actor=actor,
        matter=matter,
        part=Part.DONATION,
        kind=CLAIMED,
        way=(mine.donation, theirs.donation),
    )


def _to_others(
    session: Session, actor: Actor, matter: Matter, row: AccountLeaving, mine: Accounts
) -> None:
    """Give everything to a pool, or let it be void."""
    if row.outcome == Outcome.POOL:
        pool = session.get_one(HoursPool, row.pool_id)
        kind, to_id = DONATED, pool_account(session, pool)
    else:
        kind, to_id = VOIDED, ending.voided_account(session, community_id=row.community_id)
    row.own_minutes, row.donation_minutes = (
        ending.move(
            session,
            actor=actor,
            matter=matter,
            part=part,
            kind=kind,
            way=(from_id, to_id),
            minutes=ending.spendable(session, from_id),
        )
        for part, from_id in ((Part.OWN, mine.own), (Part.DONATION, mine.donation))
    )
