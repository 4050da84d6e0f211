"""Opinions for programs."""

from typing import Any

from flask import request
from sqlalchemy.orm import Session

from timebank.deliberation.queries import opinions as queries
from timebank.deliberation.queries.opinions import OpinionFilter
from timebank.deliberation.rules.opinions import OpinionView
from timebank.deliberation.schemas.opinions import (
    AnswerIn,
    EnterOpinionIn,
    IdOut,
    JoinIn,
    OpinionFilterIn,
    OpinionIn,
    OpinionOut,
    PublicOpinionIn,
    ReachOut,
    ReasonIn,
    SortIn,
    ToAgendaIn,
    TokenOut,
    VoiceOut,
)
from timebank.deliberation.service import opinions as verbs
from timebank.deliberation.service import planning
from timebank.kernel.paging import Page
from timebank.web.api import PageIn, gives, gives_page, room_api, takes
from timebank.web.doors import current_actor, needs, public, reads, writes

api = room_api("deliberation")
# What a verb is told is checked by the schema beside it.
Told = Any


def _seen(session: Session, opinion_id: int) -> OpinionView:
    """Return the opinion as the caller sees it after the act."""
    return queries.opinion(session, actor=current_actor(), opinion_id=opinion_id)


@api.get("/opinions")
@needs("opinion.read")
@reads
@takes(OpinionFilterIn, where="query")
@gives_page(OpinionOut)
def opinions(
    session: Session, *, wanted: OpinionFilter, limit: int, cursor: str | None = None
) -> Page[OpinionView]:
    """Opinions of the community, what must be answered first on top."""
    return queries.opinions(
        session, actor=current_actor(), wanted=wanted, cursor=cursor, limit=limit
    )


@api.post("/opinions")
@needs("opinion.sort")
@writes(keyed=True)
@takes(EnterOpinionIn)
@gives(OpinionOut, status=201)
def enter_opinion(session: Session, **told: Told) -> OpinionView:
    """Enter what came by phone or on paper."""
    return _seen(session, verbs.enter_opinion(session, actor=current_actor(), **told))


@api.get("/opinions/<int:opinion_id>")
@needs("opinion.read")
@reads
@gives(OpinionOut)
def opinion(session: Session, opinion_id: int) -> OpinionView:
    """One opinion."""
    return _seen(session, opinion_id)


@api.post("/opinions/<int:opinion_id>/sort")
@needs("opinion.sort")
@writes(keyed=True)
@takes(SortIn)
@gives(OpinionOut)
def sort_opinion(session: Session, opinion_id: int, **told: Told) -> OpinionView:
    """Say what it is about, and whether others may read it."""
    verbs.sort(session, actor=current_actor(), opinion_id=opinion_id, **told)
    return _seen(session, opinion_id)


@api.post("/opinions/<int:opinion_id>/join")
@needs("opinion.sort")
@writes(keyed=True)
@takes(JoinIn)
@gives(OpinionOut)
def join_opinion(session: Session, opinion_id: int, **told: Told) -> OpinionView:
    """Join it to one that said the same."""
    verbs.join(session, actor=current_actor(), opinion_id=opinion_id, **told)
    return _seen(session, opinion_id)


@api.post("/opinions/<int:opinion_id>/split")
@needs("opinion.sort")
@writes(keyed=True)
@gives(OpinionOut)
def split_opinion(session: Session, opinion_id: int) -> OpinionView:
    """Take it out again."""
    verbs.split(session, actor=current_actor(), opinion_id=opinion_id)
    return _seen(session, opinion_id)


@api.post("/opinions/<int:opinion_id>/answer")
@needs("opinion.sort")
@writes(keyed=True)
@takes(AnswerIn)
@gives(OpinionOut)
def answer_opinion(session: Session, opinion_id: int, **told: Told) -> OpinionView:
    """Answer it, and all that were joined to it."""
    verbs.answer(session, actor=current_actor(), opinion_id=opinion_id, **told)
    return _seen(session, opinion_id)


@api.post("/opinions/<int:opinion_id>/reopen")
@needs("opinion.sort")
@writes(keyed=True)
@takes(ReasonIn)
@gives(OpinionOut)
def reopen_opinion(session: Session, opinion_id: int, **told: Told) -> OpinionView:
    """Open an answered opinion again."""
    verbs.reopen(session, actor=current_actor(), opinion_id=opinion_id, **told)
    return _seen(session, opinion_id)


@api.post("/opinions/<int:opinion_id>/agenda")
@needs("meeting.keep")
@writes(keyed=True)
@takes(ToAgendaIn)
@gives(IdOut, status=201)
def put_on_agenda(session: Session, opinion_id: int, **told: Told) -> dict[str, int]:
    """Make it a matter of a meeting."""
    actor = current_actor()
    return {"id": planning.put_on_agenda(session, actor=actor, opinion_id=opinion_id, **told)}


@api.post("/opinions/<int:opinion_id>/contact")
@needs("opinion.sort")
@writes(keyed=True, keeps_answer=False)
@takes(ReasonIn)
@gives(ReachOut)
def show_contact(session: Session, opinion_id: int, **told: Told) -> dict[str, str]:
    """How to reach whoever said it; the look is written down."""
    actor = current_actor()
    return {"contact": verbs.show_contact(session, actor=actor, opinion_id=opinion_id, **told)}


@api.get("/voices")
@needs("opinion.give")
@reads
@takes(PageIn, where="query")
@gives_page(VoiceOut)
def voices(session: Session, *, limit: int, cursor: str | None = None) -> Page[OpinionView]:
    """What residents may read of each other."""
    return queries.voices(session, actor=current_actor(), cursor=cursor, limit=limit)


@api.get("/me/voices")
@needs("opinion.give")
@reads
@takes(PageIn, where="query")
@gives_page(VoiceOut)
def own_voices(session: Session, *, limit: int, cursor: str | None = None) -> Page[OpinionView]:
    """What the caller said."""
    return queries.own_opinions(session, actor=current_actor(), cursor=cursor, limit=limit)


@api.post("/voices")
@needs("opinion.give")
@writes(keyed=True)
@takes(OpinionIn)
@gives(VoiceOut, status=201)
def give_opinion(session: Session, **told: Told) -> OpinionView:
    """Say what should change."""
    return _seen(session, verbs.give_opinion(session, actor=current_actor(), **told))


@api.get("/voices/<int:opinion_id>")
@needs("opinion.give")
@reads
@gives(VoiceOut)
def voice(session: Session, opinion_id: int) -> OpinionView:
    """One opinion with its answer."""
    return _seen(session, opinion_id)


@api.post("/voices/<int:opinion_id>/support")
@needs("opinion.give")
@writes(keyed=True)
@gives(VoiceOut)
def support(session: Session, opinion_id: int) -> OpinionView:
    """Say that one wants the same."""
    verbs.support(session, actor=current_actor(), opinion_id=opinion_id)
    return _seen(session, opinion_id)


@api.post("/public-opinions")
@public
@writes(keyed=True, keeps_answer=False)
@takes(PublicOpinionIn)
@gives(TokenOut, status=201)
def say_in_public(session: Session, **told: Told) -> dict[str, str]:
    """Say something without an account; the token follows it and is shown this once."""
    return {"token": verbs.give_in_public(session, address=request.remote_addr or "", **told)}


@api.get("/public-opinions/<token>")
@public
@reads
@gives(VoiceOut)
def follow(session: Session, token: str) -> OpinionView:
    """One opinion, to whoever holds its token."""
    return queries.by_token(session, token)
