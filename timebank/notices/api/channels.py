"""How people want to be reached, and what did not reach them, for programs."""

from sqlalchemy.orm import Session

from timebank.kernel.paging import Page
from timebank.notices.api.frame import api
from timebank.notices.queries import deliveries as queries
from timebank.notices.queries.deliveries import Choice, UndeliveredView
from timebank.notices.rules.channels import Channel
from timebank.notices.schemas import (
    AddressCodeIn,
    ChannelIn,
    ChannelOut,
    RhythmIn,
    UndeliveredOut,
)
from timebank.notices.service import channels, confirming, delivering
from timebank.web.api import PageIn, gives, gives_page, takes
from timebank.web.doors import current_actor, needs, reads, writes


@api.get("/me/channels")
@needs("profile.read")
@reads
@gives(ChannelOut, many=True)
def my_channels(session: Session) -> list[Choice]:
    """One's choices, channel by channel."""
    return queries.choices(session, actor=current_actor(), open_channels=channels.ways().open)


@api.post("/me/channels")
@needs("profile.read")
@writes
@takes(ChannelIn)
@gives(ChannelOut, many=True)
def choose_channel(
    session: Session, *, channel: Channel, is_on: bool, address: str
) -> list[Choice]:
    """Take a channel into use, or out of it."""
    actor = current_actor()
    channels.choose_channel(session, actor=actor, channel=channel, is_on=is_on, address=address)
    return queries.choices(session, actor=actor, open_channels=channels.ways().open)


@api.post("/me/channels/confirm")
@needs("profile.read")
@writes
@takes(AddressCodeIn)
@gives(ChannelOut, many=True)
def confirm_address(session: Session, *, code: str) -> list[Choice]:
    """Say the code that came by mail; before that nothing goes to the address."""
    actor = current_actor()
    confirming.confirm_address(session, actor=actor, code=code)
    return queries.choices(session, actor=actor, open_channels=channels.ways().open)


@api.post("/me/channels/rhythm")
@needs("profile.read")
@writes
@takes(RhythmIn)
@gives(ChannelOut, many=True)
def choose_rhythm(session: Session, *, is_weekly: bool) -> list[Choice]:
    """Let one letter a week tell of all messages, or a letter of each again."""
    actor = current_actor()
    channels.choose_rhythm(session, actor=actor, is_weekly=is_weekly)
    return queries.choices(session, actor=actor, open_channels=channels.ways().open)


@api.get("/deliveries")
@needs("delivery.manage")
@reads
@takes(PageIn, where="query")
@gives_page(UndeliveredOut)
def deliveries(session: Session, *, limit: int, cursor: str | None = None) -> Page[UndeliveredView]:
    """What did not arrive, newest first."""
    return queries.undelivered(session, actor=current_actor(), cursor=cursor, limit=limit)


@api.post("/deliveries/<int:delivery_id>/retry")
@needs("delivery.manage")
@writes
@gives(status=204)
def retry_delivery(session: Session, delivery_id: int) -> None:
    """Try again what is not tried any more."""
    delivering.retry(session, actor=current_actor(), delivery_id=delivery_id)
