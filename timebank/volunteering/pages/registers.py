"""Lists for other registers of volunteers: what waits, what was handed over, the files."""

from collections.abc import Iterator

from flask import Flask, Response, current_app, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.kernel.db import read_only
from timebank.volunteering.pages.frame import bp
from timebank.volunteering.queries import registers as reads_of
from timebank.volunteering.rules import registers as rules
from timebank.volunteering.rules.registers import BatchView, FileKind
from timebank.volunteering.schemas.registers import RegisterFileIn, RegisterFormIn
from timebank.volunteering.service import registers as verbs
from timebank.web.api import PageIn
from timebank.web.doors import (
    body,
    current_actor,
    needs,
    query,
    reads,
    request_key,
    returns_to,
    see_other,
    writes,
)

KIND_WORDS = {
    FileKind.XLSX: lazy_gettext("Excel 表"),
    FileKind.CSV: lazy_gettext("文本表（UTF-8）"),
    FileKind.CSV_GB18030: lazy_gettext("文本表（GB18030）"),
}
_PORTION_BYTES = 64 * 1024
_TYPES = {FileKind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


@bp.get("/registers")
@needs("register.export")
@reads
def registers(session: Session, **_refused: int) -> ResponseReturnValue:
    """Show what waits to be handed over, and what was."""
    actor, today = current_actor(), clock.today()
    page = reads_of.batches(session, actor.community_id, **query(PageIn(unknown="exclude")))
    since_on = today.replace(month=1, day=1)
    new, corrections = reads_of.count_waiting(
        session, actor.community_id, since_on=since_on, through_on=today
    )
    return render_template(
        "volunteering/registers.html",
        batches=page.items,
        next_url=page.next_cursor and url_for(".registers", cursor=page.next_cursor),
        since_on=since_on,
        through_on=today,
        new=new,
        corrections=corrections,
        kinds=KIND_WORDS,
    )


@bp.post("/registers")
@needs("register.export")
@returns_to(registers)
@writes
def make_register(session: Session) -> ResponseReturnValue:
    """Hand a period's records over."""
    actor = current_actor()
    batch_id = verbs.make_batch(session, actor=actor, key=request_key(), **body(RegisterFormIn()))
    found = reads_of.batch(session, community_id=actor.community_id, batch_id=batch_id)
    notice = _("第 %(number)s 批，%(rows)s 条，可以下载了。", number=found.number, rows=found.rows)
    return see_other(url_for(".registers"), notice)


@bp.post("/registers/<int:batch_id>/file")
@needs("register.export")
@returns_to(registers)
@writes(keeps_answer=False)
def register_file(session: Session, batch_id: int) -> ResponseReturnValue:
    """Hand over a batch's file; each time leaves its line in the trail."""
    actor = current_actor()
    kind = body(RegisterFileIn())["kind"]
    found = verbs.hand_out(session, actor=actor, batch_id=batch_id, kind=kind)
    house = community_queries.community(session, actor.community_id)
    name = rules.file_name(found, kind, code=house.code)
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's documented way
    answer = Response(_written(found, kind, app), mimetype=_TYPES.get(kind, "text/csv"))
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _written(found: BatchView, kind: FileKind, app: Flask) -> Iterator[bytes]:
    """Yield a file in portions; nothing of the request is left when this begins."""
    with app.app_context():
        file = read_only(lambda session: verbs.written_file(session, found, kind))
    with file:
        yield from iter(lambda: file.read(_PORTION_BYTES), b"")
