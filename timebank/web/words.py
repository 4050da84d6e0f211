"""Words in the reader's language: catalogues, messages of refusals, figures in words.

Source strings are Chinese. English stands in ``timebank/translations/en/<room>.po``, one file for
each room, merged when the process starts; there is nothing to compile.
"""

import re
import string
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, has_request_context, request, session
from flask_babel import Babel, Domain, force_locale, get_locale, gettext
from markupsafe import Markup

from timebank.kernel import clock, units
from timebank.kernel.errors import DomainError
from timebank.web import agreeing, service_units

LOCALES = ("zh_Hans_CN", "en")
CATALOGUES = Path(__file__).parent.parent / "translations"
_WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
_WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS_EN = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


@cache
def catalogue(language: str) -> NullTranslations:
    """Return the merged translations of every room for a language."""
    merged = Catalog(locale=language)
    for path in sorted((CATALOGUES / language).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id and message.string:
                    merged.add(message.id, message.string)
    compiled = BytesIO()
    write_mo(compiled, merged)
    compiled.seek(0)
    return Translations(compiled)


_CHINESE = NullTranslations()


def translations() -> NullTranslations:
    """Return the translations for the reader; Chinese needs none."""
    return catalogue("en") if is_english() else _CHINESE


class _RoomCatalogues(Domain):  # type: ignore[misc]  # Flask-Babel ships no types
    """Flask-Babel's translations, taken from the rooms' catalogues."""

    def get_translations(self) -> NullTranslations:
        """Return the translations for the reader."""
        return translations()

    def gettext(self, string: str, **variables: object) -> str:
        """Return words in the reader's language; in English one of a thing is one."""
        said = translations().gettext(string)
        return _counting(said, variables) % variables if variables else said


_CATALOGUES = _RoomCatalogues()


class _RoomBabel(Babel):  # type: ignore[misc]  # Flask-Babel ships no types
    """Flask-Babel with the rooms' catalogues in place of compiled files."""

    @property
    def domain_instance(self) -> Domain:
        """Return the one source of translations."""
        return _CATALOGUES


def init_app(app: Flask) -> None:
    """Attach Flask-Babel, with our own ``_`` for templates."""
    _RoomBabel(
        app,
        default_locale="zh_Hans_CN",
        default_timezone="Asia/Shanghai",
        locale_selector=select_locale,
    )
    app.jinja_env.globals["_"] = _markup


def _markup(text: str, /, **facts: object) -> Markup:
    """Return words of a template in the reader's language; facts are escaped.

    A page says a hundred things: this is one call where the library makes four.
    """
    words = translations().gettext(text)
    said = Markup(_counting(words, facts))  # noqa: S704 - our own words
    return said % facts if facts or "%" in said else said


def _counting(words: str, facts: Mapping[str, object]) -> str:
    """Return a sentence as it is for these facts: in English, one of a thing is one."""
    return agreeing.agreed(words, facts) if facts and is_english() else words


def select_locale() -> str:
    """Return the locale chosen by the reader, else the best that the browser asks for."""
    if not has_request_context():
        return "zh_Hans_CN"
    chosen = session.get("locale")
    if chosen in LOCALES:
        return str(chosen)
    best = request.accept_languages.best_match(["zh-Hans-CN", "zh-CN", "zh", "en"])
    return "en" if best == "en" else "zh_Hans_CN"


def is_english() -> bool:
    """Whether the reader reads English."""
    locale = get_locale()
    return locale is not None and locale.language == "en"


class _FactFormatter(string.Formatter):
    """Formats the facts of a message: minutes, money, days and moments in words."""

    def format_field(self, value: Any, format_spec: str) -> Any:  # Any: as the base class has it
        """Apply a named format, or Python's own."""
        formats: dict[str, Callable[[Any], str]] = {
            "minutes": minutes_text,
            "fen": fen_text,
            "day": day_text,
            "moment": moment_text,
            "weekdays": weekdays_text,
        }
        named = formats.get(format_spec)
        return named(value) if named else super().format_field(value, format_spec)

    def get_value(
        self,
        key: int | str,
        args: Any,  # noqa: ARG002 - as the base class has it
        kwargs: Mapping[str, Any],
    ) -> Any:
        """Leave a fact that is missing visible rather than fail on the way to the reader."""
        return kwargs.get(str(key), f"{{{key}}}")


def say(error: DomainError) -> str:
    """Return the message of a refusal in the reader's language."""
    return sentence(error.template, error.facts)


def sentence(template: str, facts: Mapping[str, object]) -> str:
    """Return a sentence with its facts in the reader's language."""
    known = {name: str(v) if not isinstance(v, int | date) else v for name, v in facts.items()}
    return _FactFormatter().vformat(_counting(gettext(template), known), (), known)


@contextmanager
def read_by(locale: str | None) -> Iterator[None]:
    """Say things in the language of somebody who is not here; Chinese when none was chosen."""
    with force_locale(locale if locale in LOCALES else LOCALES[0]):
        yield


def minutes_text(minutes: int) -> str:
    """Return a duration in words, such as ``3 小时 10 分``."""
    hours, rest = divmod(abs(minutes), 60)
    hour_word, minute_word = ("h", "min") if is_english() else ("小时", "分")
    parts = [f"{hours:,} {hour_word}"] if hours else []
    if rest or not hours:
        parts.append(f"{rest} {minute_word}")
    return ("−" if minutes < 0 else "") + " ".join(parts)


def fen_text(fen: int) -> str:
    """Return an amount of money, such as ``¥12,345.60``."""
    return ("−¥" if fen < 0 else "¥") + units.yuan_text(abs(fen))


def day_text(day: date | datetime, *, with_year: bool | None = None) -> str:
    """Return a day such as ``11月18日 周三``, with the year when it is another one."""
    day = clock.day_of(day) if isinstance(day, datetime) else day
    shows_year = day.year != clock.today().year if with_year is None else with_year
    if is_english():
        text = f"{_WEEKDAYS_EN[day.weekday()]} {day.day} {_MONTHS_EN[day.month - 1]}"
        return f"{text} {day.year}" if shows_year else text
    text = f"{day.month}月{day.day}日"
    return f"{day.year}年{text}" if shows_year else f"{text} {_WEEKDAYS[day.weekday()]}"


def weekdays_text(mask: int) -> str:
    """Return days of the week, Monday the lowest bit, such as ``周一到周五`` or ``周二、周四``."""
    if is_english():
        names, dash, every, none, comma = _WEEKDAYS_EN, " to ", "every day", "no day", ", "
    else:
        names, dash, every, none, comma = _WEEKDAYS, "到", "每天", "没有一天", "、"
    days = [number for number in range(len(names)) if mask >> number & 1]
    if not days:
        return none
    if len(days) == len(names):
        return every
    if len(days) > len(names) // 3 and days[-1] - days[0] == len(days) - 1:
        return f"{names[days[0]]}{dash}{names[days[-1]]}"
    return comma.join(names[day] for day in days)


def unit_text(unit: str, count: int = 1) -> str:
    """Return the unit of a service for a count; one that communities made up stays as it is."""
    if not is_english() or unit not in service_units.ENGLISH:
        return service_units.COUNTED.get(unit, unit)
    one, many = service_units.ENGLISH[unit]
    return one if count == 1 else many


def time_text(moment: datetime) -> str:
    """Return the wall-clock time of a moment, such as ``16:20``."""
    return f"{clock.local(moment):%H:%M}"


def moment_text(moment: datetime) -> str:
    """Return a moment such as ``今天 13:31``, ``11月20日 13:31`` or with its year."""
    day, today = clock.day_of(moment), clock.today()
    if day == today:
        return f"{gettext('今天')} {time_text(moment)}"
    if is_english():
        return f"{day_text(day)} {time_text(moment)}"
    year = f"{day.year}年" if day.year != today.year else ""
    return f"{year}{day.month}月{day.day}日 {time_text(moment)}"


def mask_name(name: str) -> str:
    """Return a name with all but the surname hidden."""
    return f"{name[:1]}{'*' * max(len(name) - 1, 1)}" if name else ""


def mask_phone(phone: str) -> str:
    """Return a phone number with its middle hidden."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 7 else "****"


def field_messages(errors: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return marshmallow's nested errors flat: ``{"lines.0.amount": ["…"]}``."""
    flat: dict[str, list[str]] = {}
    for name, value in errors.items():
        if isinstance(value, Mapping):
            for inner, messages in field_messages(value).items():
                flat[f"{name}.{inner}" if name != "_schema" else inner] = messages
        else:
            many = value if isinstance(value, list | tuple) else [value]
            flat["" if name == "_schema" else str(name)] = [_translated(str(one)) for one in many]
    return flat


def _translated(message: str) -> str:
    """Return marshmallow's own message in the reader's language, any other as it is."""
    for pattern, text in _FIELD_MESSAGES:
        match = pattern.fullmatch(message)
        if match:
            return str(gettext(text).format(**match.groupdict()))
    return message


def _n(text: str) -> str:
    """Mark a text for translation where it is only used later."""
    return text


# Schemas are built when modules load, so their library's English is translated on the way out.
_FIELD_MESSAGES = [
    (re.compile(pattern, re.DOTALL), text)
    for pattern, text in (
        (r"Missing data for required field\.", _n("这一项要填。")),
        (r"Field may not be null\.", _n("这一项不能空着。")),
        (r"Unknown field\.", _n("没有这一项，请去掉。")),
        (r"Not a valid string\.", _n("这一项要填文字。")),
        (r"Not a valid utf-8 string\.", _n("文字里有认不出的字符。")),
        (r"Not a valid integer\.", _n("这一项要填整数。")),
        (r"Not a valid number\.", _n("这一项要填数字。")),
        (r"Number too large\.", _n("数字太大了。")),
        (r"Not a valid boolean\.", _n("这一项只能选是或否。")),
        (r"Not a valid date\.", _n("日期要写成 2026-11-18 的样子。")),
        (r"Not a valid time\.", _n("时间要写成 09:30 的样子。")),
        (r"Not a valid (aware )?datetime\.", _n("时间要写成 2026-11-18T09:30:00+08:00 的样子。")),
        (r'".*" cannot be formatted as a .*', _n("日期或时间的写法不对。")),
        (r"Not a valid UUID\.", _n("编号要写成 UUID 的样子。")),
        (r"Not a valid list\.", _n("这一项要填一个列表。")),
        (r"Not a valid (email address|URL)\.", _n("地址的写法不对。")),
        (r"Invalid (input )?type\.", _n("这一项的样子不对。")),
        (r"Invalid value\.", _n("这一项填得不对。")),
        (r"String does not match expected pattern\.", _n("这一项的写法不对。")),
        (r"Must be one of: (?P<choices>.*)\.", _n("只能从这些里选：{choices}。")),
        (r"Shorter than minimum length (?P<min>.*)\.", _n("太短了，至少 {min} 个字。")),
        (r"Longer than maximum length (?P<max>.*)\.", _n("太长了，最多 {max} 个字。")),
        (r"Length must be between (?P<min>.*) and (?P<max>.*)\.", _n("要 {min} 到 {max} 个字。")),
        (r"Length must be (?P<equal>.*)\.", _n("要正好 {equal} 个字。")),
        (r"Must be greater than or equal to (?P<min>[^ ]+)\.", _n("太小了，至少是 {min}。")),
        (r"Must be less than or equal to (?P<max>[^ ]+)\.", _n("太大了，最多是 {max}。")),
        (r"Must be greater than (?P<min>[^ ]+)\.", _n("要大于 {min}。")),
        (r"Must be less than (?P<max>[^ ]+)\.", _n("要小于 {max}。")),
        (
            r"Must be greater than or equal to (?P<min>.*) and less than or equal to (?P<max>.*)\.",
            _n("要在 {min} 到 {max} 之间。"),
        ),
    )
]
