"""Lists of hours from an older system: an empty one handed out, a filled-in one judged."""

import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import xlsxwriter
from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.community.models import Person
from timebank.community.service.imports import sheet
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.errors import DomainError
from timebank.ledger.queries.accounts import frozen_persons
from timebank.volunteering.errors import brought as errors
from timebank.volunteering.errors.presence import RowNameDiffersError
from timebank.volunteering.errors.records import CardNotFoundError
from timebank.volunteering.queries import brought as queries
from timebank.volunteering.queries import policy as policies
from timebank.volunteering.rules import brought as rules
from timebank.volunteering.rules.brought import BroughtRow

COLUMNS = (
    sheet.Column("card", "卡号", ("会员卡号",), is_required=True, example="JL-00417"),
    sheet.Column("name", "姓名", (), is_required=True),
    sheet.Column("minutes", "分钟", ("时长", "时长（分钟）"), is_required=True, example="1200"),
    sheet.Column("earned_on", "存入日期", ("日期",), is_required=True, example="2024-05-01"),
    sheet.Column("reference", "旧编号", ("编号",), is_required=True, example="A-0017"),
    sheet.Column("kept", "限定", (), example="可用"),
)


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row that cannot be taken, and why."""

    number: int
    name: str
    refusal: DomainError


def brought_template() -> bytes:
    """Return an empty list with one example; every cell is text."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        text = book.add_format({"num_format": "@"})
        head = book.add_format({"bold": True, "bottom": 2, "num_format": "@"})
        page = book.add_worksheet()
        page.set_column(0, len(COLUMNS) - 1, 16, text)
        page.write_row(0, 0, [column.title for column in COLUMNS], head)
        page.write_row(1, 0, [column.example for column in COLUMNS], text)
        page.freeze_panes(1, 0)
    return buffer.getvalue()


def judged(
    session: Session, actor: Actor, source: str, lines: Sequence[sheet.Line]
) -> tuple[list[BroughtRow], list[RowProblem]]:
    """Return the rows that can be taken, and why the others cannot."""
    cards = {line.text("card").upper() for line in lines}
    people = {
        one.card_no or "": one
        for one in session.scalars(
            select(Person).where(
                Person.community_id == actor.community_id, Person.card_no.in_(cards)
            )
        )
    }
    stopped = stopped_ids(session, actor.community_id, people.values())
    booked = queries.known_references(
        session,
        community_id=actor.community_id,
        source=source,
        references={rules.reference_of(line.text("reference")) for line in lines},
    )
    today = clock.today()
    months = policies.calendar(session, actor.community_id).on(today).expiry_months
    rows: list[BroughtRow] = []
    problems: list[RowProblem] = []
    seen: set[str] = set()
    for line in lines:
        try:
            person = _member(line, people, stopped)
            reference = _reference(line, seen, booked, source)
            rows.append(
                BroughtRow(
                    person.id,
                    reference,
                    rules.minutes_of(line.text("minutes")),
                    rules.kept_of(line.text("kept")),
                    rules.day_of(line.text("earned_on"), today=today, months=months),
                )
            )
        except DomainError as refusal:
            problems.append(RowProblem(line.number, line.text("name"), refusal))
    return rows, problems


def stopped_ids(session: Session, community_id: int, people: Collection[Person]) -> set[int]:
    """Return which of some people have a frozen account or a closed record."""
    ids = [one.id for one in people]
    closed = {one.id for one in people if not one.is_active}
    return closed | frozen_persons(session, community_id=community_id, person_ids=ids)


def _member(line: sheet.Line, people: Mapping[str, Person], stopped: set[int]) -> Person:
    """Return whose row it is.

    Raises:
        CardNotFoundError, RowNameDiffersError, BroughtFrozenError
    """
    person = people.get(line.text("card").upper())
    if person is None:
        raise CardNotFoundError(card_no=line.text("card"))
    if person.name != line.text("name"):
        raise RowNameDiffersError(card_no=person.card_no, name=person.name)
    if person.id in stopped:
        raise errors.BroughtFrozenError(name=person.name)
    return person


def _reference(line: sheet.Line, seen: set[str], booked: set[str], source: str) -> str:
    """Return the number of a row in the older system.

    Raises:
        BroughtReferenceError, BroughtBeforeError
    """
    reference = rules.reference_of(line.text("reference"))
    if not reference or len(reference) > rules.REFERENCE_MAX or reference in seen:
        raise errors.BroughtReferenceError
    seen.add(reference)
    if reference in booked:
        raise errors.BroughtBeforeError(reference=reference, source=source)
    return reference
