"""Reports from what households owe and what is withheld: by door, by age, by project."""

from collections.abc import Sequence
from datetime import date
from typing import Any  # keyword arguments of several reads

from flask import url_for
from flask_babel import gettext as _

from timebank.cofund.queries import household_bills, withheld
from timebank.cofund.queries import projects as project_reads
from timebank.cofund.rules.bills import Ages, BillSums, Withheld
from timebank.kernel.paging import Page
from timebank.reports.pages.money_asked import Asked, as_of, fen_column
from timebank.reports.rules.money_reports import (
    Cell,
    CellKind,
    Column,
    Line,
    MoneyReport,
    ReportName,
)
from timebank.reports.schemas.money_reports import owner_for


def _door(building: int, unit: int, room_no: str) -> str:
    """Return a door as the notices write it."""
    return f"{building}-{unit}-{room_no}"


def _project_title(asked: Asked) -> str:
    """Return which project is asked for; all of them when none is named.

    Raises:
        ProjectNotFoundError: the community has no such project.
    """
    project_id = asked.wanted.get("project_id")
    if project_id is None:
        return str(_("所有项目"))
    found = project_reads.project(
        asked.session, community_id=asked.community_id, project_id=project_id
    )
    return f"{found.number} {found.title}"


def households(asked: Asked) -> MoneyReport:
    """Return what each household was asked for, paid, was let off and still owes, by building."""
    day, wanted = asked.on, asked.wanted
    of: dict[str, Any] = {
        "community_id": asked.community_id,
        "day": day,
        "project_id": wanted.get("project_id"),
    }
    building = wanted.get("building")
    total = household_bills.sums(asked.session, **of, building=building)

    def lines(cursor: str | None, limit: int) -> Page[Line]:
        page = household_bills.households(
            asked.session,
            **of,
            building=building,
            only_open=wanted["only_open"],
            cursor=cursor,
            limit=limit,
        )
        return Page(
            [
                Line(
                    (
                        _door(one.building, one.unit, one.room_no),
                        owner_for(asked.actor, one.owner_name),
                        *_bill_cells(one.amount_fen, one.paid_fen, one.waived_fen),
                        one.outstanding_fen,
                    )
                )
                for one in page.items
            ],
            page.next_cursor,
        )

    by_building = household_bills.buildings(asked.session, **of)
    shown = [(number, sums) for number, sums in by_building if building in {None, number}]
    return MoneyReport(
        name=ReportName.HOUSEHOLDS,
        title=_("分户明细"),
        of=_project_title(asked),
        span=as_of(day),
        days=(day, day),
        columns=[
            *(Column(head) for head in (_("门牌"), _("产权人"))),
            *(fen_column(head) for head in (_("应缴"), _("已缴"), _("减免"))),
            fen_column(_("还欠"), is_key=True),
        ],
        lines=lines,
        totals=[
            *(_sum_row(_("%(number)s号楼", number=number), sums) for number, sums in shown),
            _sum_row(_("合计"), total),
        ],
        note=_("只列还欠的，合计还是全部的。") if wanted["only_open"] else "",
    )


def _bill_cells(*fen: int) -> tuple[Cell, ...]:
    """Return amounts as cells."""
    return fen


def _sum_row(head: str, one: BillSums) -> Sequence[Cell]:
    """Return a row of sums of bills."""
    return (head, "", one.amount_fen, one.paid_fen, one.waived_fen, one.outstanding_fen)


def _age_cells(one: Ages) -> tuple[int, ...]:
    """Return what is owed by age, and all of it."""
    return (
        *(one.not_due_fen, one.late_30_fen, one.late_60_fen, one.late_90_fen),
        *(one.later_fen, one.total_fen),
    )


def ageing(asked: Asked) -> MoneyReport:
    """Return what households owe by how long it is late: by project, or of one by household."""
    day, project_id = asked.on, asked.wanted.get("project_id")
    is_whole = project_id is None
    of: dict[str, Any] = {"community_id": asked.community_id, "day": day}
    total = household_bills.ages(asked.session, **of, project_id=project_id)

    def projects(cursor: str | None, limit: int) -> Page[Line]:
        page = household_bills.ages_by_project(asked.session, **of, cursor=cursor, limit=limit)
        return Page(
            [
                Line(
                    (f"{one.number} {one.title}", *_age_cells(one.ages)),
                    url_for(
                        "reports.money_report",
                        name=ReportName.AGEING.value,
                        project_id=one.project_id,
                        on=day.isoformat(),
                    ),
                )
                for one in page.items
            ],
            page.next_cursor,
        )

    def homes(cursor: str | None, limit: int) -> Page[Line]:
        page = household_bills.ages_by_household(
            asked.session, **of, project_id=project_id or 0, cursor=cursor, limit=limit
        )
        return Page(
            [
                Line(
                    (
                        _door(one.building, one.unit, one.room_no),
                        owner_for(asked.actor, one.owner_name),
                        *_age_cells(one.ages),
                    )
                )
                for one in page.items
            ],
            page.next_cursor,
        )

    heads = (_("没到期"), *(_("%(days)s 天", days=days) for days in ("1–30", "31–60", "61–90")))
    return MoneyReport(
        name=ReportName.AGEING,
        title=_("应收账龄"),
        of=_project_title(asked),
        span=as_of(day),
        days=(day, day),
        columns=[
            *([Column(_("项目"))] if is_whole else [Column(_("门牌")), Column(_("产权人"))]),
            *(fen_column(head) for head in (*heads, _("90 天以上"))),
            fen_column(_("还欠"), is_key=True),
        ],
        lines=projects if is_whole else homes,
        totals=[(_("合计"), *([] if is_whole else [""]), *_age_cells(total))],
        note=_("从通知单的截止日第二天起算。公司和物业按协议还欠多少，看三方对账表。"),
    )


def _withheld_cells(one: Withheld) -> tuple[int, ...]:
    """Return what was withheld, what became of it, and what is left."""
    return (one.withheld_fen, one.released_fen, one.deducted_fen, one.outstanding_fen)


def _due_words(one: Withheld, day: date) -> str:
    """Return how far a project's defects period is, in words."""
    if not one.outstanding_fen:
        return str(_("已了结"))
    if one.due_on is None:
        return str(_("还没验收"))
    if day <= one.due_on:
        return str(_("还有 %(count)s 天", count=(one.due_on - day).days))
    return str(_("过期 %(count)s 天没放还", count=(day - one.due_on).days))


def retention(asked: Asked) -> MoneyReport:
    """Return what is withheld from builders by project, with the day on which it is due."""
    day = asked.on
    of: dict[str, Any] = {"community_id": asked.community_id, "day": day}
    total = withheld.sums(asked.session, **of)

    def lines(cursor: str | None, limit: int) -> Page[Line]:
        page = withheld.withheld(asked.session, **of, cursor=cursor, limit=limit)
        return Page(
            [
                Line(
                    (
                        f"{one.number} {one.title}",
                        *_withheld_cells(one),
                        one.due_on,
                        _due_words(one, day),
                    ),
                    url_for("cofund.project", project_id=one.project_id),
                )
                for one in page.items
            ],
            page.next_cursor,
        )

    return MoneyReport(
        name=ReportName.RETENTION,
        title=_("未付质保金"),
        of=_("所有项目"),
        span=as_of(day),
        days=(day, day),
        columns=[
            Column(_("项目")),
            *(fen_column(head) for head in (_("扣下"), _("放还"), _("扣除"))),
            fen_column(_("还扣着"), is_key=True),
            *(Column(_("保修到"), CellKind.DAY), Column(_("状态"))),
        ],
        lines=lines,
        totals=[(_("合计"), *_withheld_cells(total), None, "")],
    )
