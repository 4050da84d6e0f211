"""Statements as workbooks, and looks of staff that leave their line."""

import io
from collections.abc import Callable, Sequence
from datetime import date

import xlsxwriter
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.kernel.actor import Actor
from timebank.kernel.cells import plain
from timebank.ledger.rules.values import Restriction
from timebank.trail import service as trail
from timebank.volunteering.queries import statements as queries
from timebank.volunteering.rules import statements as rules
from timebank.volunteering.rules.statements import Line, Statement

Say = Callable[[str], str]
COLUMNS = ("日期", "流水号", "做了什么", "服务分钟", "存入分钟", "用出分钟", "余额分钟", "怎么算")


def look_at(session: Session, *, actor: Actor, person_id: int, reason: str) -> None:
    """Note that staff look at somebody's hours, where that person sees who looked.

    Raises:
        PersonNotFoundError: outside the actor's reach.
    """
    community_queries.person_within(
        session,
        community_id=actor.community_id,
        person_id=person_id,
        reach=actor.reach("paper.serve"),
    )
    trail.record_look(
        session, actor=actor, person_id=person_id, fields=["service_hours"], reason=reason
    )
    session.flush()


def workbook(
    session: Session,
    *,
    community_id: int,
    person_id: int,
    since: date,
    through: date,
    say: Say,
    why: Callable[[Line], str],
) -> bytes:
    """Return a statement as a workbook: a sheet for the sums, and one for each kind of minutes.

    ``say`` puts words into the reader's language; ``why`` tells how a line came about.
    """
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        head = book.add_format({"bold": True, "bottom": 2})
        first = queries.statement(
            session, community_id=community_id, person_id=person_id, since=since, through=through
        )
        _sums(book, head, first, say)
        for section in first.sections:
            page = book.add_worksheet(say(_NAMES[section.restriction]))
            page.set_column(0, len(COLUMNS) - 1, 14)
            page.write_row(0, 0, [say(name) for name in COLUMNS], head)
            page.freeze_panes(1, 0)
            lines = _all_lines(session, first, community_id, section.restriction)
            for at, line in enumerate(lines, start=1):
                page.write_row(at, 0, _cells(line, why))
    return buffer.getvalue()


_NAMES = {
    Restriction.OWN: "自己的时间",
    Restriction.TEAM: "团队的时间",
    Restriction.DONATION: "只能捐的时间",
}
_SUMS = ("种类", "期初分钟", "存入分钟", "用出分钟", "期末分钟")


def _sums(book: xlsxwriter.Workbook, head: object, found: Statement, say: Say) -> None:
    """Write whose statement it is, of which days, and what adds up to what."""
    page = book.add_worksheet(say("合计"))
    page.set_column(0, len(_SUMS) - 1, 18)
    page.write_row(0, 0, [plain(found.name), found.card_no])
    page.write_row(1, 0, [found.since.isoformat(), found.through.isoformat()])
    page.write_row(3, 0, [say(name) for name in _SUMS], head)
    for at, one in enumerate(found.sections, start=4):
        sums = (one.opening_minutes, one.in_minutes, one.out_minutes, one.closing_minutes)
        page.write_row(at, 0, [say(_NAMES[one.restriction]), *sums])


def _all_lines(
    session: Session, first: Statement, community_id: int, of: Restriction
) -> Sequence[Line]:
    """Return the lines of one kind of minutes, at most as many as a file takes."""
    lines: list[Line] = []
    cursor = None
    while len(lines) < rules.LINES_FILED_MAX:
        page = queries.statement(
            session,
            community_id=community_id,
            person_id=first.person_id,
            since=first.since,
            through=first.through,
            of=of,
            cursor=cursor,
            limit=rules.LINES_AT_ONCE,
        )
        lines += page.lines
        cursor = page.next_cursor
        if cursor is None:
            break
    return lines


def _cells(line: Line, why: Callable[[Line], str]) -> list[str | int]:
    """Return a line's cells."""
    amount = line.line.amount
    return [
        line.line.effective_on.isoformat(),
        line.line.number,
        plain(line.line.memo),
        "" if line.record is None else line.record.minutes,
        max(amount, 0),
        max(-amount, 0),
        line.after_minutes,
        plain(why(line)),
    ]
