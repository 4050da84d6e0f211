"""How people want to be reached, and what did not reach them."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from timebank.notices.pages.frame import bp
from timebank.notices.queries import deliveries as queries
from timebank.notices.rules.channels import Channel
from timebank.notices.schemas import AddressCodeIn, ChannelIn, RhythmIn
from timebank.notices.service import channels, confirming, delivering
from timebank.web.api import PageIn
from timebank.web.doors import (
    body,
    current_actor,
    needs,
    query,
    reads,
    returns_to,
    see_other,
    writes,
)

CHANNEL_WORDS = {
    Channel.MAIL: lazy_gettext("电子邮件"),
    Channel.SMS: lazy_gettext("手机短信"),
    Channel.HOOK: lazy_gettext("社区的其他平台"),
}
CHANNEL_HINTS = {
    Channel.MAIL: lazy_gettext("寄到您写的邮箱。"),
    Channel.SMS: lazy_gettext("发到您登记的手机号。"),
    Channel.HOOK: lazy_gettext("转给社区接好的平台（如公众号），由它提醒您。"),
}
PROBLEM_WORDS = {
    "address_refused": lazy_gettext("对方邮局不收这个地址"),
    "channel_closed": lazy_gettext("这种方式没有开通"),
    "timeout": lazy_gettext("对方一直没有应答"),
    "ConnectionRefusedError": lazy_gettext("对方没有开机"),
    "worker_vanished": lazy_gettext("发送时程序停了"),
}


@bp.get("/me/channels")
@needs("profile.read")
@reads
def my_channels(session: Session) -> ResponseReturnValue:
    """Show one's choices, each with the words that are agreed to."""
    found = queries.choices(session, actor=current_actor(), open_channels=channels.ways().open)
    return render_template(
        "notices/channels.html",
        choices=found,
        channel_words=CHANNEL_WORDS,
        channel_hints=CHANNEL_HINTS,
    )


@bp.post("/me/channels")
@needs("profile.read")
@returns_to(my_channels)
@writes
def choose_channel(session: Session) -> ResponseReturnValue:
    """Take a channel into use, or out of it."""
    channels.choose_channel(session, actor=current_actor(), **body(ChannelIn()))
    return see_other(url_for(".my_channels"), _("记下了"))


@bp.post("/me/channels/confirm")
@needs("profile.read")
@returns_to(my_channels)
@writes
def confirm_address(session: Session) -> ResponseReturnValue:
    """Say the code that came by mail."""
    confirming.confirm_address(session, actor=current_actor(), **body(AddressCodeIn()))
    return see_other(url_for(".my_channels"), _("邮箱验证好了，以后寄到这里"))


@bp.post("/me/channels/rhythm")
@needs("profile.read")
@returns_to(my_channels)
@writes
def choose_rhythm(session: Session) -> ResponseReturnValue:
    """Let one letter a week tell of all messages, or a letter of each again."""
    channels.choose_rhythm(session, actor=current_actor(), **body(RhythmIn()))
    return see_other(url_for(".my_channels"), _("记下了"))


@bp.get("/deliveries")
@needs("delivery.manage")
@reads
def undelivered(session: Session) -> ResponseReturnValue:
    """Show what did not arrive, and why."""
    page = queries.undelivered(session, actor=current_actor(), **query(PageIn()))
    return render_template(
        "notices/undelivered.html",
        deliveries=page.items,
        next_url=page.next_cursor and url_for(".undelivered", cursor=page.next_cursor),
        channel_words=CHANNEL_WORDS,
        problem_words=PROBLEM_WORDS,
    )


@bp.post("/deliveries/<int:delivery_id>/retry")
@needs("delivery.manage")
@writes
def retry_delivery(session: Session, delivery_id: int) -> ResponseReturnValue:
    """Try again what is not tried any more."""
    delivering.retry(session, actor=current_actor(), delivery_id=delivery_id)
    return see_other(url_for(".undelivered"), _("排上了，马上再发一次"))
