"""Where a report without an account goes: the community that was named, and its doors."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from timebank.cases.queries import signs
from timebank.community import queries as community_queries
from timebank.community.errors import CommunityNotFoundError
from timebank.community.rules import CommunityView
from timebank.kernel.actor import Actor


def asked(
    session: Session,
    *,
    community: str | None = None,
    sign: str | None = None,
    form: Mapping[str, str] | None = None,
) -> CommunityView:
    """Return the community of a sign or a code; without either the first of the house.

    Raises:
        CommunityNotFoundError: there is none such.
    """
    code = (form or {}).get("community") or community
    known = community_queries.communities(session)
    if sign:
        hangs_in = signs.sign_of_code(session, sign).community_id
        known = [one for one in known if one.id == hangs_in]
    elif code:
        known = [one for one in known if one.code == code]
    if not known:
        raise CommunityNotFoundError
    return known[0]


def choices(session: Session, community_id: int) -> list[tuple[int, str]]:
    """Return the doors to choose from, each with its grid."""
    return [
        (place.id, f"{place.grid_name} {place.label}")
        for place in community_queries.micro_grids(session, community_id)
    ]


def form_for(actor: Actor | None, community_id: int) -> str:
    """Return the form for whoever scanned a sign: staff, resident, or a stranger."""
    if actor is None or actor.community_id != community_id:
        return "cases.new_open_report"
    return "cases.new_case" if actor.may("case.work") else "cases.new_report"
