"""Merging two records of one person, for programs."""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from timebank.kernel.paging import Page
from timebank.volunteering.api.frame import api
from timebank.volunteering.queries import merging as reads_of
from timebank.volunteering.rules.merging import MergeState, MergeView, Obstacle, Twin
from timebank.volunteering.schemas.merging import (
    MergeIn,
    MergeListIn,
    MergeOut,
    ObstaclesOut,
    TwinOut,
)
from timebank.volunteering.schemas.records import ReasonIn
from timebank.volunteering.service import merging
from timebank.web.api import gives, gives_page, takes
from timebank.web.doors import current_actor, needs, reads, request_key, writes


def _merge(session: Session, merge_id: int) -> MergeView:
    """Return a merge as it is now."""
    return reads_of.merge(session, actor=current_actor(), merge_id=merge_id)


@api.get("/likely-doubles")
@needs("account.end")
@reads
@gives(TwinOut, many=True)
def list_twins(session: Session) -> Sequence[Twin]:
    """Records that look like one human, with the reasons."""
    actor = current_actor()
    reach = actor.reach("account.end")
    return reads_of.twins(session, community_id=actor.community_id, reach=reach)


@api.get("/account-merges")
@needs("account.end")
@reads
@takes(MergeListIn, where="query")
@gives_page(MergeOut)
def list_merges(
    session: Session, *, limit: int, cursor: str | None = None, state: MergeState | None = None
) -> Page[MergeView]:
    """The merges of the sender's places, newest first."""
    states = tuple(MergeState) if state is None else (state,)
    return reads_of.merges(
        session, actor=current_actor(), states=states, cursor=cursor, limit=limit
    )


@api.post("/account-merges")
@needs("account.end")
@writes(keyed=True)
@takes(MergeIn)
@gives(MergeOut, status=201)
def propose_merge(session: Session, *, old_id: int, kept_id: int, evidence: str) -> MergeView:
    """Propose that one record goes into another of the same human."""
    merge_id = merging.propose_merge(
        session,
        actor=current_actor(),
        key=request_key(),
        old_id=old_id,
        kept_id=kept_id,
        evidence=evidence,
    )
    return _merge(session, merge_id)


@api.get("/account-merges/<int:merge_id>/obstacles")
@needs("account.end")
@reads
@gives(ObstaclesOut)
def list_obstacles(session: Session, merge_id: int) -> Mapping[str, Sequence[Obstacle]]:
    """What must be ended at the record that is to be closed."""
    view = _merge(session, merge_id)
    community_id = current_actor().community_id
    found = reads_of.obstacles(session, community_id=community_id, person_id=view.old_id)
    return {"obstacles": found}


@api.post("/account-merges/<int:merge_id>/approve")
@needs("account.approve")
@writes(keyed=True)
@gives(MergeOut)
def approve_merge(session: Session, merge_id: int) -> MergeView:
    """Merge as proposed, as a second person."""
    merging.merge(session, actor=current_actor(), merge_id=merge_id)
    return _merge(session, merge_id)


@api.post("/account-merges/<int:merge_id>/refuse")
@needs("account.end")
@writes(keyed=True)
@takes(ReasonIn)
@gives(MergeOut)
def refuse_merge(session: Session, merge_id: int, *, reason: str) -> MergeView:
    """Refuse a proposal, or take back one's own."""
    merging.refuse_merge(session, actor=current_actor(), merge_id=merge_id, reason=reason)
    return _merge(session, merge_id)


@api.post("/account-merges/<int:merge_id>/ask-undo")
@needs("account.end")
@writes(keyed=True)
@takes(ReasonIn)
@gives(MergeOut)
def ask_undo_of_merge(session: Session, merge_id: int, *, reason: str) -> MergeView:
    """Say that the two are two humans after all."""
    merging.ask_undo(session, actor=current_actor(), merge_id=merge_id, reason=reason)
    return _merge(session, merge_id)


@api.post("/account-merges/<int:merge_id>/refuse-undo")
@needs("account.approve")
@writes(keyed=True)
@gives(MergeOut)
def refuse_undo_of_merge(session: Session, merge_id: int) -> MergeView:
    """Leave a merge as it is."""
    merging.refuse_undo(session, actor=current_actor(), merge_id=merge_id)
    return _merge(session, merge_id)


@api.post("/account-merges/<int:merge_id>/undo")
@needs("account.approve")
@writes(keyed=True)
@gives(MergeOut)
def undo_merge(session: Session, merge_id: int) -> MergeView:
    """Undo a merge, as a second person."""
    merging.undo_merge(session, actor=current_actor(), merge_id=merge_id)
    return _merge(session, merge_id)
