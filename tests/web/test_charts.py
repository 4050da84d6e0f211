"""Charts say their figures in words, keep names harmless and never leave their frame."""

import re

import pytest

from timebank.web.charts import (
    Bar,
    Party,
    PartyBar,
    Tile,
    Tray,
    grid_map,
    month_bars,
    party_bars,
    ratio_bar,
    time_ruler,
)


def a_party(*, name: str = "共富公司", received_fen: int = 6_006_000) -> PartyBar:
    """Return a party that promised 85,800 yuan and saw 35,280 spent."""
    return PartyBar(
        party=Party.PROPERTY,
        name=name,
        agreed_fen=8_580_000,
        received_fen=received_fen,
        spent_fen=3_528_000,
    )


def test_party_bar_says_every_figure_in_words() -> None:
    """A reader who sees no drawing finds promised, received, spent and owed."""
    drawn = party_bars([a_party()])

    for figure in ("85,800.00", "60,060.00", "35,280.00", "25,740.00"):
        assert figure in re.sub("<svg.*?</svg>", "", drawn)
        assert figure in re.findall('aria-label="([^"]*)"', drawn)[0]


def test_party_that_paid_everything_owes_nothing() -> None:
    """A full or overfull share is complete, never a negative debt."""
    drawn = party_bars([a_party(received_fen=9_000_000)])

    assert "到齐" in drawn
    assert "还欠 ¥" not in drawn


def test_no_parties_draw_only_the_legend() -> None:
    """A project without agreement has no bar and no error."""
    assert "bar-row" not in party_bars([])


@pytest.mark.parametrize("evil", ['<script>alert("1")</script>', '"><img src=x onerror=1>'])
def test_names_are_harmless_in_every_chart(evil: str) -> None:
    """What somebody typed as a name is text, in content and in attributes."""
    tile = Tile(label=evil, count=1, overdue=1, url=evil)
    charts = (
        party_bars([a_party(name=evil)]),
        grid_map([Tray(name=evil, tiles=[tile])]),
        month_bars([Bar(label=evil, value=1, text=evil)]),
        ratio_bar(evil, 1, 2),
        time_ruler(1, "ok", evil),
    )

    for drawn in charts:
        assert "<script" not in drawn
        assert "<img" not in drawn


def test_charts_have_no_style_attribute() -> None:
    """The content security policy refuses inline styles."""
    tray = Tray(name="第一网格", tiles=[Tile(label="1-1", count=2, overdue=0, url="/")])
    drawn = party_bars([a_party()]) + grid_map([tray]) + time_ruler(50, "soon", "还剩 6 分")

    assert "style=" not in drawn


@pytest.mark.parametrize(("percent", "width"), [(-5, "0%"), (30, "30%"), (250, "100%")])
def test_ruler_stays_in_its_frame(percent: int, width: str) -> None:
    """A clock that ran over fills the ruler and no more."""
    assert f'class="draw-fill late" width="{width}"' in time_ruler(percent, "late", "超时 12 分")


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [(118, 121, "97.5%"), (1, 3, "33.3%"), (2, 3, "66.7%"), (0, 0, "–")],
)
def test_ratio_shows_count_and_share(part: int, whole: int, words: str) -> None:
    """A rate always stands with its n of m; nothing of nothing is a dash."""
    drawn = ratio_bar("响应", part, whole)

    assert f"{part} / {whole}" in drawn
    assert f"<b>{words}</b>" in drawn


def test_late_tile_is_marked_by_shape_and_word() -> None:
    """Colour is never the only sign of a late case."""
    late = Tile(label="5-1", count=4, overdue=1, url="/cases?door=5-1")
    calm = Tile(label="5-2", count=0, overdue=0, url="/cases?door=5-2")

    drawn = str(grid_map([Tray(name="第二网格", tiles=[late, calm])]))
    late_tile, calm_tile = drawn.split("<a ")[1:3]

    assert "<svg" in late_tile
    assert "超时 1 件" in late_tile
    assert "<svg" not in calm_tile.split("</a>")[0]
    assert "4 件" in drawn


def test_months_share_one_scale() -> None:
    """The longest month fills its track, half of it fills half."""
    drawn = month_bars(
        [
            Bar(label="九月", value=60, text="1 小时"),
            Bar(label="十月", value=30, text="30 分"),
        ]
    )

    assert 'width="100.00%"' in drawn
    assert 'width="50.00%"' in drawn
