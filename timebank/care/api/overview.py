"""A centre for its manager's programs: the view, and the slips behind a figure."""

from sqlalchemy.orm import Session

from timebank.care.api.frame import api
from timebank.care.queries import overview as queries
from timebank.care.queries import overview_rows as behind
from timebank.care.rules.desk import BookingView, RedemptionView
from timebank.care.rules.overview import FullDay, Overview, RefusalView, RowsOf
from timebank.care.schemas.desk import BookingOut, RedemptionOut
from timebank.care.schemas.overview import (
    FullDayOut,
    FullDaysIn,
    MissedIn,
    OverviewIn,
    OverviewOut,
    OverviewRowsIn,
    RefusalOut,
    RefusalsIn,
)
from timebank.kernel.paging import Page
from timebank.web.api import gives, gives_page, takes
from timebank.web.doors import current_actor, needs, reads


@api.get("/care-centres/<int:centre_id>/overview")
@needs("care.manage")
@reads
@takes(OverviewIn, where="query")
@gives(OverviewOut)
def get_overview(session: Session, centre_id: int, *, days: int, unseen_days: int) -> Overview:
    """A centre over some days, as its manager sees it."""
    return queries.overview(
        session, actor=current_actor(), centre_id=centre_id, days=days, unseen_days=unseen_days
    )


@api.get("/care-centres/<int:centre_id>/overview-slips")
@needs("care.manage")
@reads
@takes(OverviewRowsIn, where="query")
@gives_page(RedemptionOut)
def list_overview_slips(
    session: Session,
    centre_id: int,
    *,
    of: RowsOf,
    key: int,
    weekday: int | None,
    days: int,
    cursor: str | None,
) -> Page[RedemptionView]:
    """The slips behind a figure of the view, newest first."""
    return queries.rows(
        session,
        actor=current_actor(),
        centre_id=centre_id,
        of=of,
        key=key,
        weekday=weekday,
        days=days,
        cursor=cursor,
    )


@api.get("/care-centres/<int:centre_id>/overview-missed")
@needs("care.manage")
@reads
@takes(MissedIn, where="query")
@gives_page(BookingOut)
def list_overview_missed(
    session: Session, centre_id: int, *, service_id: int, days: int, cursor: str | None
) -> Page[BookingView]:
    """Bookings of a service to which nobody came, newest first."""
    return behind.missed(
        session,
        actor=current_actor(),
        centre_id=centre_id,
        service_id=service_id,
        days=days,
        cursor=cursor,
    )


@api.get("/care-centres/<int:centre_id>/overview-refusals")
@needs("care.manage")
@reads
@takes(RefusalsIn, where="query")
@gives_page(RefusalOut)
def list_overview_refusals(
    session: Session,
    centre_id: int,
    *,
    service_id: int | None,
    user_id: int | None,
    days: int,
    cursor: str | None,
) -> Page[RefusalView]:
    """Who was refused a service, or what a member of staff tried for their own, newest first."""
    return behind.refusals(
        session,
        actor=current_actor(),
        centre_id=centre_id,
        service_id=service_id,
        user_id=user_id,
        days=days,
        cursor=cursor,
    )


@api.get("/care-centres/<int:centre_id>/overview-full-days")
@needs("care.manage")
@reads
@takes(FullDaysIn, where="query")
@gives(FullDayOut, many=True)
def list_overview_full_days(
    session: Session, centre_id: int, *, service_id: int, days: int
) -> list[FullDay]:
    """The days on which a service was full, or will be within two weeks, newest first."""
    return behind.full_days(
        session, actor=current_actor(), centre_id=centre_id, service_id=service_id, days=days
    )
