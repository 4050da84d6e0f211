"""What everybody may know about a community."""

from dataclasses import replace

from sqlalchemy.orm import Session

from timebank.community.errors import CommunityNotFoundError
from timebank.kernel import clock
from timebank.reports.queries import counts, figures
from timebank.reports.rules.today import Disclosure


def disclosure(session: Session, *, code: str | None = None) -> Disclosure | None:
    """Return the public figures of a community, by its code or the first; None without any.

    Raises:
        CommunityNotFoundError: no community has the code.
    """
    community = counts.first_community(session, code)
    if community is None:
        if code:
            raise CommunityNotFoundError
        return None
    year = clock.today().year
    since = clock.day_bounds(clock.today().replace(month=1, day=1))[0]
    return Disclosure(
        community_code=community.code,
        community_name=community.name,
        subdistrict=community.subdistrict,
        product_name=community.product_name,
        phone=community.phone,
        year=year,
        given=counts.shared(counts.given(session, community.id)),
        redeemed=counts.shared(counts.redeemed(session, community.id)),
        projects=replace(
            figures.projects(session, community.id),
            count=counts.projects_known(session, community.id),
        ),
        cases=counts.cases_closed(session, community_id=community.id, since=since),
    )
