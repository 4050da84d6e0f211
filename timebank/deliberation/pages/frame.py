"""The one blueprint of the hall's pages, and words shared by them."""

from flask import Blueprint, request
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.web.doors import current_actor

bp = Blueprint("deliberation", __name__)


def places(session: Session, community_id: int | None = None) -> list[tuple[int, str]]:
    """Return the community's units for a form."""
    wanted = current_actor().community_id if community_id is None else community_id
    return [(one.id, one.label) for one in community_queries.micro_grids(session, wanted)]


def uploaded(name: str) -> tuple[bytes, str]:
    """Return the bytes and the name of the form's one file; nothing when there is none."""
    file = request.files.get(name)
    return (file.read(), file.filename or name) if file and file.filename else (b"", "")
