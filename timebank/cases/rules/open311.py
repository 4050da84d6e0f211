"""Cases as GeoReport v2 knows them: services, attributes, two statuses, moments, what stays inside.

Source: GeoReport v2, Open311.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from math import isfinite

from timebank.cases.errors import open311 as errors
from timebank.cases.rules.flow import FINISHED, Category, State
from timebank.cases.rules.intake import CATEGORY_NAMES

SPAN_MAX = timedelta(days=90)
REQUESTS_MAX = 1000
POSTS_OF_HOUR = 300
DESCRIPTION_MAX = 4000
TITLE_MAX = 80
# Neighbours' quarrels and matters of the old and the young are nobody else's business.
PRIVATE = frozenset({Category.DISPUTE, Category.CARE})
# A sign on a lamp post stands for what lies within so many metres of it.
SIGN_REACH_METRES = 300


class Status(StrEnum):
    """The two statuses of the specification."""

    OPEN = "open"
    CLOSED = "closed"


class Datatype(StrEnum):
    """What an attribute holds."""

    STRING = "string"
    NUMBER = "number"
    DATETIME = "datetime"
    TEXT = "text"
    ONE = "singlevaluelist"
    SOME = "multivaluelist"


@dataclass(frozen=True, slots=True)
class Attribute:
    """What is asked besides about one kind of matter; ``values`` are keys and names of a list."""

    code: str
    datatype: Datatype
    description: str
    required: bool = False
    hint: str = ""
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Service:
    """A kind of matter that may be reported from outside."""

    category: Category
    description: str
    keywords: tuple[str, ...]
    group: str
    attributes: tuple[Attribute, ...] = ()

    @property
    def name(self) -> str:
        """What the kind is called."""
        return CATEGORY_NAMES[self.category]


C, D = Category, Datatype
_PUBLIC_PLACES, _ORDER = "公共区域", "秩序"
SERVICES: Mapping[str, Service] = {
    one.category.value: one
    for one in (
        Service(
            C.FIRE_SAFETY,
            "消防通道被堵、电动车进楼、消防器材缺损等",
            ("消防", "通道", "充电"),
            "安全",
            (
                Attribute(
                    "danger",
                    D.ONE,
                    "是哪一种隐患",
                    required=True,
                    values=(
                        ("blocked", "通道被堵"),
                        ("charging", "电动车进楼或飞线充电"),
                        ("equipment", "器材缺损"),
                        ("other", "其他"),
                    ),
                ),
            ),
        ),
        Service(
            C.FACILITIES,
            "电梯、路灯、路面、管道、门禁等坏了",
            ("电梯", "路灯", "路面", "管道"),
            _PUBLIC_PLACES,
            (
                Attribute(
                    "thing",
                    D.ONE,
                    "坏的是什么",
                    required=True,
                    values=(
                        ("lift", "电梯"),
                        ("lamp", "路灯"),
                        ("road", "路面"),
                        ("pipe", "管道"),
                        ("door", "门禁"),
                        ("other", "其他"),
                    ),
                ),
                Attribute("broken_since", D.DATETIME, "什么时候坏的", hint="带时区的时间"),
            ),
        ),
        Service(
            C.SANITATION,
            "垃圾、积水、杂物没有清",
            ("垃圾", "积水", "杂物"),
            _PUBLIC_PLACES,
            (Attribute("square_metres", D.NUMBER, "大概多大一片", hint="平方米"),),
        ),
        Service(
            C.FUMES_NOISE,
            "餐馆油烟、夜里噪声",
            ("油烟", "噪声"),
            _ORDER,
            (Attribute("hours", D.STRING, "一般在什么时候", hint="如：晚上七点以后"),),
        ),
        Service(
            C.PARKING,
            "乱停车挡了路",
            ("停车", "堵路"),
            _ORDER,
            (
                Attribute(
                    "blocks",
                    D.SOME,
                    "挡住了什么",
                    values=(("ambulance", "救护车的路"), ("gate", "大门"), ("ramp", "坡道")),
                ),
            ),
        ),
        Service(
            C.STREET_ORDER,
            "占道摆摊、占绿地种菜",
            ("占道", "摆摊"),
            _ORDER,
            (Attribute("details", D.TEXT, "一般哪几天来、有几家"),),
        ),
        Service(C.OTHER, "不知道归哪一类的事", ("其他",), "其他"),
    )
}
LISTED = tuple(one.category for one in SERVICES.values())
OPEN_STATES = (State.REGISTERED, State.RESPONDED, State.CLAIMED)


def service(code: str) -> Service:
    """Return a service by its code.

    Raises:
        ServiceCodeMissingError, ServiceCodeNotFoundError: there is no code, or no such service.
    """
    if not code:
        raise errors.ServiceCodeMissingError(field="service_code")
    if code not in SERVICES:
        raise errors.ServiceCodeNotFoundError
    return SERVICES[code]


def status_of(state: State) -> Status:
    """Return which of the two statuses a state is."""
    is_open = state in OPEN_STATES and state not in FINISHED
    return Status.OPEN if is_open else Status.CLOSED


_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)", re.ASCII)


def moment(name: str, text: str) -> datetime:
    """Return a W3C date-time with its offset as a moment; a plus may have arrived as a blank.

    Raises:
        MomentInvalidError: it is none.
    """
    told = text.strip().replace(" ", "+")
    try:
        if _MOMENT.fullmatch(told):
            return datetime.fromisoformat(told).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise errors.MomentInvalidError(field=name, name=name)


def span(
    now: datetime, *, start: datetime | None, end: datetime | None
) -> tuple[datetime, datetime]:
    """Return from when to when requests are asked for; the ninety days before now without a word.

    Raises:
        SpanInvalidError: the moments are in the wrong order or too far apart.
    """
    try:
        ends = end or (now if start is None else start + SPAN_MAX)
        begins = start or ends - SPAN_MAX
    except OverflowError as error:
        raise errors.SpanInvalidError(field="start_date", days=SPAN_MAX.days) from error
    if begins > ends or ends - begins > SPAN_MAX:
        raise errors.SpanInvalidError(field="start_date", days=SPAN_MAX.days)
    return begins, ends


def answers(wanted: Service, given: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the attributes that were sent as lines for people to read.

    Raises:
        AttributeMissingError, AttributeInvalidError: one that is wanted is missing, or is no value.
    """
    told = {code: [one.strip() for one in values if one.strip()] for code, values in given.items()}
    known = {one.code: one for one in wanted.attributes}
    for code in told:
        if code not in known:
            raise errors.AttributeInvalidError(field=code, name=code)
    lines = []
    for one in wanted.attributes:
        values = told.get(one.code, [])
        if values:
            lines.append(f"{one.description}：{'、'.join(_said(one, values))}")
        elif one.required:
            raise errors.AttributeMissingError(field=one.code, name=one.code)
    return lines


def _said(wanted: Attribute, values: Sequence[str]) -> list[str]:
    """Return the values of one attribute in words."""
    names = dict(wanted.values)
    is_right = len(values) == 1 or wanted.datatype is D.SOME
    if wanted.datatype in {D.ONE, D.SOME}:
        is_right = is_right and all(one in names for one in values)
        told = [names.get(one, one) for one in values]
    else:
        is_right = is_right and _is_value(wanted.datatype, values[0])
        told = list(values)
    if not is_right:
        raise errors.AttributeInvalidError(field=wanted.code, name=wanted.code)
    return told


def _is_value(datatype: Datatype, text: str) -> bool:
    """Whether a text is a value of a kind."""
    if datatype is D.NUMBER:
        try:
            return len(text) <= 20 and isfinite(float(text))
        except ValueError:
            return False
    if datatype is D.DATETIME:
        try:
            moment("attribute", text)
        except errors.MomentInvalidError:
            return False
        return True
    return len(text) <= (1000 if datatype is D.TEXT else 200)


_CONTACTS = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+|\+?\d(?:[ \-]?[0-9Xx]){6,}")


def without_contacts(text: str) -> str:
    """Return a text without the telephone numbers, ID numbers and addresses of mail in it."""
    return _CONTACTS.sub("***", text)


def title(wanted: Service, *, description: str, place: str) -> str:
    """Return the heading of a case that nobody gave one."""
    said = description.strip().splitlines()
    return f"{wanted.name}：{said[0] if said else place}"[:TITLE_MAX]


_NUMBER = re.compile(r"\d{4}-\d{4,9}", re.ASCII)


def is_number(text: str) -> bool:
    """Whether a text can be the number of a case."""
    return bool(_NUMBER.fullmatch(text))
