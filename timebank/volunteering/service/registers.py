"""Handing records over to other registers: choose what waits, once for ever, and write the file."""

import csv
import io
import tempfile
from collections.abc import Iterator, Sequence
from datetime import date
from typing import IO
from uuid import UUID

import xlsxwriter
from sqlalchemy import func, insert, literal, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.community.models import Community
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.trail import service as trail
from timebank.volunteering.errors import registers as errors
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.models.registers import RegisterBatch, RegisterItem
from timebank.volunteering.queries import registers as queries
from timebank.volunteering.rules import registers as rules
from timebank.volunteering.rules.registers import BatchView, FileKind, Row

_MEMORY_MAX = 2 * 1024 * 1024  # a longer file goes to the disk


def make_batch(
    session: Session,
    *,
    actor: Actor,
    key: UUID,
    since_on: date,
    through_on: date,
    reason: str,
    shows_id_numbers: bool = False,
) -> int:
    """Choose the records of a period that no batch has, and what must be corrected; return its id.

    Raises:
        RegisterPeriodError, NothingToExportError
        IdNumbersForbiddenError: the actor may not hand over ID numbers.
    """
    if shows_id_numbers and not actor.may("register.identify"):
        raise errors.IdNumbersForbiddenError(field="shows_id_numbers")
    if not since_on <= through_on <= clock.today():
        raise errors.RegisterPeriodError(field="through_on")
    # The community's row is the queue: of two who export at once the second sees the first's.
    house = select(Community.id).where(Community.id == actor.community_id)
    session.execute(house.with_for_update(key_share=True))
    known = session.scalar(select(RegisterBatch.id).where(RegisterBatch.act_key == key))
    if known is not None:
        return known
    new, corrections = queries.count_waiting(
        session, actor.community_id, since_on=since_on, through_on=through_on
    )
    if not new + corrections:
        raise errors.NothingToExportError(field="since_on")
    row = _batch(session, actor, key, since_on=since_on, through_on=through_on)
    row.rows, row.corrections = new + corrections, corrections
    row.shows_id_numbers, row.reason = shows_id_numbers, reason.strip()
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        raise errors.ExportedMeanwhileError from error
    _fill(session, row)
    if shows_id_numbers:
        _note_looks(session, actor, row)
    trail.record(
        session,
        actor=actor,
        action="volunteering.register_exported",
        subject_type="register_batch",
        subject_id=row.id,
        summary=row.reason,
        facts={
            "rows": row.rows,
            "corrections": row.corrections,
            "shows_id_numbers": shows_id_numbers,
        },
    )
    return row.id


def _batch(
    session: Session, actor: Actor, key: UUID, *, since_on: date, through_on: date
) -> RegisterBatch:
    """Return the row of the community's next batch, without what is in it."""
    last = select(func.max(RegisterBatch.number)).where(
        RegisterBatch.community_id == actor.community_id
    )
    return RegisterBatch(
        community_id=actor.community_id,
        number=(session.scalar(last) or 0) + 1,
        since_on=since_on,
        through_on=through_on,
        made_at=clock.now(),
        made_by_user_id=actor.user_id,
        made_by_name=actor.name,
        act_key=key,
    )


def _fill(session: Session, row: RegisterBatch) -> None:
    """Put what waits into the batch, in one statement however much it is."""
    chosen = queries.waiting(
        row.community_id, since_on=row.since_on, through_on=row.through_on, limit=row.rows
    ).subquery()
    columns = ("community_id", "batch_id", "record_id", "is_correction")
    taken = select(
        literal(row.community_id), literal(row.id), chosen.c.id, chosen.c.is_correction
    ).order_by(chosen.c.id)
    session.execute(insert(RegisterItem).from_select(columns, taken).inline())
    added = select(func.count()).where(RegisterItem.batch_id == row.id)
    if session.scalar(added) != row.rows:  # an approval came or went between counting and choosing
        raise errors.ExportedMeanwhileError


def _note_looks(session: Session, actor: Actor, row: RegisterBatch) -> None:
    """Tell everybody whose ID number goes out, where they see who looked."""
    people = session.scalars(
        select(ServiceRecord.volunteer_id)
        .join(RegisterItem, RegisterItem.record_id == ServiceRecord.id)
        .where(RegisterItem.batch_id == row.id)
        .distinct()
        .order_by(ServiceRecord.volunteer_id)
    )
    for person_id in people.all():
        trail.record_look(
            session, actor=actor, person_id=person_id, fields=["id_number"], reason=row.reason
        )
    session.flush()


def hand_out(session: Session, *, actor: Actor, batch_id: int, kind: FileKind) -> BatchView:
    """Note that a batch's file is handed out, and return the batch.

    Raises:
        BatchNotFoundError
        IdNumbersForbiddenError: it has ID numbers, and the actor may not see them.
    """
    found = queries.batch(session, community_id=actor.community_id, batch_id=batch_id)
    if found.shows_id_numbers and not actor.may("register.identify"):
        raise errors.IdNumbersForbiddenError
    trail.record(
        session,
        actor=actor,
        action="volunteering.register_file",
        subject_type="register_batch",
        subject_id=found.id,
        facts={"rows": found.rows, "kind": kind.value},
    )
    return found


def written_file(session: Session, found: BatchView, kind: FileKind) -> IO[bytes]:
    """Return a batch's file, open at its beginning; it is never whole in memory.

    A long one takes a while: it is read apart from the transaction that noted it, so that nobody
    who writes has to wait for it.
    """
    portions = queries.rows_in_portions(session, found.id, with_id_numbers=found.shows_id_numbers)
    file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_MEMORY_MAX)  # noqa: SIM115 - the caller sends it
    write = _write_workbook if kind is FileKind.XLSX else _write_csv
    write(file, portions, found, kind)
    file.seek(0)
    return file


def _write_csv(
    file: IO[bytes], portions: Iterator[Sequence[Row]], found: BatchView, kind: FileKind
) -> None:
    """Write comma-separated text: UTF-8 with its mark, or GB18030 for older spreadsheets."""
    encoding = "gb18030" if kind is FileKind.CSV_GB18030 else "utf-8-sig"
    text = io.TextIOWrapper(file, encoding=encoding, newline="", write_through=True)
    table = csv.writer(text)
    table.writerow(rules.COLUMNS)
    for portion in portions:
        table.writerows(rules.cells(row, with_id_numbers=found.shows_id_numbers) for row in portion)
    text.detach()


def _write_workbook(
    file: IO[bytes], portions: Iterator[Sequence[Row]], found: BatchView, _kind: FileKind
) -> None:
    """Write a workbook row by row, without a live formula; the rows wait on the disk."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        page = book.add_worksheet()
        page.set_column(0, len(rules.COLUMNS) - 1, 16)
        head = book.add_format({"bold": True, "bottom": 2})
        page.write_row(0, 0, rules.COLUMNS, head)
        page.freeze_panes(1, 0)
        at = 1
        for portion in portions:
            for row in portion:
                page.write_row(at, 0, rules.cells(row, with_id_numbers=found.shows_id_numbers))
                at += 1
