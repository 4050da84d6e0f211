"""What every template can use: the frame's facts, filters and small functions."""

from dataclasses import dataclass
from typing import Any

from flask import Flask, g, session
from flask_babel import get_locale
from werkzeug.datastructures import MultiDict

from timebank.kernel import clock, ids
from timebank.web import login, nav, words

TEXT_SIZES = ("standard", "large", "elder")


@dataclass(slots=True)
class Sign:
    """The sign over the door: whose house this is; set from the database by ``community``."""

    product_name: str = "时间银行"
    community_name: str = "时间银行"
    phone: str = ""


sign = Sign()


def init_app(app: Flask) -> None:
    """Attach filters and the context of every template."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.add_template_filter(words.minutes_text, "minutes")
    app.add_template_filter(words.fen_text, "fen")
    app.add_template_filter(words.day_text, "day")
    app.add_template_filter(words.time_text, "clock")
    app.add_template_filter(words.moment_text, "moment")
    app.add_template_filter(words.mask_name, "mask_name")
    app.add_template_filter(words.mask_phone, "mask_phone")
    app.jinja_env.globals["form_key"] = lambda: str(ids.new_id())
    app.context_processor(_frame)


def _frame() -> dict[str, Any]:
    """Return the facts of the frame."""
    actor = login.actor_or_none()
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
        "form": g.get("form") or MultiDict(),
        "errors": g.get("errors") or {},
    }


def text_size() -> str:
    """Return the reader's text size."""
    size = session.get("text_size")
    return size if size in TEXT_SIZES else "standard"
