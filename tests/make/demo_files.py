"""Writes the demo community's source files: ``python -m tests.make.demo_files``.

Everybody in them is invented by a seeded generator; phone numbers come from two blocks that no
operator hands out. The files are committed, so that the demo reads what a community would bring.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

import xlsxwriter

FOLDER = Path(__file__).parents[2] / "timebank" / "cli" / "demo_data"
SEED = 417
AS_OF = date(2026, 11, 1)
CARD_AGE = 60
# Grid by grid, the units of each building.
UNITS = (
    {1: 2, 2: 1, 3: 1, 4: 1},
    {5: 2, 6: 2, 7: 1},
    {8: 2, 9: 1, 10: 1},
    {11: 2, 12: 2, 13: 1},
    {14: 2, 15: 2, 16: 1},
    {17: 2, 18: 1, 19: 1},
    {20: 2, 21: 2, 22: 1},
    {23: 2, 24: 1, 25: 1},
)
GRIDS = "一二三四五六七八"
UNITS_WITH_33_HOUSEHOLDS = 16
OFFICERS = ("王静", "张磊", "刘洋", "陈晓", "赵娜", "孙鹏", "周敏", "李倩")
STEWARDS = ("姜波", "逄超", "薛梅", "丁辉", "韩雪", "崔凯", "吕强", "于莉")
STAFF = ("高洁", "赵敏", "徐芳", "马骏", "宋佳", "郭涛")

_SURNAMES = [
    "王*80",
    "李*60",
    "张*58",
    "刘*48",
    "陈*26",
    "杨*22",
    "赵*24",
    "孙*26",
    "周*18",
    "徐*20",
    "高*18",
    "于*20",
    "姜*14",
    "马*14",
    "宋*14",
    "郭*12",
    "吕*10",
    "朱*10",
    "薛*12",
    "丁*12",
    "韩*12",
    "曲*6",
    "崔*8",
    "逄*8",
    "殷*4",
    "管*5",
    "庄*5",
    "胡*8",
    "林*10",
    "吴*10",
    "侯*4",
    "魏*6",
    "范*4",
    "尹*4",
    "仇*1",
    "单*2",
    "解*1",
    "曾*2",
    "翟*2",
    "区*1",
    "欧阳*1",
    "邵*3",
    "石*4",
    "邱*3",
    "江*3",
    "苗*2",
    "迟*2",
    "纪*3",
    "臧*2",
    "隋*2",
    "矫*1",
    "法*1",
]
SURNAMES = tuple(pair.split("*")[0] for pair in _SURNAMES)
WEIGHTS = tuple(int(pair.split("*")[1]) for pair in _SURNAMES)
# Given names by the latest year of birth in which they were the fashion.
WOMEN = (
    (
        1956,
        "秀英 桂兰 玉兰 淑珍 秀兰 桂英 凤英 玉珍 淑兰 秀珍 桂芳 素珍 月英 玉梅 淑英 金花 瑞兰 秀云 翠英 美英",
    ),
    (
        1971,
        "丽华 秀芳 春梅 爱华 淑芹 红霞 玉霞 建华 桂芹 爱玲 秀梅 美玲 玉玲 晓红 春兰 雪梅 卫红 海燕 云霞 爱芹",
    ),
    (1986, "丽 静 敏 燕 艳 娟 霞 丽娜 晓丽 海霞 春燕 红梅 晓燕 丽萍 文静 玲玲 芳 慧 莉 秋菊"),
    (2003, "婷 倩 雪 梦 婷婷 晓彤 佳 琳 文慧 雅静 雨晴 思雨 璐 晨 欣 丹丹 慧敏 梦瑶 媛媛 晓雯"),
    (2030, "子涵 欣怡 雨桐 梓萱 诗涵 可欣 一诺 若曦 沐瑶 语桐 佳怡 思涵 雅琪 梦琪 心怡 语嫣"),
)
MEN = (
    (
        1956,
        "国栋 德明 振华 玉山 世昌 建国 明义 德胜 宝山 福来 振海 永昌 庆祥 文华 守信 德福 树林 长江 学文 志远",
    ),
    (
        1971,
        "建国 建军 志强 卫东 国庆 建设 卫国 学军 爱国 海波 新华 永强 立军 春生 建民 国强 胜利 文革 志刚 德海",
    ),
    (1986, "伟 强 军 勇 涛 磊 杰 斌 海涛 晓东 志伟 建波 永刚 鹏飞 文涛 海龙 晓辉 明 超 刚"),
    (2003, "鹏 浩 凯 帅 宇 晨 文博 志豪 俊杰 嘉伟 晓峰 明哲 天宇 瑞 昊 子豪 健 彬彬 鑫 旭东"),
    (2030, "浩然 宇轩 子轩 梓豪 俊熙 一鸣 博文 皓轩 子墨 睿 泽宇 明轩 晨曦 奕辰 家豪 沐阳"),
)


@dataclass(slots=True)
class Resident:
    """One line of the list of people."""

    name: str
    is_woman: bool
    born_on: date
    building: int
    unit: int
    room: str
    relation: str
    phone: str = ""
    card_no: str = ""
    verified_on: str = ""

    @property
    def age(self) -> int:
        """Age in years on the day for which the files were written."""
        return (AS_OF - self.born_on).days // 365


class Town:
    """Draws the residents door by door."""

    def __init__(self) -> None:
        """Start with an empty town and the seed."""
        self.random = Random(SEED)
        self.residents: list[Resident] = []

    def doors(self) -> Iterator[tuple[int, int, str]]:
        """Yield every door: building, unit, room; three on each of eleven floors."""
        units = [(b, u) for grid in UNITS for b, count in grid.items() for u in range(1, count + 1)]
        large = set(self.random.sample(units, UNITS_WITH_33_HOUSEHOLDS))
        for building, unit in units:
            rooms = [f"{floor}{door:02}" for floor in range(1, 12) for door in (1, 2, 3)]
            for room in rooms if (building, unit) in large else rooms[:-1]:
                yield building, unit, room

    def settle(self) -> None:
        """Fill every door, then set the few people whom the handbook's pictures name."""
        for door in self.doors():
            self.residents += self._household(door)
        self._name_known()
        self._give_phones()
        self._give_cards()
        self._verify_kin()

    def _born(self, youngest: int, oldest: int) -> date:
        """Draw a birthday for somebody between two ages."""
        days = self.random.randint(youngest * 365 + youngest // 4, oldest * 365 + oldest // 4)
        return AS_OF - timedelta(days=days)

    def _surname(self) -> str:
        return self.random.choices(SURNAMES, WEIGHTS)[0]

    def _given(self, *, is_woman: bool, born_on: date) -> str:
        names = next(n for year, n in (WOMEN if is_woman else MEN) if born_on.year <= year)
        return self.random.choice(names.split())

    def _person(
        self, door: tuple[int, int, str], surname: str, relation: str, is_woman: bool, born_on: date
    ) -> Resident:
        name = surname + self._given(is_woman=is_woman, born_on=born_on)
        return Resident(name, is_woman, born_on, *door, relation)

    def _household(self, door: tuple[int, int, str]) -> list[Resident]:
        """Draw one household."""
        kind = self.random.choices(
            ("elder", "elders", "family1", "family2", "three", "couple", "single"),
            (12, 22, 25, 9, 11, 11, 10),
        )[0]
        ages = {"elder": (65, 91), "elders": (60, 87), "three": (36, 52), "couple": (26, 58)}
        head_born = self._born(*ages.get(kind, (29, 55)))
        head_is_woman = self.random.random() < (0.62 if kind == "elder" else 0.3)
        surname = self._surname()
        people = [self._person(door, surname, "户主", head_is_woman, head_born)]
        if kind not in {"elder", "single"}:
            apart = timedelta(days=self.random.randint(-1400, 1400))
            born = min(head_born + apart, AS_OF - timedelta(days=365 * 22))
            people.append(self._person(door, self._surname(), "配偶", not head_is_woman, born))
        children = {"family1": 1, "family2": 2, "three": self.random.choice((1, 1, 2))}.get(kind, 0)
        father_name = next((p.name for p in people if not p.is_woman), people[0].name)
        family = father_name[:2] if father_name.startswith("欧阳") else father_name[:1]
        for _ in range(children):
            people.append(self._child(door, people, family))
        if kind == "three":
            people += self._parents(door, people[0], surname)
        return people

    def _child(self, door: tuple[int, int, str], people: list[Resident], family: str) -> Resident:
        mother_age = min(p.age for p in people[:2])
        oldest = max(min(mother_age - 23, 27), 1)
        is_woman = self.random.random() < 0.49
        child = self._person(door, family, "", is_woman, self._born(max(oldest - 8, 0), oldest))
        child.relation = "女儿" if is_woman else "儿子"
        taken = {p.name for p in people}
        while child.name in taken:
            child.name = family + self._given(is_woman=is_woman, born_on=child.born_on)
        return child

    def _parents(
        self, door: tuple[int, int, str], head: Resident, surname: str
    ) -> Iterator[Resident]:
        """Draw one or both parents of the head."""
        born = self._born(head.age + 22, head.age + 30)
        both = self.random.random() < 0.45
        if both or self.random.random() < 0.7:
            yield self._person(door, self._surname(), "母亲", True, born)
        if both:
            yield self._person(door, surname, "父亲", False, born - timedelta(days=500))

    def _name_known(self) -> None:
        """Give some residents of fitting age the names that the handbook's pictures use."""
        self._rename(
            lambda p: p.building == 3 and p.relation == "户主" and p.is_woman, "孙秀英", 76
        )
        sun = self._called("孙秀英")
        daughter = Resident(
            "周琳", True, date(1978, 5, 12), sun.building, sun.unit, sun.room, "女儿"
        )
        self.residents.insert(self.residents.index(sun) + 1, daughter)
        self._rename(lambda p: p.building == 5 and p.is_woman and 60 < p.age < 74, "周桂兰", 68)
        self._rename(lambda p: p.building == 9 and not p.is_woman and p.age > 66, "李国栋", 73)
        adults = [p for p in self.residents if 28 <= p.age <= 52 and p.building > 10]
        women, men = "高洁赵敏徐芳宋佳", "马骏郭涛"
        for name in STAFF:
            assert name in women or name in men
            meant = next(p for p in adults if p.is_woman == (name in women))
            adults.remove(meant)
            meant.name = name

    def _rename(self, fits: object, name: str, age: int) -> None:
        assert callable(fits)
        meant = next(p for p in self.residents if fits(p))
        meant.name = name
        meant.born_on = date(AS_OF.year - age, 6, 18)

    def _called(self, name: str) -> Resident:
        return next(p for p in self.residents if p.name == name)

    def _give_phones(self) -> None:
        """Give adults numbers from two blocks, most of them; the named ones always."""
        block = [f"1380000{n:04}" for n in range(10_000)] + [
            f"1390001{n:04}" for n in range(10_000)
        ]
        block.remove("13800000420")
        self.random.shuffle(block)
        named = {"孙秀英": "13800000420"}
        for person in self.residents:
            share = 0.0 if person.age < 13 else (0.93 if person.age < 78 else 0.62)
            if person.name in named:
                person.phone = named[person.name]
            elif self.random.random() < share or person.name in {"周桂兰", "周琳", *STAFF}:
                person.phone = block.pop()

    def _give_cards(self) -> None:
        """Give cards to those of 60 and more and to younger volunteers."""
        holders = [
            p
            for p in self.residents
            if p.age >= CARD_AGE or (p.age >= 40 and self.random.random() < 0.12)
        ]
        self.random.shuffle(holders)
        sun = self._called("孙秀英")
        holders.remove(sun)
        holders.insert(416, sun)
        for serial, person in enumerate(holders, start=1):
            person.card_no = f"JL-{serial:05}"

    def _verify_kin(self) -> None:
        """Note for some that the register was seen."""
        for person in self.residents:
            if person.relation != "户主" and (person.name == "周琳" or self.random.random() < 0.3):
                day = AS_OF - timedelta(days=self.random.randint(30, 600))
                person.verified_on = day.isoformat()


def people_csv(town: Town) -> bytes:
    """The list of people as a spreadsheet in an office here writes it: GB18030, CRLF."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(
        (
            "姓名",
            "性别",
            "出生日期",
            "楼号",
            "单元",
            "房号",
            "手机号",
            "卡号",
            "与户主关系",
            "关系核实日期",
        )
    )
    for person in town.residents:
        writer.writerow(
            (
                person.name,
                "女" if person.is_woman else "男",
                f"{person.born_on.year}/{person.born_on.month}/{person.born_on.day}",
                f"{person.building}号楼",
                f"{person.unit}单元",
                person.room,
                person.phone,
                person.card_no,
                person.relation,
                person.verified_on,
            )
        )
    return buffer.getvalue().encode("gb18030")


def workbook(sheet_name: str, rows: list[tuple[str, ...]]) -> bytes:
    """One sheet of texts as .xlsx, the same bytes every time."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        made = datetime(2026, 11, 1)  # noqa: DTZ001 - the format knows no zone
        book.set_properties({"created": made})
        text = book.add_format({"num_format": "@"})
        page = book.add_worksheet(sheet_name)
        page.set_column(0, 8, 14, text)
        for at, row in enumerate(rows):
            page.write_row(at, 0, row, text)
    return buffer.getvalue()


def places_xlsx() -> bytes:
    """The list of places."""
    rows: list[tuple[str, ...]] = [("网格", "楼号", "单元")]
    for name, buildings in zip(GRIDS, UNITS, strict=True):
        for building, count in buildings.items():
            for unit in range(1, count + 1):
                rows.append((f"第{name}网格", f"{building}号楼", f"{unit}单元"))
    return workbook("地方", rows)


def roles_xlsx(town: Town) -> bytes:
    """The 152 holders of the six roles: 8, 8, 25, 37, 37 and 37, nobody twice."""
    header = ("角色", "姓名", "网格", "楼号", "单元", "手机号", "任职日期")
    rows: list[tuple[str, ...]] = []
    taken = {"孙秀英", "周桂兰", "周琳", "李国栋", *STAFF}

    def choose(buildings: set[int], unit: int | None, ages: range) -> Resident:
        fitting = (
            p
            for p in town.residents
            if p.building in buildings
            and unit in {None, p.unit}
            and p.age in ages
            and p.phone
            and p.name not in taken
        )
        person = town.random.choice(list(fitting))
        taken.add(person.name)
        return person

    def add(
        role: str, person: Resident, grid: str = "", building: str = "", unit: str = ""
    ) -> None:
        day = date(2025, 1, 1) + timedelta(days=town.random.randint(0, 200))
        rows.append((role, person.name, grid, building, unit, person.phone, day.isoformat()))

    for number, (name, buildings) in enumerate(zip(GRIDS, UNITS, strict=True)):
        officer = choose(set(buildings), None, range(26, 45))
        steward = choose(set(buildings), None, range(28, 52))
        officer.name, steward.name = OFFICERS[number], STEWARDS[number]
        taken.update((officer.name, steward.name))
        add("网格员", officer, grid=f"第{name}网格")
        add("物业管家", steward, grid=f"第{name}网格")
    for buildings in UNITS:
        for building, count in buildings.items():
            add("楼长", choose({building}, None, range(50, 75)), building=f"{building}号楼")
            for unit in range(1, count + 1):
                place = {"building": f"{building}号楼", "unit": f"{unit}单元"}
                add("经合社干部", choose({building}, unit, range(30, 62)), **place)
                add("党员志愿者", choose({building}, unit, range(40, 73)), **place)
                add("居民代表", choose({building}, unit, range(35, 75)), **place)
    return workbook("六员", [header, *rows])


def organisations_csv() -> bytes:
    """The organisations at work in the community."""
    coops = ("东苑", "西苑", "南坡", "北坡", "松林", "石桥", "杏园", "海角")
    rows = [("类型", "名称", "联系方式")]
    rows += [
        ("经济合作社", f"{name}股份经济合作社", f"0532-000001{n:02}")
        for n, name in enumerate(coops)
    ]
    rows += [
        ("共富公司", "九龙共富公司", "0532-00000200"),
        ("物业企业", "海晏物业服务公司", "0532-00000300"),
        ("养老服务中心", "九龙居家养老服务中心", "0532-00000401"),
        ("助老食堂", "九龙助老大食堂", "0532-00000402"),
        ("警务室", "九龙社区警务室", "0532-00000500"),
        ("部门", "城市管理综合执法中队", "0532-00000601"),
        ("部门", "安全生产监管办公室", "0532-00000602"),
        ("部门", "派出所", "0532-00000603"),
        ("部门", "市场监督管理所", "0532-00000604"),
        ("委员会", "业主委员会", "0532-00000700"),
    ]
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode("utf-8-sig")


def files() -> dict[str, bytes]:
    """Every source file by name, the same bytes every time."""
    town = Town()
    town.settle()
    roles = roles_xlsx(town)  # chooses officers and renames them, so it comes before the people
    return {
        "places.xlsx": places_xlsx(),
        "people.csv": people_csv(town),
        "roles.xlsx": roles,
        "organisations.csv": organisations_csv(),
    }


def main() -> None:
    """Write the files."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, content in files().items():
        (FOLDER / name).write_bytes(content)


if __name__ == "__main__":
    main()
