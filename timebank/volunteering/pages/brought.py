"""Hours from an older system: the lists, a new one, and the second look that books it."""

from io import BytesIO

from flask import make_response, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from timebank.volunteering.pages.frame import bp
from timebank.volunteering.queries import brought as reads_of
from timebank.volunteering.rules.brought import BroughtState, Kept
from timebank.volunteering.schemas.brought import BroughtFormIn, BroughtSourceIn
from timebank.volunteering.schemas.records import ReasonIn
from timebank.volunteering.service import brought as verbs
from timebank.volunteering.service import brought_files, brought_sources
from timebank.web import words
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
from timebank.web.paths import next_url

STATE_WORDS = {
    BroughtState.WAITING: ("waiting", lazy_gettext("等另一位核对")),
    BroughtState.BOOKED: ("done", lazy_gettext("入账了")),
    BroughtState.REFUSED: ("off", lazy_gettext("没有入账")),
}
KEPT_WORDS = {Kept.OWN: lazy_gettext("可用"), Kept.DONATION: lazy_gettext("只能捐")}
_SHEETS = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/brought-lists")
@needs("brought.read")
@reads
def brought_lists(session: Session) -> ResponseReturnValue:
    """Show the lists, newest first."""
    actor = current_actor()
    page = reads_of.batches(session, actor.community_id, **query(PageIn(unknown="exclude")))
    return render_template(
        "volunteering/brought_lists.html",
        batches=page.items,
        sources=reads_of.sources(session, actor.community_id),
        states=STATE_WORDS,
        next_url=next_url(page.next_cursor),
    )


@bp.post("/brought-lists/sources")
@needs("brought.approve")
@returns_to(brought_lists)
@writes
def add_brought_source(session: Session) -> ResponseReturnValue:
    """Add an older system from which lists are taken."""
    name = brought_sources.add_source(session, actor=current_actor(), **body(BroughtSourceIn()))
    return see_other(url_for(".brought_lists"), _("加上了“%(name)s”。", name=name))


@bp.get("/brought-lists/new")
@needs("brought.propose")
@reads
def new_brought_list(session: Session) -> ResponseReturnValue:
    """Show the form of a list."""
    return _new_page(session, ())


def _new_page(session: Session, problems: object) -> str:
    """Return the form, with the rows that cannot be taken."""
    sources = reads_of.sources(session, current_actor().community_id)
    return render_template(
        "volunteering/brought_new.html",
        problems=problems,
        sources=[(name, name) for name in sources],
    )


@bp.get("/brought-lists/template.xlsx")
@needs("brought.propose")
@reads
def brought_template(session: Session) -> ResponseReturnValue:
    """Hand out an empty list with one example."""
    del session
    return send_file(
        BytesIO(brought_files.brought_template()),
        mimetype=_SHEETS,
        as_attachment=True,
        download_name=f"{_('带来的时间')}.xlsx",
    )


@bp.post("/brought-lists/new")
@needs("brought.propose")
@returns_to(new_brought_list)
@writes
def bring_list(session: Session) -> ResponseReturnValue:
    """Keep a list until another books it, or show which rows cannot be taken and why."""
    file = request.files.get("file")
    done = verbs.bring_list(
        session,
        actor=current_actor(),
        key=request_key(),
        content=b"" if file is None else file.read(),
        file_name="" if file is None else file.filename or "",
        **body(BroughtFormIn()),
    )
    if done.batch_id is None:
        said = [(one.number, one.name, words.say(one.refusal)) for one in done.problems]
        return make_response(_new_page(session, said), 422)
    notice = _("清单收下了，等另一位核对入账。")
    return see_other(url_for(".brought_list", batch_id=done.batch_id), notice)


@bp.get("/brought-lists/<int:batch_id>")
@needs("brought.read")
@reads
def brought_list(session: Session, batch_id: int) -> ResponseReturnValue:
    """Show a list with its rows."""
    actor = current_actor()
    batch = reads_of.batch(session, community_id=actor.community_id, batch_id=batch_id)
    page = reads_of.lines(session, batch.id, **query(PageIn(unknown="exclude")))
    return render_template(
        "volunteering/brought_list.html",
        batch=batch,
        lines=page.items,
        states=STATE_WORDS,
        kept_words=KEPT_WORDS,
        next_url=next_url(page.next_cursor),
    )


@bp.post("/brought-lists/<int:batch_id>/book")
@needs("brought.approve")
@returns_to(brought_list)
@writes
def book_list(session: Session, batch_id: int) -> ResponseReturnValue:
    """Book a list that another brought."""
    verbs.book_list(session, actor=current_actor(), batch_id=batch_id)
    notice = _("入账了，每一位都在自己的明细里看得到。")
    return see_other(url_for(".brought_list", batch_id=batch_id), notice)


@bp.post("/brought-lists/<int:batch_id>/rows/<int:line_id>/return")
@needs("brought.approve")
@returns_to(brought_list)
@writes
def return_row(session: Session, batch_id: int, line_id: int) -> ResponseReturnValue:
    """Take a booked row back that was wrong."""
    verbs.return_row(
        session,
        actor=current_actor(),
        key=request_key(),
        batch_id=batch_id,
        line_id=line_id,
        **body(ReasonIn()),
    )
    notice = _("这一行撤掉了，用掉的部分记成欠的。")
    return see_other(url_for(".brought_list", batch_id=batch_id), notice)


@bp.post("/brought-lists/<int:batch_id>/refuse")
@needs("brought.propose")
@returns_to(brought_list)
@writes
def refuse_list(session: Session, batch_id: int) -> ResponseReturnValue:
    """Refuse a list, or take back one's own."""
    verbs.refuse_list(session, actor=current_actor(), batch_id=batch_id, **body(ReasonIn()))
    return see_other(url_for(".brought_list", batch_id=batch_id), _("没有入账，原因留着。"))
