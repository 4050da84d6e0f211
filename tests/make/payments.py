"""Invented payments whose true obligation is known: codes, rooms, relatives, twins, errors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from timebank.cofund.rules import finding
from timebank.cofund.rules.codes import payment_code
from timebank.cofund.rules.matching import Said, Target, TargetKind
from timebank.cofund.rules.rooms import Room

DAY = date(2026, 11, 2)
FAMILIES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡"
    "余杜叶程苏魏吕丁任沈"
)
GIVEN = (
    "建国志强秀英桂芳海燕晓明文军丽娟玉兰春梅永胜国庆红霞立新淑珍少华德福金凤卫东小龙"
    "雪松佳琪子涵宇轩浩然"
)
# A dozen sums, as when every household pays by its type of dwelling.
DOZEN = tuple(48_000 + 6_000 * at for at in range(12))


@dataclass(frozen=True, slots=True)
class Payment:
    """A line that was invented for a target, as the bank writes it."""

    line_id: int
    amount_fen: int
    day: date
    name: str
    text: str
    payer: str
    target: str

    @property
    def said(self) -> Said:
        """What the line says, read anew each time."""
        return finding.read(
            line_id=self.line_id,
            amount_fen=self.amount_fen,
            day=self.day,
            party_name=self.name,
            texts=(self.text,),
            payer=self.payer,
        )


def targets(count: int, *, random: Random, is_dozen: bool) -> list[Target]:
    """Return what so many households owe."""
    made = []
    for at in range(count):
        building, rest = divmod(at, 180)
        unit, rest = divmod(rest, 60)
        floor, door = divmod(rest, 4)
        room_no = f"{floor + 1}{door + 1:02d}"
        amount = random.choice(DOZEN) if is_dozen else random.randrange(20_000, 900_000)
        made.append(
            Target(
                kind=TargetKind.RECEIVABLE,
                id=at,
                amount_fen=amount,
                subject=f"household:{at}",
                label=f"{building + 1}-{unit + 1}-{room_no}",
                names=tuple(_name(random) for _ in range(random.choice((1, 1, 2, 3)))),
                payment_code=payment_code(
                    project_number="2026-07",
                    building=building + 1,
                    unit=unit + 1,
                    room_no=room_no,
                    instalment=1,
                ),
                room=Room(building + 1, unit + 1, room_no),
                from_on=DAY,
                until_on=DAY + timedelta(days=30),
            )
        )
    return made


def payments(
    owed: Sequence[Target], count: int, *, random: Random
) -> tuple[list[Payment], dict[str, frozenset[str]]]:
    """Return invented lines, and whom some payers have paid for before, by their index."""
    known: dict[str, set[str]] = {}
    made: list[Payment] = []
    for at, target in enumerate(random.choices(owed, k=count) if count > len(owed) else owed):
        if at >= count:
            break
        made.append(_payment(at, target, owed, known, random))
    # Some pay twice by mistake: the same words again. Whichever is taken, the other must wait.
    for at in range(0, count, 60):
        twin = made[at]
        made[at - 1] = twin
    return made, {payer: frozenset(subjects) for payer, subjects in known.items()}


def _payment(
    at: int, target: Target, owed: Sequence[Target], known: dict[str, set[str]], random: Random
) -> Payment:
    """Return a line for one target."""
    name = (
        target.names[0] if random.random() < 0.6 else random.choice([*target.names, _name(random)])
    )
    payer = f"payer:{at}"
    luck = random.random()
    if luck < 0.3:
        known.setdefault(payer, set()).add(target.subject)
    elif luck < 0.32:  # somebody who paid for another household until now
        known.setdefault(payer, set()).add(random.choice(owed).subject)
    amount, luck = target.amount_fen, random.random()
    if luck < 0.05:
        amount = amount * random.randrange(20, 90) // 100
    elif luck < 0.07:
        amount += random.randrange(100, 5000)
    text = _text(target, owed, random)
    return Payment(
        line_id=at,
        amount_fen=amount,
        day=DAY + timedelta(days=random.randrange(0, 45)),
        name=_masked(name, random),
        text=text,
        payer=payer,
        target=target.key,
    )


def _text(target: Target, owed: Sequence[Target], random: Random) -> str:
    """Return what somebody writes: a code, a room in any writing, both, neither, or an error."""
    room, other = target.room, random.choice(owed)
    assert room is not None
    assert other.room is not None
    writing = random.choice(WRITINGS).format(b=room.building, u=room.unit, r=room.room_no)
    said = {
        f"{target.payment_code}{random.choice(('', ' 充电棚', '，谢谢'))}": 35,
        f"{writing} {target.payment_code}": 15,
        _mistyped(target.payment_code, random): 5,
        f"{other.payment_code} {writing}": 3,  # the neighbour's notice, but the own room
        writing: 22,
        f"{other.room.building}-{other.room.unit}-{other.room.room_no}": 3,
        random.choice(("转账", "充电棚", "维修款", "", "交钱")): 17,
    }
    return random.choices(list(said), weights=list(said.values()))[0]


WRITINGS: Sequence[str] = (
    "{b}-{u}-{r}", "{b}栋{u}单元{r}室", "{b}号楼{u}单元{r}", "{b}#{u}-{r}", "{b}幢{u}单元{r}",
    "{b}-{r}", "{b}栋{r}室", "{b}号楼{r}", "充电棚{b}－{u}－{r}", "{b}号楼 {u}单元 {r} 业主",
)  # fmt: skip


def _mistyped(code: str, random: Random) -> str:
    """Return a code with one digit changed, or two neighbours swapped."""
    places = [at for at, sign in enumerate(code) if sign.isdigit()]
    at = random.choice(places[:-1])
    if random.random() < 0.5 and code[at + 1].isdigit() and code[at + 1] != code[at]:
        return code[:at] + code[at + 1] + code[at] + code[at + 2 :]
    return code[:at] + str((int(code[at]) + random.randrange(1, 10)) % 10) + code[at + 1 :]


def _name(random: Random) -> str:
    family = FAMILIES[int(len(FAMILIES) * random.random() ** 2)]
    return family + "".join(random.choice(GIVEN) for _ in range(random.choice((1, 2, 2, 2))))


def _masked(name: str, random: Random) -> str:
    return f"{name[0]}{'*' * (len(name) - 1)}" if random.random() < 0.1 else name


def right_and_wrong(
    finder: finding.Finder, made: Sequence[Payment]
) -> tuple[int, int, Mapping[str, int]]:
    """Match lines in order; return how many went right, how many wrong, and why others wait."""
    right = wrong = 0
    waiting: dict[str, int] = {}
    for one in made:
        said = one.said
        verdict = finder.judge(said)
        if verdict.chosen is None:
            reason = str(verdict.reason)
            waiting[reason] = waiting.get(reason, 0) + 1
            continue
        finder.take(verdict.chosen.target, said.amount_fen)
        is_right = verdict.chosen.target.key == one.target
        right, wrong = right + is_right, wrong + (not is_right)
    return right, wrong, waiting
