"""Matching pots: a sponsor adds to what residents pay, never above cap, share or pot."""

from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.cofund.errors import sources as errors
from timebank.cofund.models.projects import Contribution, Project
from timebank.cofund.models.sources import IncomeSource, Match, MatchPot
from timebank.cofund.queries import projects as project_reads
from timebank.cofund.queries import sources as queries
from timebank.cofund.queries.sources import PotView
from timebank.cofund.rules.projects import Command, ContributionView, Method, Party
from timebank.cofund.service import steps
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.ledger.rules.values import AccountKind, Asset, EntryDraft, Side, Transfer
from timebank.ledger.service import books as ledger_books
from timebank.ledger.service import posting as ledger_posting
from timebank.trail import service as trail

PERMILLE = 1000
MATCH_PERMILLE_MAX = 3000
BOOKS = {Party.COMPANY: "共富公司", Party.PROPERTY_FIRM: "物业公司"}


def open_pot(
    session: Session,
    *,
    actor: Actor,
    name: str,
    sponsor: str,
    party: Party,
    permille: int,
    project_cap_fen: int,
) -> PotView:
    """Open a pot: for each yuan that residents pay, so much of the sponsor's, up to a cap.

    Raises:
        SponsorError, PartsRangeError, BadAmountError, NameTakenError
    """
    if party is Party.RESIDENTS:
        raise errors.SponsorError(field="party")
    if not 1 <= permille <= MATCH_PERMILLE_MAX:
        raise errors.PartsRangeError(field="permille")
    steps.check_amount(project_cap_fen)
    pot = MatchPot(
        community_id=actor.community_id,
        name=name.strip(),
        sponsor=sponsor.strip(),
        party=party,
        permille=permille,
        project_cap_fen=project_cap_fen,
        opened_by=actor.user_id,
        opened_at=clock.now(),
    )
    add_named(session, pot)
    book_id = book_of(session, community_id=actor.community_id, party=Party.RESIDENTS)
    pot.pot_account_id = ledger_books.ensure_account(
        session,
        book_id=book_id,
        asset=Asset.YUAN,
        code=f"match:{pot.id}",
        name=f"配捐池 {pot.name}",
        kind=AccountKind.BOUNDED,
        normal=Side.DEBIT,
        floor=0,
    )
    pot.sponsor_account_id = open_account(
        session, book_id=book_id, code=f"sponsor:{pot.id}", name=f"配捐方 {pot.name}"
    )
    session.flush()
    note(session, actor=actor, act="match_pot_opened", subject="cofund_match_pot", row_id=pot.id)
    return queries.pot(session, community_id=actor.community_id, pot_id=pot.id)


def fill_pot(
    session: Session,
    *,
    actor: Actor,
    pot_id: int,
    amount_fen: int,
    received_on: date,
    reference: str = "",
    key: UUID | None = None,
) -> PotView:
    """Book what the sponsor paid into a pot."""
    pot = _locked_pot(session, actor=actor, pot_id=pot_id)
    steps.check_amount(amount_fen)
    steps.check_day(received_on, field="received_on")
    pot_account, sponsor_account = _accounts(pot)
    ledger_posting.post(
        session,
        actor=actor,
        draft=EntryDraft(
            id=key or ids.new_id(),
            book_id=book_of(session, community_id=pot.community_id, party=Party.RESIDENTS),
            asset=Asset.YUAN,
            kind="cofund.match_filled",
            effective_on=received_on,
            transfers=[Transfer(pot_account, sponsor_account, amount_fen)],
            memo=pot.name,
            document=reference.strip(),
        ),
    )
    note(session, actor=actor, act="match_filled", subject="cofund_match_pot", row_id=pot.id)
    return queries.pot(session, community_id=actor.community_id, pot_id=pot.id)


def match_project(
    session: Session, *, actor: Actor, pot_id: int, project_id: int, key: UUID | None = None
) -> ContributionView:
    """Match what residents have paid for a project and was not matched yet.

    Raises:
        NothingToMatchError: nothing is due, or cap, share or pot are used up.
    """
    project = steps.locked_project(
        session, actor=actor, project_id=project_id, command=Command.RECEIVE
    )
    pot = _locked_pot(session, actor=actor, pot_id=pot_id)
    party = Party(pot.party)
    match = _match_of(session, pot=pot, project=project)
    entry_id = ids.new_id() if key is None else ids.derived_id(key, f"match:{pot.id}")
    terms = steps.terms_of(session, project=project, party=party, entry_id=entry_id)
    if terms.known is not None:
        return project_reads.contribution_view(terms.known)
    amount_fen = _due(session, pot=pot, project=project, match=match, owed_fen=terms.owed_fen)
    pot_account, sponsor_account = _accounts(pot)
    ledger_posting.post(
        session,
        actor=actor,
        draft=EntryDraft(
            id=entry_id,
            book_id=terms.book_id,
            asset=Asset.YUAN,
            kind="cofund.matched",
            effective_on=clock.today(),
            transfers=[
                Transfer(steps.cash_id(project), terms.fund_account_id, amount_fen),
                Transfer(sponsor_account, pot_account, amount_fen),
            ],
            memo=steps.memo_of(project),
            document=f"match_pot:{pot.id}",
        ),
    )
    match.matched_fen += amount_fen
    row = Contribution(
        community_id=project.community_id,
        project_id=project.id,
        party=party,
        amount_fen=amount_fen,
        received_on=clock.today(),
        payer_name=pot.sponsor,
        method=Method.TRANSFER,
        reference=pot.name,
        match_id=match.id,
        entry_id=entry_id,
        received_by=actor.user_id,
        recorded_at=clock.now(),
    )
    session.add(row)
    steps.move(project, Command.RECEIVE)
    session.flush()
    steps.leave_trail(session, actor=actor, project=project, act="matched", amount_fen=amount_fen)
    return project_reads.contribution_view(row)


def _due(session: Session, *, pot: MatchPot, project: Project, match: Match, owed_fen: int) -> int:
    """Return what of a pot is due to a project now, fen."""
    figures = project_reads.figures(session, project.id)
    paid = next(one.received_fen for one in figures.parties if one.party is Party.RESIDENTS)
    promised_fen = min(paid * pot.permille // PERMILLE, match.cap_fen) - match.matched_fen
    available_fen = ledger_accounts.balance(session, _accounts(pot)[0]).available
    amount_fen = min(promised_fen, owed_fen, available_fen)
    if amount_fen <= 0:
        raise errors.NothingToMatchError
    return amount_fen


def _match_of(session: Session, *, pot: MatchPot, project: Project) -> Match:
    """Return how much of a pot went to a project; the pot's row, locked, orders who asks."""
    match = session.scalar(
        select(Match)
        .where(Match.pot_id == pot.id, Match.project_id == project.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if match is None:
        match = Match(
            community_id=pot.community_id,
            pot_id=pot.id,
            project_id=project.id,
            cap_fen=pot.project_cap_fen,
        )
        session.add(match)
        session.flush()
    return match


def add_named(session: Session, row: MatchPot | IncomeSource) -> None:
    """Add a row with a name of its own.

    Raises:
        NameTakenError
    """
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError as error:
        raise errors.NameTakenError(field="name") from error


def _locked_pot(session: Session, *, actor: Actor, pot_id: int) -> MatchPot:
    """Return a pot of the actor's community, locked."""
    pot = session.scalar(
        select(MatchPot)
        .where(MatchPot.id == pot_id, MatchPot.community_id == actor.community_id)
        .with_for_update()
    )
    if pot is None:
        raise errors.PotNotFoundError
    return pot


def _accounts(pot: MatchPot) -> tuple[int, int]:
    """Return the accounts of a pot and of its sponsor."""
    assert pot.pot_account_id is not None  # made with the pot
    assert pot.sponsor_account_id is not None  # the same
    return pot.pot_account_id, pot.sponsor_account_id


def book_of(session: Session, *, community_id: int, party: Party) -> int:
    """Return the book of whoever the money belongs to; residents own in common."""
    if party is Party.RESIDENTS:
        code, name = steps.OWNERS_BOOK, steps.OWNERS_NAME
    else:
        code, name = party.value, BOOKS[party]
    return ledger_books.ensure_book(session, community_id=community_id, code=code, name=name)


def open_account(session: Session, *, book_id: int, code: str, name: str) -> int:
    """Return an open account of income or of a sponsor, made when missing."""
    return ledger_books.ensure_account(
        session,
        book_id=book_id,
        asset=Asset.YUAN,
        code=code,
        name=name,
        kind=AccountKind.OPEN,
        normal=Side.CREDIT,
        floor=None,
    )


def note(session: Session, *, actor: Actor, act: str, subject: str, row_id: int) -> None:
    """Leave a trail."""
    trail.record(
        session,
        actor=actor,
        action=f"cofund.{act}",
        subject_type=subject,
        subject_id=row_id,
    )
