"""A centre for its manager's programs: the view, and the slips behind a figure."""

from sqlalchemy.orm import Session

from timebank.care.api.frame import api
from timebank.care.queries import overview as queries
from timebank.care.rules.desk import RedemptionView
from timebank.care.rules.overview import Overview, RowsOf
from timebank.care.schemas.desk import RedemptionOut
from timebank.care.schemas.overview import OverviewIn, OverviewOut, OverviewRowsIn
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
