"""Finding the candidates of many lines among many obligations, by index and never by pairs.

First by what names one: payment code, room, known payer, name. Only a line that finds nothing
serious there is looked for by amount, and by amount and the first sign of its name.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date

from rapidfuzz import fuzz, process

from timebank.cofund.rules.codes import codes_in
from timebank.cofund.rules.matching import (
    SERIOUS_POINTS,
    Around,
    Candidate,
    Said,
    Target,
    TargetKind,
    Verdict,
    judge,
    ranked,
    weigh,
)
from timebank.cofund.rules.rooms import Room, rooms_in

KEPT_MAX = 8
_LOOKED_AT_MAX = 60
_ALIKE_MAX = 3
# An amount that more obligations have than this tells nothing by itself.
_ALONE_MAX = 4
_PROJECT = re.compile(r"(?<!\d)(20\d{2}-\d{2,3})(?![\d-])")
_PLATFORM = ("财付通", "支付宝", "微信支付", "银联商务", "网银在线", "拉卡拉")
_RETURN = ("退汇", "退票", "冲正", "退款", "退回", "账号户名不符")
_BLANKS = re.compile(r"[\s·•.]+")


def read(
    *,
    line_id: int,
    amount_fen: int,
    day: date,
    party_name: str,
    texts: Iterable[str],
    payer: str = "",
    payer_name: str = "",
) -> Said:
    """Return what a line says."""
    text = " ".join(one for one in texts if one)
    name = plain_name(party_name)
    return Said(
        line_id=line_id,
        amount_fen=amount_fen,
        day=day,
        name=name,
        payer=payer,
        payer_name=payer_name,
        codes=tuple(dict.fromkeys(codes_in(text))),
        rooms=rooms_in(text),
        projects=tuple(_PROJECT.findall(text)),
        text=text,
        is_platform=any(word in party_name or word in text for word in _PLATFORM),
        is_return=any(word in text for word in _RETURN),
    )


def plain_name(name: str) -> str:
    """Return a name as it is compared: narrow signs, no blanks and dots."""
    return _BLANKS.sub("", unicodedata.normalize("NFKC", name))


class Finder:
    """An index over open obligations, and what is left of each while lines are matched.

    ``amounts`` counts how many obligations have an amount when these are not all there are;
    ``settled`` are payment codes of which nothing is owed any more.
    """

    def __init__(
        self,
        targets: Collection[Target],
        *,
        payers: Mapping[str, frozenset[str]],
        amounts: Mapping[int, int] | None = None,
        shared_rooms: Collection[Room] | None = None,
        settled: Collection[str] = (),
    ) -> None:
        """Index the targets; ``payers`` tells by payer's index for whom they have paid before."""
        self._payers = payers
        self._settled = set(settled)
        self._by_code: dict[str, Target] = {}
        self._by_room: dict[Room, list[Target]] = defaultdict(list)
        self._by_subject: dict[str, list[Target]] = defaultdict(list)
        self._by_name: dict[str, list[Target]] = defaultdict(list)
        self._by_project: dict[str, list[Target]] = defaultdict(list)
        self._by_amount: dict[int, list[Target]] = defaultdict(list)
        self._by_sign: dict[tuple[int, str, int], dict[str, Target]] = defaultdict(dict)
        self._left: dict[str, int] = {}
        doors: dict[Room, set[int | None]] = defaultdict(set)
        for target in targets:
            self._add(target)
            if target.room is not None:
                doors[target.room._replace(unit=None)].add(target.room.unit)
        counted = {fen: len(found) for fen, found in self._by_amount.items()}
        self._counts = counted if amounts is None else amounts
        shared = {room for room, units in doors.items() if len(units) > 1}
        self._shared_rooms = shared if shared_rooms is None else set(shared_rooms)

    def candidates(self, said: Said) -> list[Candidate]:
        """Return what a line may meet, best first."""
        around = self._around(said)
        found = self._weighed(said, around, self._named(said, around))
        if not found or found[0].score < SERIOUS_POINTS:
            seen = {one.target.key for one in found}
            more = (one for one in self._alike(said) if one.key not in seen)
            found = ranked([*found, *self._weighed(said, around, more)])
        return found[:KEPT_MAX]

    def judge(self, said: Said) -> Verdict:
        """Return what a program may do with a line, as things stand now."""
        is_settled = any(code in self._settled for code in said.codes)
        return judge(said, self.candidates(said), is_code_settled=is_settled)

    def take(self, target: Target, amount_fen: int) -> None:
        """Note that so much of a target has been met."""
        self._left[target.key] = self._left.get(target.key, target.amount_fen) - amount_fen
        if self._left[target.key] <= 0 and target.payment_code:
            self._settled.add(target.payment_code)

    def _add(self, target: Target) -> None:
        """Put a target under everything that names it."""
        if target.payment_code:
            self._by_code[target.payment_code] = target
        if target.room is not None:
            self._by_room[target.room].append(target)
            self._by_room[target.room._replace(unit=None)].append(target)
        self._by_subject[target.subject].append(target)
        for name in target.names:
            self._by_name[name].append(target)
            self._by_sign[target.amount_fen, name[:1], len(name)].setdefault(name, target)
        if target.kind is not TargetKind.RECEIVABLE and target.project_number:
            self._by_project[target.project_number].append(target)
        self._by_amount[target.amount_fen].append(target)

    def _around(self, said: Said) -> tuple[frozenset[str], frozenset[str]]:
        """Return for whom this payer, and this name, have paid before."""
        none: frozenset[str] = frozenset()
        by_number = self._payers.get(said.payer, none) if said.payer else none
        return by_number, self._payers.get(said.payer_name, none) if said.payer_name else none

    def _named(self, said: Said, around: tuple[frozenset[str], frozenset[str]]) -> list[Target]:
        """Return the targets that a line names in one way or another, each once."""
        found: dict[str, Target] = {}
        for target in self._naming(said, around):
            found.setdefault(target.key, target)
            if len(found) >= _LOOKED_AT_MAX:
                break
        return list(found.values())

    def _naming(
        self, said: Said, around: tuple[frozenset[str], frozenset[str]]
    ) -> Iterable[Target]:
        """Yield the targets that a line names, surest first."""
        for code in said.codes:
            if code in self._by_code:
                yield self._by_code[code]
        for room in said.rooms:
            yield from self._by_room.get(room, ())
        for subject in sorted(around[0] | around[1]):
            yield from self._at_amount(self._by_subject.get(subject, ()), said.amount_fen)
        for number in said.projects:
            yield from self._at_amount(self._by_project.get(number, ()), said.amount_fen)
        yield from self._at_amount(self._by_name.get(said.name, ()), said.amount_fen)

    def _at_amount(self, targets: Collection[Target], amount_fen: int) -> Iterable[Target]:
        """Yield those of just this amount first, then the others, when there are not too many."""
        exact = [one for one in targets if one.amount_fen == amount_fen]
        yield from exact[:_LOOKED_AT_MAX]
        if len(targets) <= _LOOKED_AT_MAX:
            yield from targets

    def _alike(self, said: Said) -> Iterable[Target]:
        """Yield what has just this amount: if few have it, and else those with a name like it."""
        if self._counts.get(said.amount_fen, 0) <= _ALONE_MAX:
            yield from self._by_amount.get(said.amount_fen, ())
        elif said.name:
            near = self._by_sign.get((said.amount_fen, said.name[:1], len(said.name)), {})
            if "*" in said.name:  # whoever is masked may be anybody of the family
                yield from list(near.values())[:_ALIKE_MAX]
                return
            alike = process.extract(
                said.name, near.keys(), scorer=fuzz.ratio, score_cutoff=50, limit=_ALIKE_MAX
            )
            yield from [near[name] for name, _, _ in alike]

    def _weighed(
        self,
        said: Said,
        known: tuple[frozenset[str], frozenset[str]],
        targets: Iterable[Target],
    ) -> list[Candidate]:
        """Return targets of which something is left, with their points, best first."""
        is_amount_shared = self._counts.get(said.amount_fen, 0) > 1
        found = []
        for target in targets:
            left = self._left.get(target.key, target.amount_fen)
            if left <= 0:
                continue
            now = target if left == target.amount_fen else replace(target, amount_fen=left)
            is_room_shared = bool(
                said.rooms
                and target.room is not None
                and target.room._replace(unit=None) in self._shared_rooms
            )
            found.append(weigh(said, now, Around(is_amount_shared, is_room_shared, *known)))
        return ranked(found)
