"""What today asks for, and what everybody may know."""

from sqlalchemy.orm import Session

from timebank.community.errors import CommunityNotFoundError
from timebank.reports.api.frame import api
from timebank.reports.queries import disclosure as public_reads
from timebank.reports.queries import figures as staff_reads
from timebank.reports.queries import hours as hours_reads
from timebank.reports.rules.today import Disclosure, Figures, HoursByGrid
from timebank.reports.schemas.today import DisclosureIn, DisclosureOut, FiguresOut, HoursByGridOut
from timebank.web.api import gives, takes
from timebank.web.doors import current_actor, needs, public, reads


@api.get("/figures")
@needs("ledger.audit")
@reads
@gives(FiguresOut)
def figures(session: Session) -> Figures:
    """All figures of the community, as they stand now."""
    return staff_reads.figures(session, actor=current_actor())


@api.get("/figures/hours-by-grid")
@needs("ledger.audit")
@reads
@gives(HoursByGridOut)
def hours_by_grid(session: Session) -> HoursByGrid:
    """Minutes earned in each grid in the last twelve months."""
    return hours_reads.by_grid(session, current_actor().community_id)


@api.get("/public-figures")
@public
@reads
@takes(DisclosureIn, where="query")
@gives(DisclosureOut)
def public_figures(session: Session, *, community: str | None = None) -> Disclosure:
    """What everybody may know of a community, by its code or of the first."""
    found = public_reads.disclosure(session, code=community)
    if found is None:
        raise CommunityNotFoundError
    return found
