"""An organisation's desk, for programs."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from timebank.kernel.paging import Page
from timebank.volunteering.api.frame import api
from timebank.volunteering.queries import organisations as reads_of
from timebank.volunteering.rules.organisations import (
    DeskView,
    LeaderView,
    LedView,
    MembershipView,
    MemberView,
)
from timebank.volunteering.schemas.organisations import (
    CardIn,
    LeaderOut,
    LedOut,
    MembershipOut,
    OrganisationDeskOut,
    OrganisationMemberOut,
    OwnLedOut,
)
from timebank.volunteering.service import organisations
from timebank.web.api import PageIn, gives, gives_page, takes
from timebank.web.doors import current_actor, needs, reads, writes


def _leading(session: Session, organisation_id: int) -> Sequence[LeaderView]:
    """Return who leads an organisation now."""
    return reads_of.leaders_of(session, organisation_id=organisation_id)


def _mine(session: Session, membership_id: int) -> MembershipView:
    """Return how the sender stands now."""
    return reads_of.membership(
        session, person_id=current_actor().person_id, membership_id=membership_id
    )


@api.get("/organisation-leaders")
@needs("organisation.manage")
@reads
@gives(LedOut, many=True)
def list_leaders(session: Session) -> Sequence[LedView]:
    """The organisations of the community with who leads them."""
    return reads_of.with_leaders(session, community_id=current_actor().community_id)


@api.post("/organisations/<int:organisation_id>/leaders")
@needs("organisation.manage")
@writes(keyed=True)
@takes(CardIn)
@gives(LeaderOut, many=True, status=201)
def name_leader(session: Session, organisation_id: int, *, card_no: str) -> Sequence[LeaderView]:
    """Let somebody lead an organisation; answers with all who lead it."""
    organisations.name_leader(
        session, actor=current_actor(), organisation_id=organisation_id, card_no=card_no
    )
    return _leading(session, organisation_id)


@api.post("/organisation-leaders/<int:leader_id>/end")
@needs("organisation.manage")
@writes(keyed=True)
@gives(LedOut, many=True)
def end_leader(session: Session, leader_id: int) -> Sequence[LedView]:
    """Let somebody lead an organisation no longer; answers with who still does."""
    actor = current_actor()
    organisations.end_leader(session, actor=actor, leader_id=leader_id)
    return reads_of.with_leaders(session, community_id=actor.community_id)


@api.get("/me/organisations")
@needs("organisation.own")
@reads
@gives(OwnLedOut, many=True)
def my_organisations(session: Session) -> Sequence[LedView]:
    """The organisations that the sender leads."""
    return reads_of.led_by(session, person_id=current_actor().person_id)


@api.get("/me/organisations/<int:organisation_id>")
@needs("organisation.own")
@reads
@gives(OrganisationDeskOut)
def organisation_desk(session: Session, organisation_id: int) -> DeskView:
    """The desk of an organisation that the sender leads: sums, activities, asks without names."""
    return reads_of.desk(session, actor=current_actor(), organisation_id=organisation_id)


@api.get("/me/organisations/<int:organisation_id>/members")
@needs("organisation.own")
@reads
@takes(PageIn, where="query")
@gives_page(OrganisationMemberOut)
def list_members(
    session: Session, organisation_id: int, *, limit: int, cursor: str | None = None
) -> Page[MemberView]:
    """Who agreed to belong, each with what they served for this organisation."""
    return reads_of.members(
        session,
        actor=current_actor(),
        organisation_id=organisation_id,
        cursor=cursor,
        limit=limit,
    )


@api.post("/me/organisations/<int:organisation_id>/members")
@needs("organisation.own")
@writes(keyed=True)
@takes(CardIn)
@gives(OrganisationDeskOut, status=201)
def ask_member(session: Session, organisation_id: int, *, card_no: str) -> DeskView:
    """Ask somebody to belong; they are named only after they agreed."""
    actor = current_actor()
    organisations.ask_member(session, actor=actor, organisation_id=organisation_id, card_no=card_no)
    return reads_of.desk(session, actor=actor, organisation_id=organisation_id)


@api.post("/me/organisations/<int:organisation_id>/members/<int:membership_id>/drop")
@needs("organisation.own")
@writes(keyed=True)
@gives(OrganisationDeskOut)
def drop_member(session: Session, organisation_id: int, membership_id: int) -> DeskView:
    """End a membership, or take an ask back."""
    actor = current_actor()
    organisations.drop_member(
        session, actor=actor, organisation_id=organisation_id, membership_id=membership_id
    )
    return reads_of.desk(session, actor=actor, organisation_id=organisation_id)


@api.get("/me/memberships")
@needs("organisation.own")
@reads
@gives(MembershipOut, many=True)
def my_memberships(session: Session) -> Sequence[MembershipView]:
    """What the sender is asked, and where they belong."""
    return reads_of.memberships(session, person_id=current_actor().person_id)


@api.post("/me/memberships/<int:membership_id>/agree")
@needs("organisation.own")
@writes(keyed=True)
@gives(MembershipOut)
def agree(session: Session, membership_id: int) -> MembershipView:
    """Agree to belong, for oneself."""
    organisations.agree(session, actor=current_actor(), membership_id=membership_id)
    return _mine(session, membership_id)


@api.post("/me/memberships/<int:membership_id>/decline")
@needs("organisation.own")
@writes(keyed=True)
@gives(MembershipOut)
def decline(session: Session, membership_id: int) -> MembershipView:
    """Decline to belong; nobody is told."""
    organisations.decline(session, actor=current_actor(), membership_id=membership_id)
    return _mine(session, membership_id)


@api.post("/me/memberships/<int:membership_id>/leave")
@needs("organisation.own")
@writes(keyed=True)
@gives(MembershipOut)
def leave(session: Session, membership_id: int) -> MembershipView:
    """Leave an organisation, at any time."""
    organisations.leave(session, actor=current_actor(), membership_id=membership_id)
    return _mine(session, membership_id)
