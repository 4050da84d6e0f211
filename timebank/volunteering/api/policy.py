"""The rules for hours, for programs."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from timebank.kernel.paging import Page
from timebank.volunteering.api.frame import api
from timebank.volunteering.errors.policy import NoMemberError, SimulationNotFoundError
from timebank.volunteering.models.policy import PolicySimulation
from timebank.volunteering.queries import expiry, own_rules
from timebank.volunteering.queries import policy as reads_of
from timebank.volunteering.queries.expiry import DueView
from timebank.volunteering.queries.own_rules import MyRules
from timebank.volunteering.queries.policy import KindView, OutcomeView, VersionView
from timebank.volunteering.rules import policy as rules
from timebank.volunteering.rules.policy import Change, Policy
from timebank.volunteering.rules.presets import PRESETS, Preset
from timebank.volunteering.schemas.policy import (
    ChangeOut,
    DraftIn,
    DueOut,
    KindIn,
    MyRulesOut,
    OtherIn,
    OutcomeOut,
    PolicyIn,
    PresetOut,
    SimulationOut,
    VersionOut,
)
from timebank.volunteering.schemas.records import KindOut
from timebank.volunteering.service import kinds
from timebank.volunteering.service import policy as _verbs
from timebank.web.api import PageIn, gives, gives_page, takes
from timebank.web.doors import current_actor, needs, reads, writes


def _version(session: Session, number: int) -> VersionView:
    """Return a version as it is now."""
    return reads_of.version(session, actor=current_actor(), number=number)


def _simulation(session: Session, number: int) -> PolicySimulation:
    """Return the last simulation of a version.

    Raises:
        SimulationNotFoundError: there is none yet.
    """
    found = reads_of.simulation(session, _version(session, number).id)
    if found is None:
        raise SimulationNotFoundError
    return found


@api.get("/hours-policies")
@needs("policy.read")
@reads
@takes(PageIn, where="query")
@gives_page(VersionOut)
def list_policies(session: Session, *, limit: int, cursor: str | None = None) -> Page[VersionView]:
    """Every version, newest first."""
    return reads_of.versions(session, actor=current_actor(), cursor=cursor, limit=limit)


@api.post("/hours-policies")
@needs("policy.draft")
@writes(keyed=True)
@takes(DraftIn)
@gives(VersionOut, status=201)
def draft_policy(
    session: Session, *, policy: Policy, in_force_on: date, note: str, preset: str
) -> VersionView:
    """Draft a version; it counts for nobody before a second person has approved it."""
    number = _verbs.draft_policy(
        session,
        actor=current_actor(),
        policy=policy,
        in_force_on=in_force_on,
        note=note,
        preset=preset,
    )
    return _version(session, number)


@api.get("/hours-policies/<int:number>")
@needs("policy.read")
@reads
@gives(VersionOut)
def show_policy(session: Session, number: int) -> VersionView:
    """One version."""
    return _version(session, number)


@api.post("/hours-policies/<int:number>/change")
@needs("policy.draft")
@writes(keyed=True)
@takes(PolicyIn)
@gives(VersionOut)
def change_policy(
    session: Session, number: int, *, policy: Policy, in_force_on: date, note: str
) -> VersionView:
    """Say a draft anew, as the one who drafted it."""
    _verbs.change_draft(
        session,
        actor=current_actor(),
        number=number,
        policy=policy,
        in_force_on=in_force_on,
        note=note,
    )
    return _version(session, number)


@api.post("/hours-policies/<int:number>/simulate")
@needs("policy.draft")
@writes(keyed=True)
@gives(SimulationOut)
def simulate_policy(session: Session, number: int) -> PolicySimulation:
    """Reckon last year's approved records by a draft."""
    _verbs.simulate_policy(session, actor=current_actor(), number=number)
    return _simulation(session, number)


@api.get("/hours-policies/<int:number>/simulation")
@needs("policy.read")
@reads
@gives(SimulationOut)
def show_simulation(session: Session, number: int) -> PolicySimulation:
    """The last simulation of a version."""
    return _simulation(session, number)


@api.get("/hours-policies/<int:number>/outcomes")
@needs("policy.read")
@reads
@takes(PageIn, where="query")
@gives_page(OutcomeOut)
def list_outcomes(
    session: Session, number: int, *, limit: int, cursor: str | None = None
) -> Page[OutcomeView]:
    """Whose minutes the last simulation changes, the greatest loss first."""
    found = _simulation(session, number)
    return reads_of.outcomes(session, simulation_id=found.id, cursor=cursor, limit=limit)


@api.post("/hours-policies/<int:number>/approve")
@needs("policy.approve")
@writes(keyed=True)
@gives(VersionOut)
def approve_policy(session: Session, number: int) -> VersionView:
    """Bring a simulated version into force from its day on, as another than who drafted it."""
    _verbs.approve_policy(session, actor=current_actor(), number=number)
    return _version(session, number)


@api.post("/hours-policies/<int:number>/discard")
@needs("policy.draft")
@writes(keyed=True)
@gives(VersionOut)
def discard_policy(session: Session, number: int) -> VersionView:
    """Lay a draft aside for good."""
    _verbs.discard_draft(session, actor=current_actor(), number=number)
    return _version(session, number)


@api.get("/hours-policies/<int:number>/differences")
@needs("policy.read")
@reads
@takes(OtherIn, where="query")
@gives(ChangeOut, many=True)
def list_differences(
    session: Session, number: int, *, other: int | None = None
) -> Sequence[Change]:
    """What a version says differently from another, or from the one in force."""
    seen, before = reads_of.pair(session, actor=current_actor(), number=number, other=other)
    return rules.differences(before.policy, seen.policy)


@api.get("/hours-policy-presets")
@needs("policy.read")
@reads
@gives(PresetOut, many=True)
def list_presets(_session: Session) -> Sequence[Preset]:
    """The rules of three cities, each value with its source."""
    return list(PRESETS.values())


@api.get("/me/rules")
@needs("hours.read")
@reads
@gives(MyRulesOut)
def my_rules(session: Session) -> MyRules:
    """What applies to the sender today."""
    actor = current_actor()
    if actor.person_id is None:
        raise NoMemberError
    return own_rules.my_rules(session, community_id=actor.community_id, person_id=actor.person_id)


@api.get("/me/expiring-minutes")
@needs("hours.read")
@reads
@gives(DueOut, many=True)
def my_expiry(session: Session) -> Sequence[DueView]:
    """What of the sender's minutes expires when, soonest first."""
    actor = current_actor()
    return expiry.my_expiry(session, community_id=actor.community_id, person_id=actor.person_id)


def _kind(session: Session, kind_id: int) -> KindView:
    """Return a kind as it is now."""
    return reads_of.kind(session, current_actor().community_id, kind_id)


@api.post("/service-kinds")
@needs("policy.draft")
@writes(keyed=True)
@takes(KindIn)
@gives(KindOut, status=201)
def create_kind(session: Session, *, name: str, description: str, is_risky: bool) -> KindView:
    """Add a kind of service."""
    kind_id = kinds.new_kind(
        session, actor=current_actor(), name=name, description=description, is_risky=is_risky
    )
    return _kind(session, kind_id)


@api.post("/service-kinds/<int:kind_id>/change")
@needs("policy.draft")
@writes(keyed=True)
@takes(KindIn)
@gives(KindOut)
def change_kind(
    session: Session, kind_id: int, *, name: str, description: str, is_risky: bool
) -> KindView:
    """Name and describe a kind anew."""
    kinds.change_kind(
        session,
        actor=current_actor(),
        kind_id=kind_id,
        name=name,
        description=description,
        is_risky=is_risky,
    )
    return _kind(session, kind_id)


@api.post("/service-kinds/<int:kind_id>/offer")
@needs("policy.draft")
@writes(keyed=True)
@gives(KindOut)
def offer_kind(session: Session, kind_id: int) -> KindView:
    """Offer a kind for new records again."""
    kinds.switch_kind(session, actor=current_actor(), kind_id=kind_id, is_active=True)
    return _kind(session, kind_id)


@api.post("/service-kinds/<int:kind_id>/close")
@needs("policy.draft")
@writes(keyed=True)
@gives(KindOut)
def close_kind(session: Session, kind_id: int) -> KindView:
    """Offer a kind no longer; old records keep it."""
    kinds.switch_kind(session, actor=current_actor(), kind_id=kind_id, is_active=False)
    return _kind(session, kind_id)
