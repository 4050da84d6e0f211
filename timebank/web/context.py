"""What every template can use: the frame's facts, filters and small functions."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, current_app, g, request, session
from flask_babel import get_locale
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from timebank.kernel import clock, db, ids
from timebank.kernel.actor import Actor
from timebank.web import login, nav, programs, words

TEXT_SIZES = ("standard", "large", "elder")


SIGN_KEPT = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Sign:
    """The sign over the door: whose house this is; ``community`` tells it from the database."""

    product_name: str = "时间银行"
    community_name: str = "时间银行"
    phone: str = ""


ReadSign = Callable[[Session, int | None], Sign]
CountUnread = Callable[[db.Reader, Actor], int]
PLAIN_SIGN = Sign()


def init_app(app: Flask) -> None:
    """Attach filters and the context of every template."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.add_template_filter(words.minutes_text, "minutes")
    app.add_template_filter(words.fen_text, "fen")
    app.add_template_filter("{:,}".format, "thousands")
    app.add_template_filter(words.day_text, "day")
    app.add_template_filter(words.time_text, "clock")
    app.add_template_filter(words.moment_text, "moment")
    app.add_template_filter(words.weekdays_text, "weekdays")
    app.add_template_filter(words.unit_text, "unit_word")
    app.add_template_filter(programs.doer_text, "doer")
    app.add_template_filter(words.mask_name, "mask_name")
    app.add_template_filter(words.mask_phone, "mask_phone")
    app.jinja_env.globals["form_key"] = lambda: str(ids.new_id())
    app.before_request(_raise_sign)
    app.context_processor(_frame)


def use_sign(app: Flask, read: ReadSign) -> None:
    """Let ``community`` tell whose house this is: ``read(session, community_id)``."""
    app.extensions["timebank-sign"] = _Signs(read, {})


@dataclass(slots=True)
class _Signs:
    """How signs are read, and those read lately, by community."""

    read: ReadSign
    known: dict[int | None, tuple[datetime, Sign]]


def _raise_sign() -> None:
    """Find the sign before the view runs; without a database the plain one must do."""
    signs: _Signs | None = current_app.extensions.get("timebank-sign")
    if signs is None or request.endpoint == "static":
        return
    actor = login.actor_or_none()
    community_id = None if actor is None else actor.community_id
    read_at, sign = signs.known.get(community_id, (None, PLAIN_SIGN))
    if read_at is None or clock.now() - read_at > SIGN_KEPT or clock.now() < read_at:
        try:
            sign = db.read_only(lambda session: signs.read(session, community_id))
        except DBAPIError:
            sign = PLAIN_SIGN
        else:
            signs.known[community_id] = (clock.now(), sign)
    g.sign = sign


def use_bell(app: Flask, count: CountUnread) -> None:
    """Let ``notices`` tell how many messages somebody has not read: ``count(session, actor)``."""
    app.extensions["timebank-bell"] = count


def _unread() -> int | None:
    """Return how many messages the reader has not read; None when there is nobody to ask for.

    A page asks when it draws its bell: within the view's transaction, or in a look of its own.
    """
    count: CountUnread | None = current_app.extensions.get("timebank-bell")
    actor = login.actor_or_none()
    if count is None or actor is None or actor.person_id is None:
        return None
    try:
        asked = db.db.session()
        if asked.in_transaction():
            return count(asked, actor)
        return db.read_one(lambda session: count(session, actor))
    except DBAPIError:
        return None


def _frame() -> dict[str, Any]:
    """Return the facts of the frame."""
    actor = login.actor_or_none()
    sign: Sign = g.get("sign", PLAIN_SIGN)
    return {
        "product_name": sign.product_name,
        "community_name": sign.community_name,
        "community_phone": sign.phone,
        "actor": actor,
        "nav_items": nav.items(actor),
        "resident_nav": actor is not None and not nav.is_staff(actor),
        "text_size": text_size(),
        "locale": str(get_locale()),
        "today": clock.today(),
        "unread": _unread,
        "form": g.get("form") or MultiDict(),
        "errors": g.get("errors") or {},
        "refusal_facts": g.get("refusal_facts") or {},
    }


def text_size() -> str:
    """Return the reader's text size."""
    size = session.get("text_size")
    return size if size in TEXT_SIZES else "standard"
