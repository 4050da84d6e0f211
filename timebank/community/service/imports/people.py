"""The list of people: one line for each, known by ID number, or by door, name and birthday."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import islice
from typing import Any

from sqlalchemy.orm import Session

from timebank.community import errors, rules
from timebank.community.models import Person
from timebank.community.rules import KinshipKind, PersonField, Sex
from timebank.community.service.imports import people_known
from timebank.community.service.imports.people_known import HEAD, Draft, Known, PersonLine
from timebank.community.service.imports.people_write import write
from timebank.community.service.imports.plan import (
    PROBLEMS_SHOWN_MAX,
    Change,
    Findings,
    KeptField,
    Plan,
    settle,
)
from timebank.community.service.imports.sheet import Column, Line
from timebank.kernel import clock

UNRELATED = "unrelated"
SEXES = {"女": Sex.FEMALE, "男": Sex.MALE, "女性": Sex.FEMALE, "男性": Sex.MALE}
_RELATION_WORDS = {
    HEAD: "户主 本人",
    KinshipKind.SPOUSE: "配偶 妻 夫 妻子 丈夫 老伴",
    KinshipKind.CHILD: "子 女 儿子 女儿 子女 长子 长女 次子 次女 养子 养女",
    KinshipKind.PARENT: "父 母 父亲 母亲 父母",
    KinshipKind.SIBLING: "兄弟姐妹 兄 弟 姐 妹 哥哥 弟弟 姐姐 妹妹",
    KinshipKind.GRANDCHILD: "孙子女 孙子 孙女 外孙 外孙子 外孙女",
    KinshipKind.GRANDPARENT: "祖父母 祖父 祖母 外祖父 外祖母 爷爷 奶奶 外公 外婆",
    KinshipKind.CHILD_IN_LAW: "儿媳 女婿",
    KinshipKind.PARENT_IN_LAW: "公公 婆婆 岳父 岳母",
    KinshipKind.OTHER: "其他亲属 其他",
    UNRELATED: "非亲属 租户",
}
RELATIONS = {word: kind for kind, words in _RELATION_WORDS.items() for word in words.split()}

COLUMNS = (
    Column("name", "姓名", ("名字", "居民姓名"), is_required=True, example="孙秀英"),
    Column("sex", "性别", hint="男或女，可以不填", example="女"),
    Column(
        "born_on",
        "出生日期",
        ("生日", "出生年月日", "出生年月"),
        hint="可以不填",
        example="1950-06-18",
    ),
    Column(
        "building", "楼号", ("楼", "楼栋", "楼栋号", "栋", "幢"), is_required=True, example="3号楼"
    ),
    Column("unit", "单元", ("单元号",), is_required=True, example="2单元"),
    Column("room", "房号", ("房间号", "室", "门牌号", "户号"), is_required=True, example="302"),
    Column(
        "phone",
        "手机号",
        ("手机", "电话", "联系电话", "手机号码", "联系方式"),
        hint="可以不填；请把这一列设成文本",
        example="13800000420",
    ),
    Column(
        "id_number",
        "身份证号",
        ("身份证", "证件号码", "公民身份号码", "身份证号码"),
        hint="可以不填；请把这一列设成文本",
    ),
    Column("card_no", "卡号", ("会员卡号", "时间银行卡号"), hint="可以不填", example="JL-00417"),
    Column(
        "relation", "与户主关系", ("关系", "户主关系"), hint="户主、配偶、子女……", example="户主"
    ),
    Column("verified_on", "关系核实日期", ("核实日期",), hint="可以不填", example="2026-03-01"),
)


@dataclass(slots=True)
class _Reader:
    """Reads lines one after the other and remembers what must be unique among them."""

    code: str
    known: Known
    findings: Findings
    draft: Draft

    def take(self, line: Line) -> None:
        """Take one line into the draft, or note what is wrong with it."""
        row = self._read(line)
        if row is None or not self._is_first(row) or not self._is_free(row):
            return
        self.draft.rows.append(row)

    def _read(self, line: Line) -> PersonLine | None:
        """Return the values of a line; None when one of them is wrong."""
        name = self._name(line)
        building = self.findings.place_number(line, "building")
        unit = self.findings.place_number(line, "unit")
        room = rules.room_of(self.findings.text(line, "room", chars_max=16))
        facts = self._id_facts(line)
        row = PersonLine(
            line=line,
            name=name,
            door=(building or 0, unit or 0, room),
            sex=self._sex(line, facts),
            born_on=self._born_on(line, facts),
            phone=self._phone(line),
            id_number=facts.number if facts else None,
            card_no=self._card_no(line),
            relation=self.findings.choice(line, "relation", RELATIONS),
            verified_on=self._verified_on(line),
        )
        if building and unit and (building, unit) not in self.known.micro_grid_ids:
            label = rules.micro_grid_label(building_no=building, unit_no=unit)
            self.findings.refuse(line, "unit", errors.PlaceUnknownError(label=label))
        return row if self.findings.is_clean(line) else None

    def _name(self, line: Line) -> str:
        """Return the name."""
        name = self.findings.text(line, "name", chars_max=rules.NAME_CHARS_MAX)
        if name and not rules.is_name(name):
            self.findings.refuse(line, "name", errors.NameInvalidError(given=name))
        return name

    def _id_facts(self, line: Line) -> rules.IdFacts | None:
        """Return what the ID number says."""
        text = self.findings.text(line, "id_number")
        facts = rules.id_facts(text) if text else None
        if text and facts is None:
            self.findings.refuse(line, "id_number", errors.IdNumberInvalidError())
        return facts

    def _sex(self, line: Line, facts: rules.IdFacts | None) -> Sex | None:
        """Return the sex, from its column or the ID number."""
        sex = self.findings.choice(line, "sex", SEXES)
        if facts and sex and facts.sex is not sex:
            self.findings.refuse(line, "sex", errors.SexDisagreesError())
        return sex or (facts.sex if facts else None)

    def _born_on(self, line: Line, facts: rules.IdFacts | None) -> date | None:
        """Return the birthday, from its column or the ID number."""
        text = self.findings.text(line, "born_on")
        day = rules.day_of(text) if text else (facts.born_on if facts else None)
        if (text and day is None) or (day and not rules.is_birthday(day, today=clock.today())):
            self.findings.refuse(line, "born_on", errors.BirthdayInvalidError(given=text or day))
        elif facts and day != facts.born_on:
            self.findings.refuse(line, "born_on", errors.BirthdayDisagreesError())
        return day

    def _phone(self, line: Line) -> str | None:
        """Return the phone number without decoration."""
        text = self.findings.text(line, "phone")
        phone = rules.phone_of(text) if text else None
        if text and phone is None:
            self.findings.refuse(line, "phone", errors.PhoneInvalidError(given=text))
        return phone

    def _card_no(self, line: Line) -> str | None:
        """Return the card number."""
        text = self.findings.text(line, "card_no").upper()
        if text and rules.card_serial(text, code=self.code) is None:
            error = errors.CardNumberInvalidError(given=text, code=self.code)
            self.findings.refuse(line, "card_no", error)
        return text or None

    def _verified_on(self, line: Line) -> date | None:
        """Return the day on which the kinship was verified."""
        text = self.findings.text(line, "verified_on")
        day = rules.day_of(text) if text else None
        if text and (day is None or day > clock.today()):
            self.findings.refuse(line, "verified_on", errors.DayInvalidError(given=text))
        return day

    def _is_first(self, row: PersonLine) -> bool:
        """Whether no earlier line is about the same person or heads the same household."""
        keys: list[tuple[object, ...]] = [("who", *row.door, row.name, row.born_on)]
        keys += [("id", row.id_number)] if row.id_number else []
        for key in keys:
            first = self.draft.first_lines.setdefault(key, row.line.number)
            if first != row.line.number:
                self.findings.refuse(row.line, "name", errors.LineTwiceError(first=first))
                return False
        if row.relation == HEAD:
            first = self.draft.first_lines.setdefault(("head", *row.door), row.line.number)
            if first != row.line.number:
                self.findings.refuse(row.line, "relation", errors.HeadTwiceError(first=first))
                return False
        return True

    def _is_free(self, row: PersonLine) -> bool:
        """Whether the card and the ID number of a line are nobody else's."""
        person = self.known.match(row)
        row.known = person
        if person:
            first = self.draft.first_lines.setdefault(("known", person.id), row.line.number)
            if first != row.line.number:
                self.findings.refuse(row.line, "name", errors.LineTwiceError(first=first))
                return False
        if person and row.id_number and person.id_index not in {None, row.id_index}:
            self.findings.refuse(row.line, "id_number", errors.IdNumberDiffersError())
            return False
        if row.card_no is None:
            return True
        first = self.draft.first_lines.setdefault(("card", row.card_no), row.line.number)
        holder = self.known.holder_of_card.get(row.card_no)
        is_taken = holder is not None and (person is None or holder.id != person.id)
        if first != row.line.number or is_taken:
            error = errors.CardTakenError(card_no=row.card_no)
            self.findings.refuse(row.line, "card_no", error)
            return False
        return True


def plan(session: Session, *, community_id: int, lines: Sequence[Line]) -> Plan:
    """Compare a list of people with those known."""
    known = people_known.known_people(session, community_id)
    findings, draft = Findings(COLUMNS), Draft()
    reader = _Reader(code=known.code, known=known, findings=findings, draft=draft)
    for line in lines:
        reader.take(line)
    draft.find_kin(known)
    for row in draft.rows:
        findings.note(row.line, _change(row, known, draft), row.name)
    findings.kept.extend(_kept(session, known, draft.rows))
    return settle(findings, partial(write, community_id=community_id, known=known, draft=draft))


def _change(row: PersonLine, known: Known, draft: Draft) -> Change:
    """Return what a line does to the person known."""
    if row.known is None:
        return Change.NEW
    is_same = not row.differences(known) and row.line.number not in draft.lines_with_new_kin
    return Change.UNCHANGED if is_same else Change.CHANGED


def _kept(session: Session, known: Known, rows: Sequence[PersonLine]) -> Iterator[KeptField]:
    """Yield where lines differ from what people put right, as far as it is shown."""
    differing = ((row, field) for row in rows for field in row.kept(known))
    for row, field in islice(differing, PROBLEMS_SHOWN_MAX):
        assert row.known is not None  # nobody puts right what is not registered
        yield KeptField(
            line=row.line.number,
            label=row.name,
            field=field,
            put_right_at=known.put_right_at[row.known.id, field],
            person_id=row.known.id,
            **_both_values(session, known, row, field),
        )


def _both_values(
    session: Session, known: Known, row: PersonLine, field: PersonField
) -> dict[str, Any]:  # Any: numbers and words
    """Return what is registered and what the line says, masked, with what it takes to take it."""
    assert row.known is not None
    if field is PersonField.PHONE:
        now = session.get_one(Person, row.known.id).phone or ""
        listed = row.phone or ""
        return {
            "now": rules.mask_phone(now),
            "listed": rules.mask_phone(listed),
            "phone": listed,
        }
    return {
        "now": people_known.home_label(row.known.door) if row.known.door else "",
        "listed": people_known.home_label(row.door),
        "micro_grid_id": known.micro_grid_ids[row.door[:2]],
        "room_no": row.door[2],
    }
