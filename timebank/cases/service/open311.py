"""Reports that other programs hand on: who may, where they are, how they become cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from timebank.access.service import tokens
from timebank.access.service.tokens import KeyHolder
from timebank.cases.errors import open311 as errors
from timebank.cases.queries import open311 as queries
from timebank.cases.rules import open311 as rules
from timebank.cases.rules.flow import Source
from timebank.cases.rules.geo import Point, point_at
from timebank.cases.rules.intake import IntakeChannel
from timebank.cases.service import intake as intake_service
from timebank.cases.service.intake import Extra, Intake
from timebank.community import queries as community_queries
from timebank.community.rules import CommunityView
from timebank.kernel import actor as actors
from timebank.kernel import clock
from timebank.kernel.actor import Channel

PERMISSION = "open311.post"
_PLACE_MAX = 80


@dataclass(frozen=True, slots=True)
class Sent:
    """What a program sends about one matter; the reporter's own words, and who they are."""

    description: str = ""
    lat: float | None = None
    long: float | None = None
    address_string: str = ""
    address_id: str = ""
    email: str | None = None
    device_id: str | None = None
    account_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None
    media_url: str | None = None


def take_request(
    session: Session,
    *,
    house: CommunityView,
    api_key: str,
    key: UUID,
    service_code: str,
    sent: Sent,
    attributes: Mapping[str, Sequence[str]],
) -> str:
    """Take a report as a case of the community and return its number.

    Raises:
        ServiceCodeMissingError, ServiceCodeNotFoundError, ApiKeyError, TooManyReportsError,
        AttributeMissingError, AttributeInvalidError, LocationMissingError, LocationUnknownError:
            in this order.
    """
    wanted = rules.service(service_code)
    holder = key_holder(session, house=house, api_key=api_key)
    since = clock.now() - timedelta(hours=1)
    lately = queries.posted_since(session, house.id, since)
    if lately >= rules.POSTS_OF_HOUR:
        raise errors.TooManyReportsError(count=lately)
    lines = rules.answers(wanted, attributes)
    point = _point(sent)
    door = _door(session, house, sent, point)
    place = community_queries.micro_grid(session, door)
    told = [sent.description.strip(), *lines]
    if sent.media_url:
        told.append(f"照片：{sent.media_url}")
    intake = Intake(
        source=Source.REPORTED,
        category=wanted.category,
        title=rules.title(wanted, description=sent.description, place=place.label),
        description="\n".join(line for line in told if line),
        micro_grid_id=door,
        place_text=sent.address_string.strip()[:_PLACE_MAX],
        origin=f"Open311 {holder.name}"[:_PLACE_MAX],
        reporter_name=_name(sent),
        reporter_phone=sent.phone,
        reporter_email=sent.email,
        channel=IntakeChannel.OPEN311,
        point=point,
    )
    program = actors.program(
        community_id=house.id, name=f"Open311 {holder.name} {holder.prefix}", channel=Channel.API
    )
    made = intake_service.enter_case(session, actor=program, intake=intake, extra=Extra(key=key))
    return made.number


def key_holder(session: Session, *, house: CommunityView, api_key: str) -> KeyHolder:
    """Return whose key it is.

    Raises:
        ApiKeyError: it is none of this community, or may not report.
    """
    if api_key:
        holder = tokens.key_holder(session, api_key, permission=PERMISSION)
        if holder is not None and holder.community_id == house.id:
            return holder
    raise errors.ApiKeyError


def _point(sent: Sent) -> Point | None:
    """Return the point that was sent; half a point is none."""
    if (sent.lat is None) != (sent.long is None):
        raise errors.LocationMissingError(field="lat")
    if sent.lat is None or sent.long is None:
        return None
    return point_at(sent.lat, sent.long)


def _door(session: Session, house: CommunityView, sent: Sent, point: Point | None) -> int:
    """Return the micro-grid in which the matter lies: as it is named, else by the nearest sign."""
    if not (sent.address_id or sent.address_string or point):
        raise errors.LocationMissingError(field="address_string")
    doors = community_queries.micro_grids(session, house.id)
    if sent.address_id:
        known = {str(one.id): one.id for one in doors}
        found = known.get(sent.address_id)
    else:
        found = queries.door_named(doors, sent.address_string)
        if found is None and point is not None:
            found = queries.door_near(session, house.id, point)
    if found is None:
        raise errors.LocationUnknownError(field="address_string")
    return found


def _name(sent: Sent) -> str | None:
    """Return the name of who reported; in Chinese the family name stands first, without a gap."""
    last, first = sent.last_name or "", sent.first_name or ""
    parts = [first, last] if (first + last).isascii() else [last, first]
    gap = " " if (first + last).isascii() else ""
    return gap.join(part for part in parts if part)[:40] or None
