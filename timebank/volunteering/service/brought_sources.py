"""The older systems from which a community takes hours: each is added once, in one spelling."""

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.community.rules import clean
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.trail import service as trail
from timebank.volunteering.errors import brought as errors
from timebank.volunteering.models.brought import BroughtSource
from timebank.volunteering.queries import brought as queries
from timebank.volunteering.rules import brought as rules
from timebank.volunteering.rules.records import required


def add_source(session: Session, *, actor: Actor, name: str) -> str:
    """Add an older system to those from which lists are taken; return its name.

    Raises:
        BroughtSourceNameError: the name has neither letters nor digits.
        BroughtSourceKnownError: it is there, in this spelling or another.
        BroughtSourcesFullError
    """
    key, name = rules.source_key(name), clean(name)
    known = queries.source_of(session, community_id=actor.community_id, key=key)
    if known is not None:
        raise errors.BroughtSourceKnownError(field="name", name=known)
    if len(queries.sources(session, actor.community_id)) >= rules.SOURCES_MAX:
        raise errors.BroughtSourcesFullError(field="name", limit=rules.SOURCES_MAX)
    source = BroughtSource(
        community_id=actor.community_id,
        name=name,
        key=key,
        added_at=clock.now(),
        added_by_name=actor.name,
    )
    try:
        with session.begin_nested():
            session.add(source)
    except IntegrityError as error:
        raise errors.BroughtSourceKnownError(field="name", name=name) from error
    trail.record(
        session,
        actor=actor,
        action="volunteering.brought_source_added",
        subject_type="brought_source",
        subject_id=source.id,
        summary=name,
    )
    return name


def known_source(session: Session, *, actor: Actor, told: str) -> str:
    """Return the one spelling of a source that is in the community's list.

    Raises:
        BroughtSourceError: it is not.
    """
    told = required(told, field="source")
    known = queries.source_of(
        session, community_id=actor.community_id, key=rules.source_key(told, field="source")
    )
    if known is None:
        raise errors.BroughtSourceError(field="source", source=told)
    return known
