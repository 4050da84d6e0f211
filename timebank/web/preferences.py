"""How the house is seen: text size and language, kept by browser and person; its phone icon."""

import json
from collections.abc import Callable
from urllib.parse import urlsplit

from flask import Blueprint, Response, g, request, session, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from timebank.kernel.actor import Actor
from timebank.web import context, login, words
from timebank.web.doors import body, public, reads, see_other, writes

bp = Blueprint("preferences", __name__)
KeepPreferences = Callable[[Session, Actor, str | None, str | None], None]
_keepers: list[KeepPreferences] = []


class TextSizeIn(Schema):
    """The chosen text size and the page to go back to."""

    size = fields.String(required=True, validate=validate.OneOf(context.TEXT_SIZES))
    next = fields.String(load_default="/")


class LocaleIn(Schema):
    """The chosen language and the page to go back to."""

    locale = fields.String(required=True, validate=validate.OneOf(words.LOCALES))
    next = fields.String(load_default="/")


def keep_with(keeper: KeepPreferences) -> None:
    """Let ``access`` keep preferences with the person: ``keeper(session, actor, size, locale)``."""
    _keepers[:] = [keeper]


def back_to(target: str) -> str:
    """Return the target when it is a path of this site, else the home page."""
    parts = urlsplit(target)
    is_path = target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if is_path and not parts.scheme and not parts.netloc else "/"


@bp.post("/preferences/text-size")
@public
@writes
def set_text_size(db_session: Session) -> ResponseReturnValue:
    """Remember the text size and go back."""
    chosen = body(TextSizeIn())
    session.permanent = True
    session["text_size"] = chosen["size"]
    _keep(db_session, chosen["size"], None)
    return see_other(back_to(chosen["next"] or request.referrer or "/"))


@bp.post("/preferences/locale")
@public
@writes
def set_locale(db_session: Session) -> ResponseReturnValue:
    """Remember the language and go back."""
    chosen = body(LocaleIn())
    session.permanent = True
    session["locale"] = chosen["locale"]
    _keep(db_session, None, chosen["locale"])
    return see_other(back_to(chosen["next"]))


def _keep(db_session: Session, size: str | None, locale: str | None) -> None:
    """Keep the choice with the person who is logged in."""
    actor = login.actor_or_none()
    if actor is not None:
        for keeper in _keepers:
            keeper(db_session, actor, size, locale)


# File, sizes, type and purpose of each icon: some phones draw no SVG, some cut pictures to a shape.
_ICONS = (
    ("mark.svg", "any", "image/svg+xml", "any"),
    ("mark-192.png", "192x192", "image/png", "any"),
    ("mark-512.png", "512x512", "image/png", "any"),
    ("mark-mask-512.png", "512x512", "image/png", "maskable"),
)


def _icon(name: str, sizes: str, kind: str, purpose: str) -> dict[str, str]:
    """Return an icon as a manifest names it."""
    source = url_for("static", filename=f"img/{name}")
    return {"src": source, "sizes": sizes, "type": kind, "purpose": purpose}


@bp.get("/app.webmanifest")
@public
@reads
def phone_icon(db_session: Session) -> ResponseReturnValue:
    """Tell a phone how to put the house on its first screen, by its own name."""
    del db_session
    sign = g.get("sign", context.PLAIN_SIGN)
    icons = [_icon(*one) for one in _ICONS]
    told = {
        "name": f"{sign.product_name} · {sign.community_name}",
        "short_name": sign.product_name,
        "lang": "en" if words.is_english() else "zh-Hans",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#164a8a",
        "icons": icons,
    }
    return Response(json.dumps(told, ensure_ascii=False), mimetype="application/manifest+json")
