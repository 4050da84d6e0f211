"""What speaks for a match: rooms in any writing, names, codes, and when a program may decide."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest

from tests.make import payments
from timebank.bank.rules.claims import Direction, Purpose, Reason, plain_of
from timebank.cofund.rules import finding, matching
from timebank.cofund.rules.finding import Finder
from timebank.cofund.rules.matching import Code, Said, Target, TargetKind
from timebank.cofund.rules.rooms import Room, room_of, rooms_in

DAY = date(2026, 11, 2)
OWED = payments.targets(400, random=Random(3), is_dozen=True)


@pytest.mark.parametrize(
    ("text", "room"),
    [
        ("7-2-301", Room(7, 2, "301")),
        ("7栋2单元301室", Room(7, 2, "301")),
        ("７＃２－３０１", Room(7, 2, "301")),
        ("七号楼二单元301", Room(7, 2, "301")),
        ("十二栋1单元1602", Room(12, 1, "1602")),
        ("物业费 7-2-0301 王", Room(7, 2, "301")),
        ("7号楼 2单元 301", Room(7, 2, "301")),
        ("3-1202", Room(3, None, "1202")),
        ("3栋1202室", Room(3, None, "1202")),
        ("3号楼1202", Room(3, None, "1202")),
        ("3幢1202A", Room(3, None, "1202A")),
    ],
)
def test_a_room_is_read_however_it_is_written(text: str, room: Room) -> None:
    assert rooms_in(text) == (room,)


@pytest.mark.parametrize(
    "text",
    ["", "2026-11-03", "11-03", "0532-86881234", "2603-7-1-1202-14", "7号楼充电桩", "1202室"],
)
def test_what_is_no_room_is_read_as_none(text: str) -> None:
    assert rooms_in(text) == ()


def test_rooms_are_alike_when_one_leaves_the_unit_open() -> None:
    assert room_of(building=3, unit=1, room_no="０102").is_like(Room(3, None, "102"))
    assert not Room(3, 1, "102").is_like(Room(3, 2, "102"))


@pytest.mark.parametrize(
    ("said", "name", "is_alike"),
    [
        ("王*民", "王建民", True),
        ("*建民", "王建民", True),
        ("***", "王建民", False),
        ("王建明", "王建民", True),
        ("李建民", "王建民", False),
        ("王民", "王建民", False),
        ("安居物业服务公司", "青岛安居物业服务公司", True),
        ("宏达机电公司", "安居物业服务公司", False),
    ],
)
def test_names_are_compared_as_names_are(said: str, name: str, *, is_alike: bool) -> None:
    assert (matching.alike(said, name) > 0) is is_alike


def said(target: Target, text: str, *, name: str = "", fen: int | None = None) -> Said:
    """What a line for a target says, a day after it was asked for."""
    amount = target.amount_fen if fen is None else fen
    return finding.read(
        line_id=1, amount_fen=amount, day=DAY + timedelta(days=1), party_name=name, texts=(text,),
        payer="payer:x",
    )  # fmt: skip


def test_a_program_decides_only_what_is_sure_clear_and_uncontradicted() -> None:
    mine, other = OWED[10], OWED[200]
    finder = Finder(OWED, payers={})
    name = mine.names[0]
    code, room = mine.payment_code, matching.written(mine.room or Room(0, 0, ""))
    sure = f"{code} {room}"
    expected = {
        (sure, name): None,
        (code, name): None,
        (code, ""): Reason.UNSURE,
        (room, name): Reason.UNSURE,
        (f"{code} {matching.written(other.room or Room(0, 0, ''))}", name): Reason.UNSURE,
        (f"{code} {other.payment_code}", name): Reason.UNSURE,
        ("转账", "不认识"): Reason.NO_CANDIDATE,
        ("结算款", "财付通支付科技有限公司"): Reason.PLATFORM_NET,
        (f"退汇 {sure}", name): Reason.RETURNED,
    }
    found = {key: finder.judge(said(mine, key[0], name=key[1])) for key in expected}

    assert {key: one.reason for key, one in found.items()} == expected
    assert finder.judge(said(mine, sure, name=name, fen=1)).reason is Reason.PARTIAL
    assert finder.judge(said(mine, sure, name=name, fen=10**9)).reason is Reason.OVER
    finder.take(mine, mine.amount_fen)
    assert finder.judge(said(mine, sure, name=name)).reason is Reason.DUPLICATE_SUSPECT


def test_who_has_paid_before_counts_and_for_others_contradicts() -> None:
    mine, other = OWED[10], OWED[200]
    text = f"{mine.payment_code} {matching.written(mine.room or Room(0, 0, ''))}"
    known = Finder(OWED, payers={"payer:x": frozenset({mine.subject})})
    stranger = Finder(OWED, payers={"payer:x": frozenset({other.subject})})

    best = known.judge(said(mine, text)).chosen
    assert best is not None
    assert best.has(Code.KNOWN_PAYER)
    verdict = stranger.judge(said(mine, text))
    assert verdict.chosen is None
    assert verdict.candidates[0].has(Code.OTHER_PAYER)


def test_an_amount_that_only_one_has_finds_it() -> None:
    lone = replace(OWED[5], amount_fen=123_457)
    finder = Finder([*OWED[:5], lone, *OWED[6:]], payers={})
    best = finder.candidates(said(lone, "转账", name="无名氏"))[0]
    assert (best.target.key, best.has(Code.AMOUNT)) == (lone.key, True)


def test_the_points_are_the_sum_of_the_terms_and_each_is_in_plain_words() -> None:
    mine = OWED[10]
    for candidate in Finder(OWED, payers={}).candidates(said(mine, mine.payment_code)):
        assert candidate.score == sum(term.points for term in candidate.terms)


@pytest.mark.parametrize("is_dozen", [True, False])
def test_of_invented_payments_none_is_matched_wrong(*, is_dozen: bool) -> None:
    random = Random(20261128)
    owed = payments.targets(600, random=random, is_dozen=is_dozen)
    made, payers = payments.payments(owed, 600, random=random)
    right, wrong, waiting = payments.right_and_wrong(Finder(owed, payers=payers), made)
    assert (wrong, right + sum(waiting.values())) == (0, 600)
    assert right > 100


def test_what_the_bank_takes_and_gives_is_known_by_its_words() -> None:
    def plain(fen: int, text: str, kind: str = "movement") -> Purpose | None:
        return plain_of(kind=kind, amount_fen=fen, text=text)

    assert plain(-1_000, "账户管理费") is Purpose.FEE
    assert plain(1_000, "结息") is Purpose.INTEREST
    assert (plain(1_000, "管理费"), plain(-1_000, "结息")) == (None, None)
    assert plain(5, "", "opening") is Purpose.OPENING
    assert set(Direction) == {Direction.IN, Direction.OUT}


def test_every_kind_of_target_can_be_asked_for_by_its_key() -> None:
    keys = {Target(kind, 7, 1, "x", "y").key for kind in TargetKind}
    assert len(keys) == len(TargetKind)
