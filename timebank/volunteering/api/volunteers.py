"""Who is a volunteer, who offers what, and how it was, for programs."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from timebank.kernel.paging import Page
from timebank.volunteering.api.frame import api
from timebank.volunteering.models.admission import VolunteerAdmission
from timebank.volunteering.queries import feedback as feedback_reads
from timebank.volunteering.queries import offers as offer_reads
from timebank.volunteering.queries import volunteers as reads_of
from timebank.volunteering.rules.admission import (
    AdmissionView,
    CoverFacts,
    CoverView,
    VolunteerView,
)
from timebank.volunteering.rules.feedback import FeedbackFacts, FeedbackView, TellingSide
from timebank.volunteering.rules.offers import OfferFacts, OfferView
from timebank.volunteering.schemas.tasks import WhyIn
from timebank.volunteering.schemas.volunteers import (
    AdmissionOut,
    ApplyIn,
    CoverIn,
    CoverOut,
    FeedbackIn,
    FeedbackListIn,
    FeedbackOut,
    IdentityIn,
    MadeOut,
    OfferIn,
    OfferOut,
    OffersIn,
    OwnAdmissionOut,
    VolunteerOut,
    VolunteersIn,
)
from timebank.volunteering.service import admission, feedback, offers
from timebank.web.api import gives, gives_page, takes
from timebank.web.doors import current_actor, needs, reads, writes


@api.get("/volunteers")
@needs("volunteer.keep")
@reads
@takes(VolunteersIn, where="query")
@gives_page(VolunteerOut)
def list_volunteers(session: Session, **asked: Any) -> Page[VolunteerView]:  # noqa: ANN401 - of the schema
    """Volunteers within reach, by what they can, speak, when they have time and where."""
    return reads_of.search(session, actor=current_actor(), **asked)


@api.get("/volunteers/<int:person_id>")
@needs("volunteer.keep")
@reads
@gives(VolunteerOut)
def show_volunteer(session: Session, person_id: int) -> VolunteerView:
    """One person as a volunteer."""
    return reads_of.volunteer(session, actor=current_actor(), person_id=person_id)


@api.get("/volunteer-admissions")
@needs("volunteer.keep")
@reads
@gives(AdmissionOut, many=True)
def list_admissions(session: Session) -> Sequence[AdmissionView]:
    """Who waits to be looked at or admitted, longest first."""
    return reads_of.admissions_waiting(session, actor=current_actor())


@api.post("/volunteer-admissions")
@needs("need.post")
@writes(keyed=True)
@takes(ApplyIn)
@gives(status=204)
def apply(session: Session, *, person_id: int | None, words: str) -> None:
    """Ask to become a volunteer; staff name the person."""
    admission.apply(session, actor=current_actor(), person_id=person_id, words=words)


@api.get("/me/volunteer-admission")
@needs("need.post")
@reads
@gives(OwnAdmissionOut)
def my_admission(session: Session) -> VolunteerAdmission | dict[str, Any]:
    """Where the sender stands as a volunteer; empty before they asked."""
    return reads_of.own_admission(session, actor=current_actor()) or {}


@api.post("/volunteer-admissions/<int:person_id>/check")
@needs("volunteer.keep")
@writes(keyed=True)
@takes(IdentityIn)
@gives(AdmissionOut)
def check_identity(session: Session, person_id: int, *, identity_note: str) -> AdmissionView:
    """Note by what one saw who somebody is: the first of two looks."""
    actor = current_actor()
    admission.check_identity(session, actor=actor, person_id=person_id, identity_note=identity_note)
    return reads_of.admission(session, actor=actor, person_id=person_id)


@api.post("/volunteer-admissions/<int:person_id>/admit")
@needs("volunteer.admit")
@writes(keyed=True)
@gives(AdmissionOut)
def admit(session: Session, person_id: int) -> AdmissionView:
    """Admit somebody whom another has seen."""
    actor = current_actor()
    admission.admit(session, actor=actor, person_id=person_id)
    return reads_of.admission(session, actor=actor, person_id=person_id)


@api.post("/volunteer-admissions/<int:person_id>/refuse")
@needs("volunteer.admit")
@writes(keyed=True)
@takes(WhyIn)
@gives(AdmissionOut)
def refuse(session: Session, person_id: int, *, reason: str) -> AdmissionView:
    """Answer that somebody is not admitted, and why."""
    actor = current_actor()
    admission.refuse(session, actor=actor, person_id=person_id, reason=reason)
    return reads_of.admission(session, actor=actor, person_id=person_id)


@api.post("/volunteer-admissions/<int:person_id>/suspend")
@needs("volunteer.admit")
@writes(keyed=True)
@takes(WhyIn)
@gives(AdmissionOut)
def suspend(session: Session, person_id: int, *, reason: str) -> AdmissionView:
    """Let a volunteer take nothing new until something is cleared up."""
    actor = current_actor()
    admission.suspend(session, actor=actor, person_id=person_id, reason=reason)
    return reads_of.admission(session, actor=actor, person_id=person_id)


@api.get("/accident-covers")
@needs("volunteer.keep")
@reads
@gives(CoverOut, many=True)
def list_covers(session: Session) -> Sequence[CoverView]:
    """Accident insurances, the last to end first."""
    return reads_of.covers(session, actor=current_actor())


@api.post("/accident-covers")
@needs("volunteer.admit")
@writes(keyed=True)
@takes(CoverIn)
@gives(MadeOut, status=201)
def note_cover(session: Session, *, facts: CoverFacts) -> dict[str, int]:
    """Note an accident insurance, of one volunteer or of all."""
    return {"id": admission.note_cover(session, actor=current_actor(), facts=facts)}


@api.get("/offers")
@needs("need.read")
@reads
@takes(OffersIn, where="query")
@gives_page(OfferOut)
def list_offers(session: Session, **asked: Any) -> Page[OfferView]:  # noqa: ANN401 - of the schema
    """What volunteers offer, newest first, without one's own."""
    return offer_reads.offers(session, actor=current_actor(), **asked)


@api.get("/me/offers")
@needs("task.join")
@reads
@gives(OfferOut, many=True)
def list_own_offers(session: Session) -> Sequence[OfferView]:
    """What the sender offers or offered."""
    return offer_reads.own_offers(session, actor=current_actor())


@api.post("/offers")
@needs("task.join")
@writes(keyed=True)
@takes(OfferIn)
@gives(MadeOut, status=201)
def post_offer(session: Session, *, facts: OfferFacts) -> dict[str, int]:
    """Offer a kind of help until a day; whoever needs it posts a need with ``offer_id``."""
    return {"id": offers.post_offer(session, actor=current_actor(), facts=facts)}


@api.post("/offers/<int:offer_id>/close")
@needs("task.join")
@writes(keyed=True)
@gives(status=204)
def close_offer(session: Session, offer_id: int) -> None:
    """Take an offer back."""
    offers.close_offer(session, actor=current_actor(), offer_id=offer_id)


@api.post("/sign-ups/<int:sign_up_id>/feedback")
@needs("task.read")
@writes(keyed=True)
@takes(FeedbackIn)
@gives(MadeOut, status=201)
def tell_feedback(
    session: Session, sign_up_id: int, *, facts: FeedbackFacts, side: TellingSide | None
) -> dict[str, int]:
    """Say how a service was, once for each side."""
    actor = current_actor()
    return {
        "id": feedback.tell(session, actor=actor, sign_up_id=sign_up_id, facts=facts, side=side)
    }


@api.get("/tasks/<int:task_id>/feedback")
@needs("task.read")
@reads
@gives(FeedbackOut, many=True)
def list_task_feedback(session: Session, task_id: int) -> Sequence[FeedbackView]:
    """What was said of a task, as far as the sender may read it."""
    return feedback_reads.said_of_task(session, actor=current_actor(), task_id=task_id)


@api.get("/feedback")
@needs("task.manage")
@reads
@takes(FeedbackListIn, where="query")
@gives_page(FeedbackOut)
def list_feedback(session: Session, **asked: Any) -> Page[FeedbackView]:  # noqa: ANN401 - of the schema
    """What was said at places the sender answers for, newest first."""
    return feedback_reads.said(session, actor=current_actor(), **asked)
