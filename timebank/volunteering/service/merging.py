"""Merging: one proposes which record of a person stays, another decides, minutes go along."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.access.service import logins
from timebank.community import queries as community_queries
from timebank.community.models import Kinship, Person
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.ids import derived_id
from timebank.ledger.queries import lots as ledger_lots
from timebank.ledger.service import posting as ledger_posting
from timebank.trail import service as trail
from timebank.volunteering.errors import merging as errors
from timebank.volunteering.models.expiry import ExpiryNotice
from timebank.volunteering.models.merging import AccountMerge, EndingEntry
from timebank.volunteering.models.wallet import FamilyWallet
from timebank.volunteering.queries import limits
from timebank.volunteering.queries import merging as queries
from timebank.volunteering.rules import merging as rules
from timebank.volunteering.rules import notices
from timebank.volunteering.rules.merging import MergeCommand, MergeState, Part
from timebank.volunteering.rules.two_people import Hand, check_near, check_second
from timebank.volunteering.service import ending, organisations
from timebank.volunteering.service.ending import Accounts, Matter
from timebank.volunteering.service.tidings_of_hours import of_account

MERGED, DEBT_MOVED = "hours.merged", "hours.debt.moved"
MEMO = "合并两份登记"


def propose_merge(
    session: Session, *, actor: Actor, key: UUID, old_id: int, kept_id: int, evidence: str
) -> int:
    """Propose that one record goes into another of the same human, and return the merge.

    Raises:
        PersonNotFoundError: one of the two is not within the actor's reach.
        EvidenceMissingError, DecidesForOwnError
        MergeWithSelfError, MergeClosedPersonError, MergeOtherIdNumberError,
        MergeKeepsIdNumberError, MergeChainError, MergeThereError
    """
    evidence = _said(evidence, field="evidence")
    reach = actor.reach("account.end")
    for one in (old_id, kept_id):
        community_queries.person_within(
            session, community_id=actor.community_id, person_id=one, reach=reach
        )
    _check_pair(session, actor, old_id=old_id, kept_id=kept_id)
    kin = _kin(session, actor)
    check_near(_hand(actor), about=(old_id, kept_id), kin_ids=kin)
    row = AccountMerge(
        community_id=actor.community_id,
        key=derived_id(key, "account_merge"),
        old_id=old_id,
        kept_id=kept_id,
        state=MergeState.PROPOSED,
        evidence=evidence,
        proposed_at=clock.now(),
        proposed_by_user_id=actor.user_id,
        proposed_by_id=actor.person_id,
        proposed_by_name=actor.name,
    )
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError as error:
        raise errors.MergeThereError from error
    _leave_trail(session, actor, "merge_proposed", row.id)
    return row.id


def refuse_merge(session: Session, *, actor: Actor, merge_id: int, reason: str) -> None:
    """Refuse a proposal, or take back one's own.

    Raises:
        MergeNotFoundError, MergeDecidedError, EvidenceMissingError
    """
    row = _locked(session, actor, merge_id)
    row.state = rules.next_state(MergeState(row.state), MergeCommand.REFUSE)
    row.decision_reason = _said(reason, field="reason")
    _decide(row, actor)
    _leave_trail(session, actor, "merge_refused", row.id)


def merge(session: Session, *, actor: Actor, merge_id: int) -> None:
    """Merge as proposed: minutes go along lot by lot, debts and logins too; the old one closes.

    Raises:
        MergeNotFoundError, MergeDecidedError, DecidesOwnProposalError, DecidesForOwnError
        MergeBlockedError: something is still going on at the record that closes.
    """
    row = _locked(session, actor, merge_id)
    state = rules.next_state(MergeState(row.state), MergeCommand.MERGE)
    proposer = Hand(row.proposed_by_user_id, row.proposed_by_id)
    _check_second(session, actor, row, proposer)
    old = _lock_people(session, row)[row.old_id]
    _check_pair(session, actor, old_id=row.old_id, kept_id=row.kept_id)
    blocked = queries.obstacles(session, community_id=row.community_id, person_id=row.old_id)
    if blocked:
        raise errors.MergeBlockedError(count=len(blocked))
    matter = Matter(row.key, f"merge:{row.id}", MEMO, merge_id=row.id)
    mine, theirs = _both_accounts(session, row)
    for part, way in (
        (Part.OWN, (mine.own, theirs.own)),
        (Part.DONATION, (mine.donation, theirs.donation)),
    ):
        minutes = ending.carry(session, actor=actor, matter=matter, part=part, kind=MERGED, way=way)
        setattr(row, f"{part}_minutes", minutes)
    row.debt_minutes = ending.move(
        session,
        actor=actor,
        matter=matter,
        part=Part.DEBT,
        kind=DEBT_MOVED,
        way=(theirs.debt, mine.debt),
        minutes=ending.spendable(session, mine.debt),
    )
    ending.freeze(session, actor=actor, accounts=mine, document=matter.document)
    _pass_on(session, actor, row)
    row.state = state
    _decide(row, actor)
    old.is_active, old.merged_into_id = False, row.kept_id
    session.flush()
    _leave_trail(session, actor, "merged", row.id)
    told = notices.RecordsMerged()
    of_account(session, actor=actor, person_id=row.kept_id, notice=told, key=f"merge:{row.id}")


def ask_undo(session: Session, *, actor: Actor, merge_id: int, reason: str) -> None:
    """Say that the two are two humans after all; a second person decides.

    Raises:
        MergeNotFoundError, MergeDecidedError, EvidenceMissingError
        MergeUndoLateError, MergeUndoSpentError, DecidesForOwnError
    """
    row = _locked(session, actor, merge_id)
    state = rules.next_state(MergeState(row.state), MergeCommand.ASK_UNDO)
    check_near(_hand(actor), about=(row.old_id, row.kept_id), kin_ids=_kin(session, actor))
    _check_undo(session, row)
    row.state, row.undo_reason = state, _said(reason, field="reason")
    row.undo_asked_by_user_id, row.undo_asked_by_id = actor.user_id, actor.person_id
    row.undo_asked_by_name = actor.name
    session.flush()
    _leave_trail(session, actor, "merge_undo_asked", row.id)


def refuse_undo(session: Session, *, actor: Actor, merge_id: int) -> None:
    """Leave a merge as it is.

    Raises:
        MergeNotFoundError, MergeDecidedError
    """
    row = _locked(session, actor, merge_id)
    row.state = rules.next_state(MergeState(row.state), MergeCommand.REFUSE_UNDO)
    session.flush()
    _leave_trail(session, actor, "merge_undo_refused", row.id)


def undo_merge(session: Session, *, actor: Actor, merge_id: int) -> None:
    """Undo a merge as the second person: every entry is reversed, the old record opens again.

    Raises:
        MergeNotFoundError, MergeDecidedError, DecidesOwnProposalError, DecidesForOwnError
        MergeUndoLateError, MergeUndoSpentError
    """
    row = _locked(session, actor, merge_id)
    state = rules.next_state(MergeState(row.state), MergeCommand.UNDO)
    _check_second(session, actor, row, Hand(row.undo_asked_by_user_id, row.undo_asked_by_id))
    old = _lock_people(session, row)[row.old_id]
    _check_undo(session, row)
    mine, _ = _both_accounts(session, row)
    ending.thaw(session, actor=actor, accounts=mine, document=f"merge:{row.id}")
    for entry_id in _entry_ids(session, row):
        ledger_posting.reverse(
            session,
            actor=actor,
            entry_id=entry_id,
            reversal_id=derived_id(row.key, f"undo:{entry_id}"),
            reason=row.undo_reason,
        )
    old.merged_into_id = None
    session.flush()
    old.is_active = True
    logins.reopen_logins(session, actor=actor, user_ids=row.logins.get("closed", []))
    logins.give_back_logins(
        session, actor=actor, user_ids=row.logins.get("handed_over", []), to_id=row.old_id
    )
    row.state, row.undone_at = state, clock.now()
    row.undone_by_user_id, row.undone_by_id = actor.user_id, actor.person_id
    session.flush()
    _leave_trail(session, actor, "merge_undone", row.id)


def _pass_on(session: Session, actor: Actor, row: AccountMerge) -> None:
    """Let kinship, warnings and logins stand for the record that stays; wallets end."""
    _pass_on_kin(session, row)
    _pass_on_warnings(session, row)
    going_on = select(FamilyWallet).where(
        or_(FamilyWallet.giver_id == row.old_id, FamilyWallet.receiver_id == row.old_id),
        FamilyWallet.ended_at.is_(None),
    )
    for wallet in session.scalars(going_on.with_for_update()):
        wallet.ended_at, wallet.ended_by_name = clock.now(), actor.name
    organisations.let_go(session, actor=actor, person_id=row.old_id)
    has_login = logins.has_login(session, person_id=row.kept_id)
    row.logins = (
        {"closed": logins.close_logins(session, actor=actor, person_id=row.old_id, reason="merged")}
        if has_login
        else {
            "handed_over": logins.hand_over_logins(
                session, actor=actor, from_id=row.old_id, to_id=row.kept_id
            )
        }
    )


def _pass_on_kin(session: Session, row: AccountMerge) -> None:
    """Register the relatives of the old record with the one that stays, both directions."""
    for mine, other in (("person_id", "relative_id"), ("relative_id", "person_id")):
        known = set(
            session.scalars(
                select(getattr(Kinship, other)).where(getattr(Kinship, mine) == row.kept_id)
            )
        )
        theirs = session.scalars(select(Kinship).where(getattr(Kinship, mine) == row.old_id)).all()
        session.add_all(
            Kinship(
                community_id=row.community_id,
                kind=one.kind,
                verified_on=one.verified_on,
                **{mine: row.kept_id, other: getattr(one, other)},
            )
            for one in theirs
            if getattr(one, other) not in {*known, row.kept_id}
        )


def _pass_on_warnings(session: Session, row: AccountMerge) -> None:
    """Let warnings of expiry that the old record got count for the one that stays."""
    known = set(
        session.execute(
            select(ExpiryNotice.due_on, ExpiryNotice.days).where(
                ExpiryNotice.person_id == row.kept_id
            )
        ).tuples()
    )
    given = session.scalars(select(ExpiryNotice).where(ExpiryNotice.person_id == row.old_id)).all()
    session.add_all(
        ExpiryNotice(
            community_id=one.community_id,
            person_id=row.kept_id,
            due_on=one.due_on,
            days=one.days,
            minutes=one.minutes,
            given_on=one.given_on,
            given_at=one.given_at,
        )
        for one in given
        if (one.due_on, one.days) not in known
    )


def _check_undo(session: Session, row: AccountMerge) -> None:
    """Refuse to undo what is too long ago or was used since.

    Raises:
        MergeUndoLateError, MergeUndoSpentError
    """
    _, theirs = _both_accounts(session, row)
    entry_ids = _entry_ids(session, row)
    used = sum(
        ledger_lots.used_of(session, entry_ids=entry_ids, account_id=one)
        for one in (theirs.own, theirs.donation)
    )
    merged_at = row.decided_at or row.proposed_at
    rules.check_undo(merged_at=merged_at, now=clock.now(), used_minutes=used)


def _entry_ids(session: Session, row: AccountMerge) -> Sequence[UUID]:
    """Return the entries of a merge, newest first."""
    return session.scalars(
        select(EndingEntry.entry_id)
        .where(EndingEntry.merge_id == row.id)
        .order_by(EndingEntry.id.desc())
    ).all()


def _both_accounts(session: Session, row: AccountMerge) -> tuple[Accounts, Accounts]:
    """Return the accounts of the record that closes and of the one that stays."""
    of_whom = {"community_id": row.community_id}
    return (
        ending.accounts_of(session, **of_whom, person_id=row.old_id),
        ending.accounts_of(session, **of_whom, person_id=row.kept_id),
    )


def _check_pair(session: Session, actor: Actor, *, old_id: int, kept_id: int) -> None:
    """Refuse two records that cannot become one in this direction."""
    of_whom = {"community_id": actor.community_id}
    old = queries.record(session, **of_whom, person_id=old_id)
    kept = queries.record(session, **of_whom, person_id=kept_id)
    if old is None or kept is None:
        raise errors.MergeNotFoundError
    rules.check_pair(old=old, kept=kept)


def _check_second(session: Session, actor: Actor, row: AccountMerge, first: Hand) -> None:
    """Refuse whoever proposed it, and whoever stands near one of the two."""
    kin = _kin(session, actor)
    about = (row.old_id, row.kept_id)
    check_second(first=first, second=_hand(actor), about=about, kin_ids=kin)


def _kin(session: Session, actor: Actor) -> frozenset[int]:
    """Return who is kin to the actor, or lives behind the same door."""
    return limits.kin_ids(session, actor.person_id) if actor.person_id is not None else frozenset()


def _hand(actor: Actor) -> Hand:
    """Return who acts."""
    return Hand(actor.user_id, actor.person_id)


def _said(text: str, *, field: str) -> str:
    """Return words without blanks around them.

    Raises:
        EvidenceMissingError: there are none.
    """
    kept = text.strip()
    if not kept:
        raise errors.EvidenceMissingError(field=field)
    return kept


def _decide(row: AccountMerge, actor: Actor) -> None:
    """Write who decided."""
    row.decided_at, row.decided_by_name = clock.now(), actor.name
    row.decided_by_user_id, row.decided_by_id = actor.user_id, actor.person_id


def _lock_people(session: Session, row: AccountMerge) -> dict[int, Person]:
    """Return both records, locked in the order of their ids."""
    rows = session.scalars(
        select(Person)
        .where(Person.id.in_((row.old_id, row.kept_id)))
        .order_by(Person.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {one.id: one for one in rows}


def _locked(session: Session, actor: Actor, merge_id: int) -> AccountMerge:
    """Return a merge within the actor's reach, locked.

    Raises:
        MergeNotFoundError
    """
    queries.merge(session, actor=actor, merge_id=merge_id)
    return session.get_one(AccountMerge, merge_id, with_for_update=True, populate_existing=True)


def _leave_trail(session: Session, actor: Actor, verb: str, merge_id: int) -> None:
    """Note who did what to which merge."""
    trail.record(
        session,
        actor=actor,
        action=f"volunteering.{verb}",
        subject_type="account_merge",
        subject_id=merge_id,
    )
