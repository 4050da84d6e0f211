"""What staff see of accounts that end: the desk, likely doubles, a merge and its two hands.

A page to which a refused act returns is handed what the act was about; it shows what is there now.
"""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.volunteering.pages.frame import bp
from timebank.volunteering.queries import leaving as leavings_of
from timebank.volunteering.queries import merging as reads_of
from timebank.volunteering.queries import passbook
from timebank.volunteering.schemas.merging import MergeFormIn, MergeQuery
from timebank.volunteering.schemas.records import ReasonIn
from timebank.volunteering.service import merging
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


@bp.get("/accounts/ends")
@needs("account.end")
@reads
def account_ends(session: Session) -> ResponseReturnValue:
    """Show what waits: merges, frozen accounts, and records that look like one human."""
    actor = current_actor()
    return render_template(
        "volunteering/account_ends.html",
        merges=reads_of.merges(session, actor=actor).items,
        leavings=leavings_of.leavings(session, actor=actor).items,
        twins=reads_of.twins(
            session, community_id=actor.community_id, reach=actor.reach("account.end")
        ),
    )


@bp.get("/accounts/merges/new")
@needs("account.end")
@reads
def new_merge(session: Session) -> ResponseReturnValue:
    """Show the form of a merge, with those whom the writer may mean."""
    actor, asked = current_actor(), query(MergeQuery())
    found = community_queries.search_persons(
        session,
        community_id=actor.community_id,
        text=asked["text"],
        reach=actor.reach("account.end"),
        limit=8,
    )
    chosen = [one for one in (asked["kept_id"], asked["old_id"]) if one is not None]
    people = {**community_queries.persons(session, chosen), **{one.id: one for one in found}}
    here = [one for one in people.values() if one.is_active]
    return render_template(
        "volunteering/merge_new.html",
        text=asked["text"],
        old_id=asked["old_id"],
        kept_id=asked["kept_id"],
        people=[one for one in here if one.id in chosen or one in found],
    )


@bp.post("/accounts/merges/new")
@needs("account.end")
@returns_to(new_merge)
@writes
def propose_merge(session: Session) -> ResponseReturnValue:
    """Propose a merge."""
    merge_id = merging.propose_merge(
        session, actor=current_actor(), key=request_key(), **body(MergeFormIn())
    )
    return see_other(url_for(".account_merge", merge_id=merge_id), _("提出来了，等另一位来批。"))


@bp.get("/accounts/merges/<int:merge_id>")
@needs("account.end")
@reads
def account_merge(session: Session, merge_id: int) -> ResponseReturnValue:
    """Show a merge, both records, and what stands in its way."""
    actor = current_actor()
    view = reads_of.merge(session, actor=actor, merge_id=merge_id)
    is_waiting = view.state == "proposed"
    return render_template(
        "volunteering/merge.html",
        merge=view,
        people=community_queries.persons(session, [view.old_id, view.kept_id]),
        obstacles=reads_of.obstacles(
            session, community_id=actor.community_id, person_id=view.old_id
        )
        if is_waiting
        else [],
    )


@bp.post("/accounts/merges/<int:merge_id>/approve")
@needs("account.approve")
@returns_to(account_merge)
@writes
def approve_merge(session: Session, merge_id: int) -> ResponseReturnValue:
    """Merge as proposed."""
    merging.merge(session, actor=current_actor(), merge_id=merge_id)
    return _back(merge_id, _("合并好了，每一笔时间都带着原来的日子过来了。"))


@bp.post("/accounts/merges/<int:merge_id>/refuse")
@needs("account.end")
@returns_to(account_merge)
@writes
def refuse_merge(session: Session, merge_id: int) -> ResponseReturnValue:
    """Refuse a proposal, or take back one's own."""
    merging.refuse_merge(session, actor=current_actor(), merge_id=merge_id, **body(ReasonIn()))
    return _back(merge_id, _("没有合并，两份登记都照旧。"))


@bp.post("/accounts/merges/<int:merge_id>/undo/ask")
@needs("account.end")
@returns_to(account_merge)
@writes
def ask_undo_of_merge(session: Session, merge_id: int) -> ResponseReturnValue:
    """Say that the two are two humans after all."""
    merging.ask_undo(session, actor=current_actor(), merge_id=merge_id, **body(ReasonIn()))
    return _back(merge_id, _("记下了，等另一位来批撤回。"))


@bp.post("/accounts/merges/<int:merge_id>/undo/refuse")
@needs("account.approve")
@returns_to(account_merge)
@writes
def refuse_undo_of_merge(session: Session, merge_id: int) -> ResponseReturnValue:
    """Leave a merge as it is."""
    merging.refuse_undo(session, actor=current_actor(), merge_id=merge_id)
    return _back(merge_id, _("不撤回，合并照旧。"))


@bp.post("/accounts/merges/<int:merge_id>/undo")
@needs("account.approve")
@returns_to(account_merge)
@writes
def undo_merge(session: Session, merge_id: int) -> ResponseReturnValue:
    """Undo a merge."""
    merging.undo_merge(session, actor=current_actor(), merge_id=merge_id)
    return _back(merge_id, _("撤回了，两份登记和合并前一样。"))


@bp.get("/me/statement/before/<int:merge_id>")
@needs("hours.read")
@reads
def statement_before(session: Session, merge_id: int) -> ResponseReturnValue:
    """Show the passbook of one's older record, as it was until it was merged into the present."""
    actor = current_actor()
    merge = reads_of.own_merge(session, actor=actor, merge_id=merge_id)
    page = passbook.passbook(
        session,
        community_id=actor.community_id,
        person_id=merge.old_id,
        **query(PageIn(unknown="exclude")),
    )
    cursor = page.next_cursor
    return render_template(
        "volunteering/statement_before.html",
        merge=merge,
        page=page,
        behind={},
        next_url=cursor and url_for(".statement_before", merge_id=merge_id, cursor=cursor),
    )


def _back(merge_id: int, notice: str) -> ResponseReturnValue:
    """Go back to the merge."""
    return see_other(url_for(".account_merge", merge_id=merge_id), notice)
