"""Charts drawn on the server: bars, rulers and the map of grids, as markup with SVG inside.

Words stand in HTML beside the drawing so that they grow with the reader's letters; the drawing
has no text, no style attribute, and says the same figures in its label. Pure functions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from flask_babel import gettext as _
from markupsafe import Markup

from timebank.kernel.units import yuan_text

_ICON = Markup(
    '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">'
    '<path fill="currentColor" d="M12 2.5 23 21.5H1z"/>'
    '<path stroke="#fff" stroke-width="2.2" stroke-linecap="round" d="M12 9.5v5M12 17.8v.2"/></svg>'
)
_TICKS = ("16.67%", "33.33%", "50%", "66.67%", "83.33%")


class Party(StrEnum):
    """One of the three who pay together; each has a colour and a pattern of its own."""

    COMPANY = "company"
    PROPERTY = "property"
    RESIDENTS = "residents"


_FILLS = {
    Party.COMPANY: ("#164a8a", Markup()),
    Party.PROPERTY: (
        "#1e6b4c",
        Markup('<path d="M0 8 8 0M-2 2 2-2M6 10l4-4" stroke="#fff" stroke-width="1.4"/>'),
    ),
    Party.RESIDENTS: ("#a5472a", Markup('<circle cx="4" cy="4" r="1.5" fill="#fff"/>')),
}


@dataclass(frozen=True, slots=True)
class PartyBar:
    """What one party promised, paid and has seen spent, in fen."""

    party: Party
    name: str
    agreed_fen: int
    received_fen: int
    spent_fen: int
    note: str = ""

    @property
    def owed_fen(self) -> int:
        """What is still to come, fen, never negative."""
        return max(self.agreed_fen - self.received_fen, 0)


@dataclass(frozen=True, slots=True)
class Tile:
    """One micro-grid on the map: its door, its open cases, how many of them are late.

    A map of something else gives its own ``figure`` to show and its ``words`` to hear.
    """

    label: str
    count: int
    overdue: int
    url: str
    figure: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Tray:
    """One grid with its micro-grids, and what they come to when it is no number of cases."""

    name: str
    tiles: Sequence[Tile]
    total: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """One labelled value with the words that are shown for it."""

    label: str
    value: int
    text: str


@dataclass(frozen=True, slots=True)
class Stack:
    """One bar cut into parts, in the order of their names, with the words shown for the whole."""

    label: str
    parts: Sequence[int]
    text: str


def party_bars(parties: Sequence[PartyBar]) -> Markup:
    """Return one bar per party: received solid, owed as an outline, spent as a bracket below."""
    longest = max((max(one.agreed_fen, one.received_fen) for one in parties), default=0)
    rows = Markup().join(_party_row(one, longest) for one in parties)
    legend = _("实心是已到，虚框是还欠，下面的括线是已花。图案不同：公司实心、物业斜纹、居民圆点。")
    return Markup('<div class="bars">{}<p class="quiet">{}</p></div>').format(rows, legend)


def time_ruler(percent: int, state: str, words: str) -> Markup:
    """Return a ruler filled to a percentage; every tick is a sixth. State: ok soon late done."""
    ticks = Markup().join(
        Markup('<line class="draw-tick" x1="{0}" x2="{0}" y1="50%" y2="120%"/>').format(at)
        for at in _TICKS
    )
    return Markup(
        '<svg class="ruler" role="img" aria-label="{words}">'
        '<rect class="draw-empty" width="100%" height="100%"/>'
        '<rect class="draw-fill {state}" width="{percent}%" height="100%"/>{ticks}</svg>'
    ).format(words=words, state=state, percent=min(max(percent, 0), 100), ticks=ticks)


def ratio_bar(label: str, part: int, whole: int) -> Markup:
    """Return one row: label, bar, ``n / m`` and the share in percent with one decimal."""
    share = _share(part, whole)
    return Markup(
        '<div class="chart-row"><span class="chart-label">{label}</span>{bar}'
        '<span class="figure-of">{part} / {whole}</span><b>{share}</b></div>'
    ).format(
        label=label,
        bar=_thin_bar(part, whole, f"{label} {part} / {whole}"),
        part=part,
        whole=whole,
        share=f"{share}%" if share else "–",
    )


def month_bars(bars: Sequence[Bar]) -> Markup:
    """Return one row per month, all on the scale of the largest value."""
    longest = max((bar.value for bar in bars), default=0)
    rows = Markup().join(
        Markup(
            '<div class="chart-row plain"><span class="chart-label">{}</span>{}<b>{}</b></div>'
        ).format(
            bar.label,
            _thin_bar(bar.value, longest, f"{bar.label} {bar.text}"),
            bar.text,
        )
        for bar in bars
    )
    return Markup('<div class="chart-rows">{}</div>').format(rows)


# Marks on the parts of a bar: solid, hatched, dotted, crossed, empty.
_PART_MARKS = (
    ("#164a8a", ""),
    ("#1e6b4c", '<path d="M0 8 8 0M-2 2 2-2M6 10l4-4" stroke="#fff" stroke-width="1.4"/>'),
    ("#a5472a", '<circle cx="4" cy="4" r="1.5" fill="#fff"/>'),
    ("#5b4a8a", '<path d="M0 4h8M4 0v8" stroke="#fff" stroke-width="1"/>'),
    ("#ffffff", '<circle cx="4" cy="4" r="1" fill="#5a5a5a"/>'),
)


def stacked_bars(stacks: Sequence[Stack], names: Sequence[str]) -> Markup:
    """Return one row per bar, cut into at most five parts that differ by pattern and colour."""
    assert len(names) <= len(_PART_MARKS)
    longest = max((sum(one.parts) for one in stacks), default=0)
    legend = Markup().join(
        Markup(
            '<span><svg class="swatch" aria-hidden="true" focusable="false">{}'
            '<rect class="draw-line" width="100%" height="100%" fill="url(#part-{})"/></svg>'
            " {}</span>"
        ).format(_part_pattern(at), at, name)
        for at, name in enumerate(names)
    )
    rows = Markup().join(_stack_row(one, names, longest) for one in stacks)
    return Markup('<p class="legend">{}</p><div class="chart-rows">{}</div>').format(legend, rows)


def _part_pattern(at: int) -> Markup:
    """Return the pattern of a part, by which its rectangles are filled."""
    colour, mark = _PART_MARKS[at]
    return Markup(
        '<defs><pattern id="part-{}" width="8" height="8" patternUnits="userSpaceOnUse">'
        '<rect width="8" height="8" fill="{}"/>{}</pattern></defs>'
    ).format(at, colour, Markup(mark))  # noqa: S704 - a constant above


def _stack_row(stack: Stack, names: Sequence[str], longest: int) -> Markup:
    """Return one bar with its label and its words."""
    drawn, before = Markup(), 0
    for at, part in enumerate(stack.parts):
        if part > 0:
            drawn += Markup(
                '<rect class="draw-part" x="{}" width="{}" height="100%" fill="url(#part-{})"/>'
            ).format(_percent(before, longest), _percent(part, longest), at)
        before += part
    told = zip(names, stack.parts, strict=True)
    words = ", ".join(f"{name} {_share(part, before) or 0}%" for name, part in told if part > 0)
    return Markup(
        '<div class="chart-row plain"><span class="chart-label">{}</span>'
        '<svg class="thin-svg" role="img" aria-label="{}">'
        '<rect class="draw-empty" width="100%" height="100%"/>{}</svg><b>{}</b></div>'
    ).format(stack.label, f"{stack.label} {stack.text} {words}".strip(), drawn, stack.text)


def grid_map(trays: Iterable[Tray], legend: tuple[str, str, str] | None = None) -> Markup:
    """Return the grids as trays of door tiles: darker is more, triangle and border are late.

    ``legend`` says what is written in a tile, what dark means and what late means.
    """
    written, dark, late = legend or (
        _("块里上行是楼-单元，下行是在办件数"),
        _("颜色越深件数越多"),
        _("有超时"),
    )
    drawn = Markup().join(_tray(tray) for tray in trays)
    return Markup(
        '<div class="map">{}</div><p class="legend"><span>{}</span><span>{}</span>'
        '<span class="late">{} {}</span></p>'
    ).format(
        drawn,
        written,
        dark,
        _ICON,
        late,
    )


def _percent(part: int, whole: int) -> str:
    """Return a share for a drawing, in percent with two decimals, 0..100."""
    if whole <= 0:
        return "0%"
    hundredths = min(max(part, 0), whole) * 10_000 // whole
    return f"{hundredths // 100}.{hundredths % 100:02d}%"


def _share(part: int, whole: int) -> str:
    """Return a share for the eye, one decimal, rounded half up; nothing when there is no whole."""
    if whole <= 0:
        return ""
    tenths = (part * 2_000 + whole) // (whole * 2)
    return f"{tenths // 10}.{tenths % 10}"


def _thin_bar(part: int, whole: int, words: str) -> Markup:
    """Return a bar on a track, filled to a share of the whole."""
    return Markup(
        '<svg class="thin-svg" role="img" aria-label="{}">'
        '<rect class="draw-empty" width="100%" height="100%"/>'
        '<rect class="draw-fill" width="{}" height="100%"/></svg>'
    ).format(words, _percent(part, whole))


def _pattern(party: Party) -> Markup:
    """Return the fill pattern of a party: solid, hatched or dotted."""
    colour, mark = _FILLS[party]
    return Markup(
        '<pattern id="fill-{}" width="8" height="8" patternUnits="userSpaceOnUse">'
        '<rect width="8" height="8" fill="{}"/>{}</pattern>'
    ).format(party.value, colour, mark)


def _party_svg(bar: PartyBar, longest: int, words: str) -> Markup:
    """Return the drawing of one party's bar."""
    spent = _percent(bar.spent_fen, longest)
    bracket = Markup(
        '<path class="draw-line" d="M.75 27v8" fill="none"/>'
        '<line class="draw-line" x1="0" x2="{0}" y1="34.5" y2="34.5"/>'
        '<line class="draw-line" x1="{0}" x2="{0}" y1="27" y2="35"/>'
    ).format(spent)
    return Markup(
        '<svg class="bar-svg" role="img" aria-label="{words}"><defs>{pattern}</defs>'
        '<rect class="draw-owed" y="1" width="{agreed}" height="22"/>'
        '<rect class="draw-line" y="1" width="{received}" height="22" fill="url(#fill-{party})"/>'
        "{bracket}</svg>"
    ).format(
        words=words,
        pattern=_pattern(bar.party),
        agreed=_percent(bar.agreed_fen, longest),
        received=_percent(bar.received_fen, longest),
        party=bar.party.value,
        bracket=bracket if bar.spent_fen > 0 else "",
    )


def _party_row(bar: PartyBar, longest: int) -> Markup:
    """Return one party's name, drawing and figures."""
    agreed = _("应出 ¥%(sum)s", sum=yuan_text(bar.agreed_fen))
    received = _("已到 ¥%(sum)s", sum=yuan_text(bar.received_fen))
    spent = _("已花 ¥%(sum)s", sum=yuan_text(bar.spent_fen))
    owed = _("还欠 ¥%(sum)s", sum=yuan_text(bar.owed_fen)) if bar.owed_fen else _("到齐")
    words = _(
        "%(name)s：%(facts)s",
        name=bar.name,
        facts=f"{agreed} {received} {spent} {owed}",
    )
    return Markup(
        '<div class="bar-row">'
        '<span class="bar-name">{name} <span class="quiet">{note}</span></span>'
        '<div class="bar-draw">{svg}</div><span class="bar-owes amount{ok}">{owed}</span>'
        '<p class="bar-words"><span>{agreed}</span> <span>{received}</span> '
        "<span>{spent}</span></p></div>"
    ).format(
        name=bar.name,
        note=bar.note,
        svg=_party_svg(bar, longest, words),
        ok="" if bar.owed_fen else " ok",
        owed=owed,
        agreed=agreed,
        received=received,
        spent=spent,
    )


def _tile(tile: Tile) -> Markup:
    """Return one door tile as a link."""
    shade = ("", "some", "more", "many", "most")[min(tile.count, 4)]
    words = tile.words or _(
        "在办 %(count)s 件，超时 %(late)s 件", count=tile.count, late=tile.overdue
    )
    return Markup(
        '<a class="tile {shade}{late}" href="{url}">{label} '
        '<span class="tile-count" aria-hidden="true">{count}{icon}</span>'
        '<span class="visually-hidden">{words}</span></a>'
    ).format(
        shade=shade,
        late=" late" if tile.overdue else "",
        url=tile.url,
        words=words,
        label=tile.label,
        count=tile.figure or tile.count or "–",
        icon=_ICON if tile.overdue else "",
    )


def _tray(tray: Tray) -> Markup:
    """Return one grid with its tiles and the sum of its open cases."""
    total = tray.total or _("%(count)s 件", count=sum(tile.count for tile in tray.tiles))
    return Markup(
        '<section class="tray"><h3 class="tray-head">{}<span class="quiet">{}</span></h3>'
        '<div class="tray-tiles">{}</div></section>'
    ).format(tray.name, total, Markup().join(_tile(tile) for tile in tray.tiles))
