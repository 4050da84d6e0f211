"""The paper of a certificate: the same facts always give the same bytes.

Its words belong to the layout and not to the catalogues, for a translation that is bettered later
must not change a paper that was issued before.
"""

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple

import segno
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # ships no types
from fpdf import FPDF
from fpdf.enums import TableBordersLayout, XPos, YPos
from fpdf.fonts import FontFace

from timebank.volunteering.rules.certificates import Facts, KindSum, Language, Served, code_text

FONT = Path(__file__).parents[2] / "static" / "fonts" / "NotoSansSC-subset.ttf"
_FAMILY = "paper"
_MARGIN_MM, _LINE_MM, _SMALL_MM = 20.0, 6.8, 5.2
_TITLE_PT, _BODY_PT, _SMALL_PT = 22, 11.5, 9
_QR_MM = 32.0
_SEAL_MM = 40.0
_PLAIN = FontFace(emphasis="")  # the subset has one weight


class Word(NamedTuple):
    """A word of the paper in both languages."""

    zh: str
    en: str


TITLE = Word("志愿服务记录证明", "Certificate of Volunteer Service Record")
LIST = Word("服务明细", "List of services")
NUMBER = Word("编号", "No.")
NAME = Word("姓名", "Name")
VOLUNTEER = Word("志愿者编号", "Volunteer no.")
ID_NUMBER = Word("证件号码", "ID number")
PERIOD = Word("服务期间", "Period of service")
TOTAL = Word("服务时长", "Time served")
TIMES = Word("服务次数", "Times served")
PURPOSE = Word("用途", "Purpose")
ISSUER = Word("记录及出具单位", "Recorded and issued by")
CONTACT = Word("联系方式", "Contact")
ISSUED = Word("出具日期", "Date of issue")
SEAL = Word("出具单位盖章", "Seal of the issuer")
CHECK = Word("查验码", "Check code")
KIND = Word("服务内容", "Service")
WHAT = Word("活动或项目", "Activity")
DAY = Word("日期", "Date")
TIME = Word("起止时间", "From – to")
BODY = Word("组织单位", "Organised by")
HOURS = Word("时长", "Time")
LAW = Word(
    "本证明依据民政部令第67号《志愿服务记录与证明出具办法》据实、无偿出具，所列服务均经确认和审核。"
    "时长为实际服务时间，不含路途，不代表任何钱款。扫码或输入查验码，可核对本证明现在是否有效。",
    "Issued truthfully and free of charge under Order No. 67 of the Ministry of Civil Affairs of"
    " China; every service listed was confirmed and reviewed. Time is time actually served, without"
    " the way there; it stands for no money. Scan the code, or type it, to see whether this paper"
    " holds today.",
)


@cache
def known_signs() -> frozenset[int]:
    """Return the code points that the font can draw."""
    with TTFont(FONT, lazy=True) as font:
        return frozenset(font.getBestCmap() or ())


def draw(facts: Facts) -> bytes:
    """Return the paper as a PDF whose text can be selected, copied and read aloud."""
    sheet = _Sheet(facts)
    sheet.front()
    sheet.services(facts.services)
    return bytes(sheet.output())


def hours_text(minutes: int, *, is_english: bool = False) -> str:
    """Return minutes served as the paper writes them."""
    hours, rest = divmod(minutes, 60)
    words = ("h", "min") if is_english else ("小时", "分钟")
    parts = [f"{count} {word}" for count, word in zip((hours, rest), words, strict=True) if count]
    return " ".join(parts) or f"0 {words[1]}"


def day_text(day: str) -> str:
    """Return an ISO day as the paper writes it."""
    it = date.fromisoformat(day)
    return f"{it.year}年{it.month}月{it.day}日"


class _Sheet(FPDF):
    """An A4 sheet that knows its language and its number."""

    def __init__(self, facts: Facts) -> None:
        """Open the document with its metadata; nothing in it depends on when it is drawn."""
        super().__init__(format="A4")
        self.facts = facts
        self.is_both = facts.language == Language.BOTH
        self.add_font(_FAMILY, fname=FONT)
        self.set_creation_date(datetime.fromisoformat(facts.issued_at))
        self.set_lang("zh-CN")
        self.set_title(f"{TITLE.zh} {facts.number}")
        self.set_author(facts.issuer)
        self.set_subject(TITLE.en)
        self.set_creator("Timebank")
        self.set_margins(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM)
        self.set_auto_page_break(auto=True, margin=_MARGIN_MM)
        self.set_draw_color(0)
        self.add_page()

    def footer(self) -> None:
        """Write number and page at the foot of every page."""
        self.set_y(-14)
        self.set_font(_FAMILY, size=_SMALL_PT)
        self.cell(text=f"{NUMBER.zh} {self.facts.number}")
        self.set_x(_MARGIN_MM)
        self.cell(w=self.epw, text=f"{self.page_no()} / {{nb}}", align="R")

    def say(self, word: Word) -> str:
        """Return a word in the paper's languages."""
        return f"{word.zh} {word.en}" if self.is_both else word.zh

    def line(self, text: str, *, size: float = _BODY_PT, height: float = _LINE_MM) -> None:  # type: ignore[override]  # of text, as this sheet has no other lines
        """Write text over as many lines as it needs."""
        self.set_font(_FAMILY, size=size)
        self.multi_cell(w=0, h=height, text=text, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")

    def front(self) -> None:
        """Draw the first page: what is certified, by whom, and how to check it."""
        self._title()
        self._rows()
        self.ln(3)
        self._kinds(self.facts.kinds)
        self.ln(4)
        self.line(LAW.zh, size=_SMALL_PT, height=_SMALL_MM)
        if self.is_both:
            self.line(LAW.en, size=_SMALL_PT, height=_SMALL_MM)
        self._foot()

    def _title(self) -> None:
        """Draw the community, the title, and the number."""
        self.set_font(_FAMILY, size=_TITLE_PT)
        self.cell(w=0, h=14, text=TITLE.zh, align="C", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_font(_FAMILY, size=_BODY_PT)
        if self.is_both:
            self.cell(w=0, h=7, text=TITLE.en, align="C", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.cell(
            w=0,
            h=9,
            text=f"{self.say(NUMBER)} {self.facts.number}",
            align="R",
            new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
        )

    def _rows(self) -> None:
        """Draw who served, from when to when, how long, for what, and who says so."""
        it = self.facts
        rows = (
            (NAME, it.name),
            (VOLUNTEER, it.volunteer_number),
            (ID_NUMBER, it.id_number_masked),
            (PERIOD, f"{day_text(it.since_on)} – {day_text(it.through_on)}"),
            (TOTAL, self._hours(it.minutes)),
            (TIMES, str(len(it.services))),
            (PURPOSE, it.purpose),
            (ISSUER, it.issuer),
            (CONTACT, it.contact),
            (ISSUED, day_text(it.issued_on)),
        )
        self.set_font(_FAMILY, size=_BODY_PT)
        with self.table(
            col_widths=(34, 66) if self.is_both else (24, 76),
            first_row_as_headings=False,
            line_height=_LINE_MM,
            borders_layout=TableBordersLayout.ALL,
            text_align="LEFT",
            padding=(0.6, 2),
        ) as table:
            for word, value in rows:
                if value:
                    table.row((self.say(word), value))

    def _hours(self, minutes: int) -> str:
        """Return minutes in the paper's languages."""
        text = hours_text(minutes)
        return f"{text} / {hours_text(minutes, is_english=True)}" if self.is_both else text

    def _kinds(self, kinds: Sequence[KindSum]) -> None:
        """Draw what was served, by kind, most time first."""
        self.set_font(_FAMILY, size=_BODY_PT)
        with self.table(
            col_widths=(54, 18, 28),
            line_height=_LINE_MM,
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            text_align=("LEFT", "RIGHT", "RIGHT"),
            headings_style=_PLAIN,
            padding=(0.4, 2),
        ) as table:
            table.row([self.say(word) for word in (KIND, TIMES, HOURS)])
            for one in kinds:
                table.row((one.kind, str(one.times), hours_text(one.minutes)))

    def _foot(self) -> None:
        """Draw the code to check it by at the left, the place of the seal at the right."""
        if self.get_y() + _SEAL_MM + 3 * _SMALL_MM > self.h - _MARGIN_MM:
            self.add_page()
        top = self.get_y() + 3
        self._qr(self.facts.check_url, left=_MARGIN_MM, top=top)
        self.set_xy(_MARGIN_MM, top + _QR_MM + 1)
        self.line(f"{self.say(CHECK)} {code_text(self.facts.code)}", height=_SMALL_MM)
        self.line(self.facts.check_url, size=_SMALL_PT - 1, height=_SMALL_MM)
        left = self.w - _MARGIN_MM - _SEAL_MM - 8
        self.set_dash_pattern(dash=1.5, gap=1.5)
        self.ellipse(left, top, _SEAL_MM, _SEAL_MM)
        self.set_dash_pattern()
        self.set_font(_FAMILY, size=_SMALL_PT)
        seal = (self.say(SEAL), self.facts.seal_place)
        for at, text in enumerate(seal):
            self.set_xy(left - 16, top + _SEAL_MM + 1 + at * _SMALL_MM)
            self.cell(w=_SEAL_MM + 24, h=_SMALL_MM, text=text, align="R")

    def _qr(self, content: str, *, left: float, top: float) -> None:
        """Draw a code of squares, each run of dark ones as one."""
        rows = [bytes(row) for row in segno.make(content, error="m", micro=False).matrix]
        side = _QR_MM / len(rows)
        self.set_fill_color(0)
        for down, row in enumerate(rows):
            start = 0
            while (start := row.find(1, start)) >= 0:
                end = row.find(0, start)
                end = len(row) if end < 0 else end
                self.rect(
                    left + start * side, top + down * side, (end - start) * side, side, style="F"
                )
                start = end

    def services(self, services: Sequence[Served]) -> None:
        """Draw every service on the pages that follow, the head of the list on each."""
        self.add_page()
        self.set_font(_FAMILY, size=_BODY_PT + 2)
        self.cell(w=0, h=10, text=self.say(LIST), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_font(_FAMILY, size=_SMALL_PT)
        with self.table(
            col_widths=(19, 20, 18, 24, 24, 19),
            line_height=_SMALL_MM,
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            text_align=("LEFT", "LEFT", "LEFT", "LEFT", "LEFT", "RIGHT"),
            headings_style=_PLAIN,
            padding=(0.4, 1),
        ) as table:
            table.row([self.say(word) for word in (DAY, TIME, KIND, WHAT, BODY, HOURS)])
            for one in services:
                table.row(
                    (
                        one.served_on,
                        f"{one.started}–{one.ended}",
                        one.kind,
                        one.what,
                        one.organisation,
                        hours_text(one.minutes),
                    )
                )
