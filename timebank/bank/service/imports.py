"""A statement on its way into the books: staged, laid out where it must be, booked or discarded."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import PurePath

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from timebank.bank import errors
from timebank.bank.models.statements import BankAccount, BankImport, BankLayout
from timebank.bank.queries import statements as queries
from timebank.bank.rules import chain, headers, joining, known, layouts
from timebank.bank.rules.joining import Plan
from timebank.bank.rules.layouts import Asked, Layout
from timebank.bank.rules.reading import Reading
from timebank.bank.rules.values import (
    ImportState,
    ReadLine,
    RowProblem,
    SkippedRow,
    Statement,
    StatementKind,
)
from timebank.bank.service import booking, files
from timebank.bank.service.accounts import plain_number
from timebank.bank.service.files import ReadFile
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.trail import service as trail

# A staged statement holds personal data; nobody who means it lets it lie for a day.
STAGED_HOURS_MAX = 24
SHOWN_MAX = 100
_FILE_NAME_CHARS_MAX = 120


@dataclass(frozen=True, slots=True)
class Preview:
    """What a statement would do, or did: its figures, its first lines, and what is in the way."""

    id: int
    account_id: int
    state: ImportState
    kind: StatementKind
    file_name: str
    new_count: int
    known_count: int
    skipped_count: int
    closing_fen: int | None
    problem_count: int = 0
    doubtful_count: int = 0
    opening_fen: int = 0
    is_chained: bool = False
    asked: Sequence[Asked] = ()
    reading: Reading | None = None
    lines: Sequence[ReadLine] = ()
    doubtful: Sequence[ReadLine] = ()
    problems: Sequence[RowProblem] = ()
    skipped: Sequence[SkippedRow] = ()

    @property
    def may_be_booked(self) -> bool:
        """Whether nothing is in the way; whoever has to decide about doubts can."""
        is_open = self.state is ImportState.STAGED
        return is_open and not self.asked and not self.problem_count


def stage(
    session: Session, *, actor: Actor, account_id: int, content: bytes, file_name: str
) -> Preview:
    """Keep a statement aside until it is confirmed, and show what it would do.

    Raises:
        BankAccountNotFoundError: the community has no such account.
        InvalidError: the file cannot be used; its class says why.
    """
    account = queries.account_row(session, community_id=actor.community_id, account_id=account_id)
    _discard_old(session, community_id=actor.community_id)
    name = PurePath(file_name.replace("\\", "/")).name[:_FILE_NAME_CHARS_MAX]
    read = files.read(content, file_name=name, remembered=queries.layouts(session, account.id))
    _check_number(account, read.statement)
    row = BankImport(
        community_id=actor.community_id,
        account_id=account.id,
        state=ImportState.STAGED,
        kind=read.kind,
        file_name=name or read.kind.value,
        digest=hashlib.sha256(content).hexdigest(),
        content=base64.b64encode(content).decode(),
        staged_at=clock.now(),
        staged_by=actor.user_id,
        staged_by_name=actor.name,
    )
    plan = _planned(session, row, read, are_doubtful_new=None)
    _note_counts(row, read, plan)
    session.add(row)
    session.flush()
    return _preview(row, read, plan)


def preview(session: Session, *, community_id: int, import_id: int) -> Preview:
    """Return what a staged statement would do as things stand now, or what a settled one did.

    Raises:
        BankImportNotFoundError: the community has no such import.
    """
    row = queries.import_row(session, community_id=community_id, import_id=import_id)
    if row.content is None:
        return _preview(row, None, None)
    read = _read(session, row)
    return _preview(row, read, _planned(session, row, read, are_doubtful_new=None))


def save_layout(session: Session, *, actor: Actor, import_id: int, layout: Layout) -> Preview:
    """Read a staged statement by a layout from now on, and files with its header like it.

    Raises:
        BankImportNotFoundError, BankImportSettledError: it cannot be laid out any more.
        LayoutIncompleteError, LayoutColumnTwiceError: nothing can be read by it.
    """
    row = _locked(session, actor, import_id)
    layouts.check_layout(layout)
    row.layout = layouts.packed(layout)
    read = _read(session, row)
    if read.reading is not None:
        _remember(session, actor, row, read.reading)
    plan = _planned(session, row, read, are_doubtful_new=None)
    _note_counts(row, read, plan)
    session.flush()
    _leave_trail(session, actor, row, act="layout_saved", facts={"sha256": row.digest})
    return _preview(row, read, plan)


def confirm(
    session: Session, *, actor: Actor, import_id: int, are_doubtful_new: bool | None = None
) -> Preview:
    """Book every new line of a staged statement, all of them or none, and wipe the file.

    What somebody else has booked meanwhile is known and is not booked again.

    Raises:
        BankImportNotFoundError, BankImportSettledError: it cannot be booked any more.
        BankImportAsksError: it is not settled how it is to be read.
        BankImportHasProblemsError: some rows cannot be believed, or do not join on.
        DoubtUndecidedError: some lines may be booked already, and nobody said what to do.
    """
    row = _locked(session, actor, import_id)
    read = _read(session, row)
    if read.statement is None or (read.reading is not None and read.reading.asked):
        raise errors.BankImportAsksError
    plan = _planned(session, row, read, are_doubtful_new=are_doubtful_new)
    assert plan is not None  # a statement that asks nothing has a plan
    if plan.problems:
        raise errors.BankImportHasProblemsError(count=len(plan.problems))
    if plan.doubtful and are_doubtful_new is None:
        raise errors.DoubtUndecidedError(field="are_doubtful_new", count=len(plan.doubtful))
    account = session.get_one(BankAccount, row.account_id)
    booking.book(session, actor=actor, account=account, batch=row, plan=plan)
    if read.reading is not None:
        _remember(session, actor, row, read.reading)
    _note_counts(row, read, plan)
    _settle(row, actor, ImportState.CONFIRMED)
    session.flush()
    booked: dict[str, trail.Fact] = {
        "new": len(plan.new),
        "known": plan.known_count,
        "sha256": row.digest,
    }
    _leave_trail(session, actor, row, act="statement_booked", facts=booked)
    return _preview(row, None, None)


def discard(session: Session, *, actor: Actor, import_id: int) -> Preview:
    """Throw a staged statement away.

    Raises:
        BankImportNotFoundError, BankImportSettledError: it is not there any more.
    """
    row = _locked(session, actor, import_id)
    _settle(row, actor, ImportState.DISCARDED)
    session.flush()
    return _preview(row, None, None)


def _locked(session: Session, actor: Actor, import_id: int) -> BankImport:
    """Return a staged import under the lock of its account; the account always comes first.

    Raises:
        BankImportNotFoundError, BankImportSettledError: there is none, or it is settled.
    """
    community_id = actor.community_id
    seen = queries.import_row(session, community_id=community_id, import_id=import_id)
    queries.account_row(
        session, community_id=community_id, account_id=seen.account_id, for_update=True
    )
    row = queries.import_row(
        session, community_id=community_id, import_id=import_id, for_update=True
    )
    if row.content is None:
        raise errors.BankImportSettledError
    return row


def _read(session: Session, row: BankImport) -> ReadFile:
    """Return what a staged file says, by the layout saved for it, else by a remembered one."""
    assert row.content is not None  # a staged import has its file; the database holds it
    return files.read(
        base64.b64decode(row.content),
        file_name=row.file_name,
        layout=None if row.layout is None else layouts.unpacked(row.layout),
        remembered=queries.layouts(session, row.account_id),
    )


def _planned(
    session: Session, row: BankImport, read: ReadFile, *, are_doubtful_new: bool | None
) -> Plan | None:
    """Return what a file would do to the books; None while it is not settled how to read it."""
    statement = read.statement
    if statement is None or (read.reading is not None and read.reading.asked):
        return None
    if statement.problems or not statement.lines:
        return Plan((), 0, (), 0, statement.problems)
    if statement.opening_fen is not None:
        lines = chain.with_balances(statement.lines, statement.opening_fen)
        statement = replace(statement, lines=lines)
    days = [line.day for line in statement.lines]
    sorted_out = known.sort_out(
        [(line, booking.words_index(line)) for line in statement.lines],
        queries.booked_between(session, row.account_id, min(days), max(days)),
    )
    if are_doubtful_new is not None:
        sorted_out = _decided(statement, sorted_out, are_new=are_doubtful_new)
    return joining.plan(statement, sorted_out, queries.standing(session, row.account_id))


def _decided(statement: Statement, found: known.Sorted, *, are_new: bool) -> known.Sorted:
    """Return the lines with those in doubt taken as new, or as known, in their order."""
    chosen = {id(line) for line in (*found.new, *(found.doubtful if are_new else ()))}
    new = [line for line in statement.lines if id(line) in chosen]
    rest = [line for line in statement.lines if id(line) not in chosen]
    in_doubt = set() if are_new else {(line.day, line.amount_fen) for line in found.doubtful}
    left_out = [one for one in found.left_out if (one.day, one.amount_fen) not in in_doubt]
    return known.Sorted(new, rest, (), left_out)


def _check_number(account: BankAccount, statement: Statement | None) -> None:
    """Refuse a statement that names another account.

    Raises:
        OtherAccountError: it does.
    """
    said = plain_number(statement.account_number) if statement is not None else ""
    said = said.rpartition("*")[2]  # of a masked number only its end is known
    if said and not said.endswith(account.number) and not account.number.endswith(said):
        raise errors.OtherAccountError(field="file", found=said[-4:], wanted=account.number_tail)


def _remember(session: Session, actor: Actor, row: BankImport, read: Reading) -> None:
    """Keep the layout of a file for the next one with its header; the account is locked."""
    fingerprint = headers.fingerprint(read.titles)
    text = layouts.remembered(read.layout)
    found = session.scalar(
        select(BankLayout).where(
            BankLayout.account_id == row.account_id, BankLayout.fingerprint == fingerprint
        )
    )
    if found is None:
        found = BankLayout(
            community_id=row.community_id, account_id=row.account_id, fingerprint=fingerprint
        )
        session.add(found)
    found.layout, found.saved_at, found.saved_by = text, clock.now(), actor.user_id


def _note_counts(row: BankImport, read: ReadFile, plan: Plan | None) -> None:
    """Keep an import's figures."""
    said = read.statement
    row.new_count = 0 if plan is None else len(plan.new)
    row.known_count = 0 if plan is None else plan.known_count
    row.skipped_count = 0 if said is None else len(said.skipped)
    if plan is not None and said is not None and said.lines:
        days = [line.day for line in said.lines]
        row.first_on, row.last_on, row.closing_fen = min(days), max(days), said.closing_fen


def _settle(row: BankImport, actor: Actor, state: ImportState) -> None:
    """Close an import and wipe its file."""
    row.state, row.content, row.layout = state, None, None
    row.settled_at, row.settled_by = clock.now(), actor.user_id


def _discard_old(session: Session, *, community_id: int) -> None:
    """Wipe the statements that nobody confirmed in time."""
    session.execute(
        update(BankImport)
        .where(
            BankImport.community_id == community_id,
            BankImport.state == ImportState.STAGED,
            BankImport.staged_at < clock.now() - timedelta(hours=STAGED_HOURS_MAX),
        )
        .values(state=ImportState.DISCARDED, content=None, layout=None, settled_at=clock.now())
    )


def _preview(row: BankImport, read: ReadFile | None, plan: Plan | None) -> Preview:
    """Return an import as it is shown."""
    figures = Preview(
        id=row.id,
        account_id=row.account_id,
        state=ImportState(row.state),
        kind=StatementKind(row.kind),
        file_name=row.file_name,
        new_count=row.new_count,
        known_count=row.known_count,
        skipped_count=row.skipped_count,
        closing_fen=row.closing_fen,
    )
    if read is None:
        return figures
    said, reading = read.statement, read.reading
    problems = plan.problems if plan is not None else ()
    return replace(
        figures,
        new_count=0 if plan is None else len(plan.new),
        known_count=0 if plan is None else plan.known_count,
        problem_count=len(problems),
        doubtful_count=0 if plan is None else len(plan.doubtful),
        opening_fen=0 if plan is None else plan.opening_fen,
        is_chained=said is not None and said.opening_fen is not None,
        asked=() if reading is None else reading.asked,
        reading=reading,
        lines=() if plan is None else plan.new[:SHOWN_MAX],
        doubtful=() if plan is None else plan.doubtful[:SHOWN_MAX],
        problems=problems[:SHOWN_MAX],
        skipped=() if said is None else said.skipped[:SHOWN_MAX],
    )


def _leave_trail(
    session: Session, actor: Actor, row: BankImport, *, act: str, facts: Mapping[str, trail.Fact]
) -> None:
    """Note who did what to an account: counts and the file's digest, no names."""
    trail.record(
        session,
        actor=actor,
        action=f"bank.{act}",
        subject_type="bank_account",
        subject_id=row.account_id,
        facts=facts,
    )
