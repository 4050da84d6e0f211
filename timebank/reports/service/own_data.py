"""A member takes all that is kept about them home: at most once a day, and no copy stays here."""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any  # JSON

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.cells import plain
from timebank.reports.errors import NoOwnDataError, OwnDataTakenError
from timebank.reports.models import OwnDataCopy
from timebank.reports.queries import own_data as queries
from timebank.reports.rules.own_data import Section
from timebank.trail import service as trail


@dataclass(frozen=True, slots=True)
class Words:
    """The words of the readable list, in the reader's language."""

    file_name: str
    heads: Sequence[str]
    restrictions: Mapping[str, str]


def take_copy(session: Session, *, actor: Actor, words: Words) -> bytes:
    """Return everything about the actor as an archive, and note that it was taken.

    Raises:
        NoOwnDataError: the account belongs to nobody who lives here.
        OwnDataTakenError: it was taken today already.
    """
    if actor.person_id is None:
        raise NoOwnDataError
    today = clock.today()
    copy = OwnDataCopy(
        community_id=actor.community_id,
        person_id=actor.person_id,
        on_day=today,
        taken_at=clock.now(),
    )
    if queries.last_copy_on(session, actor.person_id) == today:
        raise OwnDataTakenError
    try:
        with session.begin_nested():
            session.add(copy)
    except IntegrityError as error:
        raise OwnDataTakenError from error
    sections = list(queries.sections(session, actor.person_id))
    trail.record(
        session,
        actor=actor,
        action="reports.own_data_taken",
        subject_type="person",
        subject_id=actor.person_id,
        facts={"rows": sum(len(one.rows) for one in sections)},
    )
    lines = queries.lines(session, community_id=actor.community_id, person_id=actor.person_id)
    told = [
        [
            f"{line.effective_on}",
            words.restrictions[restriction],
            plain(line.memo),
            str(line.amount),
            str(line.balance_after),
        ]
        for restriction, line in lines
    ]
    return _archive(sections, words, told)


def _archive(sections: Iterable[Section], words: Words, lines: Sequence[Sequence[str]]) -> bytes:
    """Return the archive: the statement to be read, all rows as JSON, and each table as CSV."""
    buffer = io.BytesIO()
    everything: dict[str, Any] = {}
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(words.file_name, _csv([words.heads, *lines]))
        for one in sections:
            everything[one.name] = {"rows": list(one.rows), "there_is_more": one.is_cut}
            if one.rows:
                heads = list(one.rows[0])
                cells = [[_cell(row[name]) for name in heads] for row in one.rows]
                archive.writestr(f"csv/{one.name}.csv", _csv([heads, *cells]))
        text = json.dumps(everything, ensure_ascii=False, indent=1, default=str)
        archive.writestr("data.json", text.encode())
    return buffer.getvalue()


def _csv(rows: Iterable[Sequence[str]]) -> bytes:
    """Return rows as CSV, with the mark by which table programmes know the encoding."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def _cell(value: object) -> str:
    """Return a value as a cell."""
    if value is None:
        return ""
    if isinstance(value, str):
        return plain(value)
    return json.dumps(value, ensure_ascii=False, default=str)
