"""The base of every notice: a sentence with facts, said in the language of whoever reads it.

A room defines its notices in ``rules/notices.py``::

    @dataclass(frozen=True)
    class TaskCancelled(Notice):
        '''“{title}”（{starts_at:moment}）取消了：{reason}'''

        code = "task_cancelled"
        heading = "任务取消了"

        title: str
        starts_at: datetime
        reason: str

The docstring is the sentence (Chinese source, translated through the catalogues); its placeholders
are the fields, with the formats that messages of errors have: ``{have:minutes}``, ``{sum:fen}``,
``{on:day}``, ``{at:moment}``. ``code`` is stable English: it stands in the database, so a notice
is never renamed. ``heading`` is the line above the sentence in the list and the subject of a mail.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import ClassVar

Fact = str | int | date | datetime | None

_known: dict[str, type["Notice"]] = {}


@dataclass(frozen=True)
class Notice:
    """有一件事要告诉您，请打开看看。"""

    code: ClassVar[str] = "notice"
    heading: ClassVar[str] = "通知"

    def __init_subclass__(cls) -> None:
        """Make the notice known by its code; two that share one cannot both be read again."""
        super().__init_subclass__()
        other = _known.setdefault(cls.code, cls)
        if (other.__module__, other.__qualname__) != (cls.__module__, cls.__qualname__):
            message = f"{cls.__qualname__} and {other.__qualname__} share the code {cls.code!r}"
            raise TypeError(message)
        _known[cls.code] = cls

    @property
    def template(self) -> str:
        """The untranslated sentence with its placeholders."""
        return (type(self).__doc__ or "").strip()

    @property
    def facts(self) -> dict[str, Fact]:
        """The facts by the names of their placeholders."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


def kinds() -> Mapping[str, type[Notice]]:
    """Return every notice that the loaded rooms define, by its code."""
    return dict(_known)


def packed(notice: Notice) -> str:
    """Return the facts of a notice as text that can be kept."""
    return json.dumps({name: _packed(fact) for name, fact in notice.facts.items()})


def unpacked(code: str, text: str | None) -> Notice:
    """Return the notice that was kept under a code.

    What can no longer be said, because its kind or its facts are gone, is the plain notice: it
    still leads to its page.
    """
    kind = _known.get(code)
    if kind is None or text is None:
        return Notice()
    facts = {name: _unpacked(fact) for name, fact in json.loads(text).items()}
    wanted = {one.name for one in fields(kind)}
    return kind(**facts) if wanted == set(facts) else Notice()


def _packed(fact: Fact) -> object:
    """Return a fact as JSON can hold it: days and moments as a pair of name and text."""
    if isinstance(fact, datetime):
        return ["moment", fact.isoformat()]
    if isinstance(fact, date):
        return ["day", fact.isoformat()]
    return fact


def _unpacked(kept: object) -> Fact:
    """Return a kept fact as what it was."""
    if not isinstance(kept, list):
        assert kept is None or isinstance(kept, str | int)
        return kept
    name, text = kept
    return datetime.fromisoformat(text) if name == "moment" else date.fromisoformat(text)
