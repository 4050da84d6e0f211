"""Certificates of service: what stands on one, its public code, and how it stands today.

Source: 民政部令第67号 志愿服务记录与证明出具办法 (in force 2021-02-01): whoever records
issues, truthfully, free of charge and in time; 民发〔2015〕149号: identity, service, issuer and
seal; asked for, accepted, issued, made public. Hours are those served; what the time bank credits
is not on the paper.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from timebank.volunteering.errors import certificates as errors
from timebank.volunteering.rules.records import veil

PURPOSE_MAX = 60
LINES_MAX = 1000
REASON_MAX = 200
ISSUER_MAX = 40
PUBLICITY_DAYS_MAX = 60
LAYOUT = 1  # of the paper; what was drawn by one layout is drawn by it again
# No sign can be taken for another; a prime number of signs lets the check sign catch every slip.
SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXY"
CODE_SIGNS = 16
CODE_GROUP = 4
TRIES_FREE = 20
_KEPT_ID_HEAD, _KEPT_ID_TAIL = 3, 2


class Language(StrEnum):
    """In which language the paper speaks."""

    CHINESE = "zh"
    BOTH = "zh_en"


class Asked(StrEnum):
    """How a certificate was asked for."""

    SELF = "self"
    SLIP = "slip"


class Ground(StrEnum):
    """Why a certificate was withdrawn, as a stranger is told."""

    WRONG_FACTS = "wrong_facts"
    FALSE_RECORD = "false_record"
    ON_REQUEST = "on_request"
    REPLACED = "replaced"


class Standing(StrEnum):
    """How a certificate stands today."""

    VALID = "valid"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: a period, all kinds or some, the language, what the paper is for."""

    since_on: date
    through_on: date
    kind_ids: Sequence[int] = ()
    language: Language = Language.CHINESE
    purpose: str = ""
    shows_more: bool = False


@dataclass(frozen=True, slots=True)
class Served:
    """One service on the paper: never whom it was for, nor behind which door."""

    record_id: int
    served_on: str
    started: str
    ended: str
    kind: str
    what: str
    minutes: int
    organisation: str


@dataclass(frozen=True, slots=True)
class KindSum:
    """The service of one kind on the paper."""

    kind: str
    times: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the paper says; it is drawn from this and from nothing else."""

    layout: int
    community: str
    number: str
    code: str
    check_url: str
    language: str
    issuer: str
    seal_place: str
    contact: str
    name: str
    volunteer_number: str
    id_number_masked: str
    since_on: str
    through_on: str
    issued_on: str
    issued_at: str
    purpose: str
    minutes: int
    kinds: tuple[KindSum, ...]
    services: tuple[Served, ...]

    @property
    def texts(self) -> Iterable[str]:
        """Every text that must be drawn."""
        yield from (
            self.community,
            self.number,
            self.issuer,
            self.seal_place,
            self.contact,
            self.name,
            self.volunteer_number,
            self.purpose,
        )
        for one in self.services:
            yield from (one.kind, one.what, one.organisation)


def written(facts: Facts) -> str:
    """Return facts as the one text that is kept and whose digest is kept."""
    return json.dumps(asdict(facts), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def read(text: str) -> Facts:
    """Return the facts of a kept text."""
    told: dict[str, Any] = json.loads(text)  # Any: JSON
    kinds = tuple(KindSum(**one) for one in told.pop("kinds"))
    services = tuple(Served(**one) for one in told.pop("services"))
    return Facts(**told, kinds=kinds, services=services)


def digest(content: str | bytes) -> str:
    """Return the SHA-256 of a text or of a paper's bytes."""
    raw = content.encode() if isinstance(content, str) else content
    return hashlib.sha256(raw).hexdigest()


def number_text(*, code: str, year: int, number: int) -> str:
    """Return a certificate's number as the paper shows it, such as ``JL-2026-0007``."""
    return f"{code}-{year}-{number:04d}"


def kind_sums(services: Sequence[Served]) -> tuple[KindSum, ...]:
    """Return the services by kind, most minutes first."""
    found: dict[str, list[int]] = {}
    for one in services:
        times_and_minutes = found.setdefault(one.kind, [0, 0])
        times_and_minutes[0] += 1
        times_and_minutes[1] += one.minutes
    ordered = sorted(found.items(), key=lambda item: (-item[1][1], item[0]))
    return tuple(KindSum(kind, times, minutes) for kind, (times, minutes) in ordered)


def new_code() -> str:
    """Return a fresh public code: 74 random bits and a check sign."""
    drawn = "".join(secrets.choice(SIGNS) for _ in range(CODE_SIGNS - 1))
    return drawn + check_sign(drawn)


def check_sign(drawn: str) -> str:
    """Return the sign that catches every single wrong sign and every two that changed places."""
    total = sum(at * SIGNS.index(sign) for at, sign in enumerate(drawn, start=1))
    return SIGNS[total % len(SIGNS)]


def code_text(code: str) -> str:
    """Return a code in groups, as people read it."""
    return "-".join(code[at : at + CODE_GROUP] for at in range(0, CODE_SIGNS, CODE_GROUP))


def tidy_code(typed: str) -> str:
    """Return a typed code as it is kept.

    Raises:
        CodeMistypedError: it cannot be one; nothing is looked up, so nothing is learned by it.
    """
    code = "".join(sign for sign in typed.upper() if sign.isalnum())
    is_whole = len(code) == CODE_SIGNS and all(sign in SIGNS for sign in code)
    if not is_whole or check_sign(code[:-1]) != code[-1]:
        raise errors.CodeMistypedError(field="code")
    return code


def masked_id(number: str | None) -> str:
    """Return an ID number with all but its ends hidden; empty when there is none."""
    if not number:
        return ""
    hidden = "*" * max(len(number) - _KEPT_ID_HEAD - _KEPT_ID_TAIL, 0)
    return f"{number[:_KEPT_ID_HEAD]}{hidden}{number[-_KEPT_ID_TAIL:]}"


def check_period(*, since_on: date, through_on: date, today: date) -> None:
    """Refuse a period that ends before it begins, or after today.

    Raises:
        PeriodEmptyError, PeriodToComeError
    """
    if through_on < since_on:
        raise errors.PeriodEmptyError(field="through_on")
    if through_on > today:
        raise errors.PeriodToComeError(field="through_on")


def check_services(services: Sequence[Served]) -> None:
    """Refuse a certificate of nothing, and one with more lines than a paper holds.

    Raises:
        NothingToCertifyError, TooMuchToCertifyError
    """
    if not services:
        raise errors.NothingToCertifyError(field="since_on")
    if len(services) > LINES_MAX:
        raise errors.TooMuchToCertifyError(field="since_on", limit=LINES_MAX)


def undrawable(texts: Iterable[str], known: frozenset[int]) -> str:
    """Return the signs, once each and in their order, that the font does not know."""
    return "".join(dict.fromkeys(s for text in texts for s in text if ord(s) not in known))


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who issues: the names on the paper, and for how many days a certificate is made public."""

    issuer_name: str
    seal_place: str
    contact: str
    publicity_days: int


@dataclass(frozen=True, slots=True)
class CertificateView:
    """A certificate as its holder and staff see it, with how it stands today."""

    id: int
    community_id: int
    person_id: int
    year: int
    number: int
    number_text: str
    code: str
    name: str
    since_on: date
    through_on: date
    language: Language
    purpose: str
    minutes: int
    services: int
    issued_at: datetime
    issued_on: date
    issued_by_name: str
    asked_how: Asked
    slip_number: str
    shows_more: bool
    void_minutes: int
    void_services: int
    withdrawn_on: date | None
    withdrawn_ground: Ground | None
    withdrawn_reason: str

    @property
    def standing(self) -> Standing:
        """How it stands today."""
        if self.withdrawn_on is not None:
            return Standing.WITHDRAWN
        return Standing.CORRECTED if self.void_services else Standing.VALID

    @property
    def minutes_now(self) -> int:
        """The minutes whose approval still stands."""
        return self.minutes - self.void_minutes

    @property
    def code_text(self) -> str:
        """The public code in groups."""
        return code_text(self.code)


@dataclass(frozen=True, slots=True)
class Checked:
    """What a stranger is told who holds the paper: nothing that does not stand on it."""

    standing: Standing
    number: str
    name: str
    issuer: str
    since_on: str
    through_on: str
    issued_on: str
    purpose: str
    minutes: int
    minutes_now: int
    kinds: tuple[KindSum, ...]
    services: tuple[Served, ...]
    volunteer_number: str
    withdrawn_on: date | None
    withdrawn_ground: Ground | None


def told_to_strangers(view: CertificateView, facts: Facts) -> Checked:
    """Return what the public page shows; more than totals only with the volunteer's consent.

    Source: 志愿服务条例 art. 20, no disclosure without the volunteer's consent.
    """
    more = view.shows_more and view.standing is not Standing.WITHDRAWN
    return Checked(
        standing=view.standing,
        number=facts.number,
        name=facts.name if more else veil(facts.name),
        issuer=facts.issuer,
        since_on=facts.since_on,
        through_on=facts.through_on,
        issued_on=facts.issued_on,
        purpose=facts.purpose if more else "",
        minutes=facts.minutes,
        minutes_now=view.minutes_now,
        kinds=facts.kinds,
        services=facts.services if more else (),
        volunteer_number=facts.volunteer_number if more else "",
        withdrawn_on=view.withdrawn_on,
        withdrawn_ground=view.withdrawn_ground,
    )
