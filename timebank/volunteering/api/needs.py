"""Needs and what volunteers bring, for programs."""

from collections.abc import Collection
from typing import Any

from sqlalchemy.orm import Session

from timebank.kernel.paging import Page
from timebank.volunteering.api.frame import api
from timebank.volunteering.models.needs import VolunteerProfile
from timebank.volunteering.queries import helpers
from timebank.volunteering.queries import needs as reads_of
from timebank.volunteering.rules.needs import Language, NeedFacts, NeedState, NeedView, Skill
from timebank.volunteering.rules.places import Far
from timebank.volunteering.rules.tasks import Admission
from timebank.volunteering.schemas.needs import (
    ConsentIn,
    NeedIn,
    NeedListIn,
    NeedOut,
    ProfileIn,
    ProfileOut,
    TakenUpOut,
    TakeUpIn,
)
from timebank.volunteering.schemas.tasks import WhyIn
from timebank.volunteering.service import needs as verbs
from timebank.volunteering.service import profiles
from timebank.web.api import gives, gives_page, takes
from timebank.web.doors import current_actor, needs, reads, writes


def _need(session: Session, need_id: int) -> NeedView:
    """Return a need as the actor sees it now."""
    return reads_of.need(session, actor=current_actor(), need_id=need_id)


@api.get("/needs")
@needs("need.read")
@reads
@takes(NeedListIn, where="query")
@gives_page(NeedOut)
def list_needs(
    session: Session,
    *,
    limit: int,
    only_own: bool,
    cursor: str | None = None,
    state: NeedState | None = None,
) -> Page[NeedView]:
    """Needs within reach, newest first; ``only_own`` keeps those of the sender."""
    return reads_of.needs(
        session,
        actor=current_actor(),
        state=state,
        only_own=only_own,
        cursor=cursor,
        limit=limit,
    )


@api.post("/needs")
@needs("need.post")
@writes(keyed=True)
@takes(NeedIn)
@gives(NeedOut, status=201)
def create_need(session: Session, *, facts: NeedFacts) -> NeedView:
    """Post a need: one's own, a verified relative's, or of a resident of one's place."""
    return _need(session, verbs.post_need(session, actor=current_actor(), facts=facts))


@api.get("/needs/<int:need_id>")
@needs("need.read")
@reads
@gives(NeedOut)
def show_need(session: Session, need_id: int) -> NeedView:
    """One need."""
    return _need(session, need_id)


@api.post("/needs/<int:need_id>/take-up")
@needs("task.manage")
@writes(keyed=True)
@takes(TakeUpIn)
@gives(TakenUpOut)
def take_up_need(
    session: Session, need_id: int, *, admission: Admission
) -> dict[str, Collection[int]]:
    """Turn a need into its tasks of the next weeks."""
    made = verbs.take_up(session, actor=current_actor(), need_id=need_id, admission=admission)
    return {"task_ids": made}


@api.post("/needs/<int:need_id>/decline")
@needs("task.manage")
@writes(keyed=True)
@takes(WhyIn)
@gives(NeedOut)
def decline_need(session: Session, need_id: int, *, reason: str) -> NeedView:
    """Answer that nothing will be arranged, and why."""
    verbs.decline_need(session, actor=current_actor(), need_id=need_id, reason=reason)
    return _need(session, need_id)


@api.post("/needs/<int:need_id>/withdraw")
@needs("need.post")
@writes(keyed=True)
@takes(WhyIn)
@gives(NeedOut)
def withdraw_need(session: Session, need_id: int, *, reason: str) -> NeedView:
    """Take a need back; its coming tasks are cancelled."""
    verbs.withdraw_need(session, actor=current_actor(), need_id=need_id, reason=reason)
    return _need(session, need_id)


@api.get("/me/volunteer-profile")
@needs("task.join")
@reads
@gives(ProfileOut)
def my_volunteer_profile(session: Session) -> VolunteerProfile | dict[str, Any]:
    """What the sender told about themselves; empty before they did."""
    actor = current_actor()
    return helpers.profile(session, actor.person_id or 0) or {}


@api.post("/volunteer-profiles")
@needs("hours.record")
@writes(keyed=True)
@takes(ProfileIn)
@gives(status=204)
def tell_volunteer_profile(
    session: Session,
    *,
    person_id: int | None,
    skills: list[Skill],
    languages: list[Language],
    free_times: list[str],
    far: Far,
) -> None:
    """Tell what a volunteer brings; without a person it is the sender."""
    profiles.tell_profile(
        session,
        actor=current_actor(),
        person_id=person_id,
        skills=skills,
        languages=languages,
        free_times=free_times,
        far=far,
    )


@api.post("/guardian-consents")
@needs("person.register")
@writes(keyed=True)
@takes(ConsentIn)
@gives(status=204)
def give_consent(session: Session, *, minor_id: int, guardian_id: int) -> None:
    """Note that a guardian lets a minor help, said before staff."""
    profiles.give_guardian_consent(
        session, actor=current_actor(), minor_id=minor_id, guardian_id=guardian_id
    )


@api.post("/people/<int:person_id>/withdraw-guardian-consent")
@needs("person.register")
@writes(keyed=True)
@gives(status=204)
def withdraw_consent(session: Session, person_id: int) -> None:
    """Note that a guardian's consent holds no more."""
    profiles.withdraw_guardian_consent(session, actor=current_actor(), minor_id=person_id)
