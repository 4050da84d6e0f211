"""The manager's catalogue: centres, services and the versions of their prices."""

from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.care.errors.desk import CentreNotFoundError, ServiceNotFoundError
from timebank.care.pages.frame import WORDS, bp
from timebank.care.queries import catalogue as catalogue_queries
from timebank.care.queries import undo_requests
from timebank.care.rules.desk import CentreKind, ServiceClass, ServiceView
from timebank.care.rules.eligibility import HardshipClass
from timebank.care.rules.home import Delivery
from timebank.care.schemas.desk import CentreIn, NewServiceIn, OpeningIn, PriceIn, ServiceIn
from timebank.care.service import catalogue
from timebank.kernel import clock
from timebank.volunteering.queries import limits
from timebank.web.doors import (
    body,
    current_actor,
    needs,
    reads,
    returns_to,
    see_other,
    writes,
)
from timebank.web.service_units import ENGLISH

CLASSES = [(one.value, WORDS[one]) for one in ServiceClass]
HARDSHIP = [(one.value, WORDS[one]) for one in HardshipClass]
DELIVERIES = [(one.value, WORDS[one]) for one in Delivery]
KINDS = [(one.value, WORDS[one]) for one in CentreKind]


def managed(session: Session, service_id: int) -> ServiceView:
    """Return a service that the actor manages."""
    actor = current_actor()
    view = catalogue_queries.service(
        session, community_id=actor.community_id, service_id=service_id, day=clock.today()
    )
    if not actor.reach("care.manage").covers(centre_id=view.centre_id):
        raise ServiceNotFoundError
    return view


def _choices(session: Session) -> dict[str, object]:
    """Return what a form of a service lets choose."""
    kinds = limits.kinds(session, current_actor().community_id)
    return {
        "service_units": ENGLISH,
        "classes": CLASSES,
        "deliveries": DELIVERIES,
        "hardship": HARDSHIP,
        "help_kinds": [(one.id, one.name) for one in kinds],
    }


@bp.get("/care/services")
@needs("care.manage")
@reads
def services(session: Session, **_refused: int) -> ResponseReturnValue:
    """Show the catalogue of the centres that the actor manages."""
    actor = current_actor()
    ours = catalogue_queries.centres_of(session, actor, "care.manage")
    found = catalogue_queries.services(
        session, community_id=actor.community_id, day=clock.today(), is_active=None
    )
    by_centre = [(one, [s for s in found if s.centre_id == one.id]) for one in ours]
    return render_template(
        "care/services.html",
        by_centre=by_centre,
        may_open=actor.reach("care.manage").is_wide,
        switches=catalogue_queries.benefit_switches(session, actor.community_id),
        undo_waiting=len(undo_requests.waiting_anywhere(session, actor=actor)),
    )


@bp.get("/care/services/new")
@needs("care.manage")
@reads
def new_service(session: Session) -> ResponseReturnValue:
    """Show the form for a new service."""
    managed_centres = catalogue_queries.centres_of(session, current_actor(), "care.manage")
    return render_template(
        "care/new_service.html",
        centres=[(one.id, one.name) for one in managed_centres],
        **_choices(session),
    )


@bp.post("/care/services/new")
@needs("care.manage")
@returns_to(new_service)
@writes
def add_service(session: Session) -> ResponseReturnValue:
    """Put a service into a catalogue."""
    made = catalogue.add_service(session, actor=current_actor(), **body(NewServiceIn()))
    return see_other(url_for(".service", service_id=made.id), _("加好了，今天起可以兑换"))


@bp.get("/care/services/<int:service_id>")
@needs("care.manage")
@reads
def service(session: Session, service_id: int) -> ResponseReturnValue:
    """Show a service with its prices, to be changed."""
    return render_template(
        "care/service.html",
        service=managed(session, service_id),
        prices=catalogue_queries.prices(session, service_id),
        **_choices(session),
    )


@bp.post("/care/services/<int:service_id>")
@needs("care.manage")
@returns_to(service)
@writes
def change_service(session: Session, service_id: int) -> ResponseReturnValue:
    """Change what is said about a service."""
    facts: dict[str, Any] = body(ServiceIn())
    catalogue.change_service(session, actor=current_actor(), service_id=service_id, **facts)
    return see_other(url_for(".service", service_id=service_id), _("改好了"))


@bp.post("/care/services/<int:service_id>/prices")
@needs("care.manage")
@returns_to(service)
@writes
def set_price(session: Session, service_id: int) -> ResponseReturnValue:
    """Add a version of the price."""
    catalogue.set_price(session, actor=current_actor(), service_id=service_id, **body(PriceIn()))
    return see_other(url_for(".service", service_id=service_id), _("新价格记下了"))


@bp.get("/care/centres/new")
@needs("care.manage")
@reads
def new_centre(_session: Session) -> ResponseReturnValue:
    """Show the form for a new centre; only those who manage all of them."""
    if not current_actor().reach("care.manage").is_wide:
        raise CentreNotFoundError
    return render_template("care/new_centre.html", kinds=KINDS)


@bp.post("/care/centres/new")
@needs("care.manage")
@returns_to(new_centre)
@writes
def add_centre(session: Session) -> ResponseReturnValue:
    """Open a centre."""
    made = catalogue.add_centre(session, actor=current_actor(), **body(CentreIn()))
    return see_other(url_for(".services"), _("服务点“%(name)s”开好了", name=made.name))


@bp.post("/care/centres/<int:centre_id>/opening")
@needs("care.manage")
@returns_to(services)
@writes
def tell_opening(session: Session, centre_id: int) -> ResponseReturnValue:
    """Say when a centre is open."""
    catalogue.tell_opening(session, actor=current_actor(), centre_id=centre_id, **body(OpeningIn()))
    return see_other(url_for(".services"), _("记下了，居民看得到。"))
