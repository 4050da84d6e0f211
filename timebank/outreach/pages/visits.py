"""The pages of visits: the month on its map, the walk on paper, one unit with its doors."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.outreach.pages.frame import bp, choices, outreach_word, visitors
from timebank.outreach.queries import routes
from timebank.outreach.queries import visits as queries
from timebank.outreach.rules.visits import Coverage, DoorResult, MonthView, UnitLine, month_of
from timebank.outreach.schemas.visits import (
    AssignIn,
    ChangeIn,
    DoorIn,
    FindingIn,
    FinishIn,
    NewcomerIn,
    PlanIn,
    RouteIn,
    VisitsIn,
)
from timebank.outreach.service import findings
from timebank.outreach.service import visits as service
from timebank.web import charts
from timebank.web.charts import Tile, Tray
from timebank.web.coverage import Cell, CellRow, CellState, coverage_map
from timebank.web.doors import (
    body,
    current_actor,
    needs,
    query,
    reads,
    returns_to,
    see_other,
    writes,
)


@bp.get("/visits")
@needs("visit.read")
@reads
def visits(session: Session) -> ResponseReturnValue:
    """Show a month: every unit on the map and in its table."""
    asked = query(VisitsIn())
    found = queries.month(session, actor=current_actor(), month=asked["month"])
    return render_template(
        "outreach/visits.html",
        found=found,
        chosen=asked.get("coverage"),
        coverages=list(Coverage),
        map=_map(found),
        coverage=_coverage(found),
        is_now=found.month == month_of(clock.today()),
    )


def _map(found: MonthView) -> str:
    """Return the map of a month."""
    trays: dict[str, list[Tile]] = {}
    done: dict[str, int] = {}
    for unit in found.units:
        trays.setdefault(unit.grid_name, []).append(_tile(unit, found))
        done[unit.grid_name] = done.get(unit.grid_name, 0) + (unit.coverage is Coverage.DONE)
    drawn = [
        Tray(name, tiles, _("走完 %(done)s / %(all)s", done=done[name], all=len(tiles)))
        for name, tiles in trays.items()
    ]
    legend = (_("块里上行是楼-单元，下行是遇上几户"), _("深色是走完了"), _("过期没走"))
    return charts.grid_map(drawn, legend)


_DRAWN = {
    Coverage.DONE: CellState.FULL,
    Coverage.PLANNED: CellState.EMPTY,
    Coverage.OVERDUE: CellState.LATE,
    Coverage.UNPLANNED: CellState.NONE,
}


def _coverage(found: MonthView) -> str:
    """Return every unit of a month in one drawing."""
    rows: dict[str, list[Cell]] = {}
    done: dict[str, int] = {}
    for unit in found.units:
        tile = _tile(unit, found)
        words = _("%(place)s：%(state)s", place=unit.label, state=outreach_word(unit.coverage))
        rows.setdefault(unit.grid_name, []).append(Cell(words, _DRAWN[unit.coverage], tile.url))
        done[unit.grid_name] = done.get(unit.grid_name, 0) + (unit.coverage is Coverage.DONE)
    counts = [
        _("%(state)s %(count)s", state=outreach_word(one), count=found.count(one))
        for one in Coverage
    ]
    return coverage_map(
        [CellRow(name, f"{done[name]}/{len(cells)}", cells) for name, cells in rows.items()],
        str(_("，")).join(counts),
    )


def _tile(unit: UnitLine, found: MonthView) -> Tile:
    """Return one unit for the map; it opens to its visit."""
    url = url_for(".visits", year=found.month.year, month=found.month.number)
    if unit.visit_id is not None:
        url = url_for(".visit", visit_id=unit.visit_id)
    is_done = unit.coverage is Coverage.DONE
    return Tile(
        f"{unit.building_no}-{unit.unit_no}",
        4 if is_done else 0,
        int(unit.coverage is Coverage.OVERDUE),
        url,
        figure=str(unit.met_count) if unit.visit_id and (is_done or unit.met_count) else "–",
        words=_(
            "%(state)s，遇上 %(met)s 户", state=outreach_word(unit.coverage), met=unit.met_count
        ),
    )


@bp.post("/visits/plan")
@needs("visit.work")
@returns_to(visits)
@writes
def plan_visits(session: Session) -> ResponseReturnValue:
    """Plan a month for every unit within reach."""
    asked = body(PlanIn())
    count = service.plan_month(session, actor=current_actor(), **asked)
    month = asked["month"]
    return see_other(
        url_for(".visits", year=month.year, month=month.number),
        _("排好了，新排 %(count)s 个单元。", count=count),
    )


@bp.get("/visits/route")
@needs("visit.read")
@reads
def visit_route(session: Session) -> ResponseReturnValue:
    """Show what is still to be walked, door by door, for paper or phone."""
    found = routes.route(session, actor=current_actor(), **query(RouteIn()))
    return render_template("outreach/route.html", found=found, today=clock.today())


@bp.get("/visits/<int:visit_id>")
@needs("visit.read")
@reads
def visit(session: Session, visit_id: int) -> ResponseReturnValue:
    """Show one unit with its doors, changes and findings."""
    found = queries.visit(session, actor=current_actor(), visit_id=visit_id)
    return render_template(
        "outreach/visit.html",
        visit=found,
        results=choices(DoorResult),
        visitors=visitors(session, found.grid_id),
        residents=[
            (one.id, f"{one.name} · {door.room_no}")
            for door in found.doors
            for one in door.residents
        ],
        today=clock.today(),
        may_work=current_actor().reach("visit.work").covers(grid_id=found.grid_id),
    )


def _back(visit_id: int, words: str, anchor: str = "") -> ResponseReturnValue:
    """Go back to a visit."""
    return see_other(url_for(".visit", visit_id=visit_id) + anchor, words)


@bp.post("/visits/<int:visit_id>/assign")
@needs("visit.work")
@returns_to(visit)
@writes
def assign_visit(session: Session, visit_id: int) -> ResponseReturnValue:
    """Let somebody else go, or by another day."""
    service.assign_visit(session, actor=current_actor(), visit_id=visit_id, **body(AssignIn()))
    return _back(visit_id, _("改好了。"))


@bp.post("/visits/<int:visit_id>/doors")
@needs("visit.work")
@returns_to(visit)
@writes
def record_door(session: Session, visit_id: int) -> ResponseReturnValue:
    """Write down what happened at a door."""
    said = body(DoorIn())
    service.record_door(session, actor=current_actor(), visit_id=visit_id, **said)
    return _back(visit_id, _("这一户记下了。"), f"#door-{said['household_id']}")


@bp.post("/visits/<int:visit_id>/changes")
@needs("visit.work")
@returns_to(visit)
@writes
def note_change(session: Session, visit_id: int) -> ResponseReturnValue:
    """Correct what is registered of a resident."""
    findings.note_change(session, actor=current_actor(), visit_id=visit_id, **body(ChangeIn()))
    return _back(visit_id, _("改好了，原来的也留着。"), "#changes")


@bp.post("/visits/<int:visit_id>/newcomers")
@needs("visit.work")
@returns_to(visit)
@writes
def note_newcomer(session: Session, visit_id: int) -> ResponseReturnValue:
    """Register somebody who has moved in."""
    findings.note_newcomer(session, actor=current_actor(), visit_id=visit_id, **body(NewcomerIn()))
    return _back(visit_id, _("登记好了。"), "#changes")


@bp.post("/visits/<int:visit_id>/findings")
@needs("visit.work")
@returns_to(visit)
@writes
def note_finding(session: Session, visit_id: int) -> ResponseReturnValue:
    """Write down what was found on the way."""
    findings.note_finding(session, actor=current_actor(), visit_id=visit_id, **body(FindingIn()))
    return _back(visit_id, _("记下了。"), "#findings")


@bp.post("/visits/<int:visit_id>/finish")
@needs("visit.work")
@returns_to(visit)
@writes
def finish_visit(session: Session, visit_id: int) -> ResponseReturnValue:
    """Say that a unit was walked through."""
    service.finish_visit(session, actor=current_actor(), visit_id=visit_id, **body(FinishIn()))
    return _back(visit_id, _("这个单元走完了。"))
