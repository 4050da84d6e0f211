"""The pages of services and activities: the list, one of them, the figures of a year."""

from typing import Any

from flask import make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.outreach.pages.frame import bp, choices, outreach_word
from timebank.outreach.queries import occasions as queries
from timebank.outreach.rules.occasions import Audience, Line, OccasionKind, OccasionView
from timebank.outreach.schemas.occasions import (
    CancelOccasionIn,
    GuestIn,
    HelpersIn,
    OccasionFilterIn,
    OutcomeIn,
    PlanOccasionIn,
    RecheckIn,
    TickIn,
    WhoComesIn,
    YearIn,
)
from timebank.outreach.service import helpers, year_file
from timebank.outreach.service import occasions as service
from timebank.volunteering.queries import policy as policy_queries
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

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/occasions")
@needs("occasion.read")
@reads
def occasions(session: Session) -> ResponseReturnValue:
    """Show what the community holds, the latest day first."""
    asked, actor = query(OccasionFilterIn()), current_actor()
    page = queries.occasions(session, actor=actor, **asked)
    kept: dict[str, Any] = {name: value for name, value in request.args.items() if value}
    return render_template(
        "outreach/occasions.html",
        page=page,
        wanted=asked["wanted"],
        kinds=choices(OccasionKind),
        lines=choices(Line),
        audiences=choices(Audience),
        year=clock.today().year,
        next_url=page.next_cursor
        and url_for(".occasions", **(kept | {"cursor": page.next_cursor})),
    )


@bp.get("/occasions/year")
@needs("occasion.read")
@reads
def occasion_year(session: Session) -> ResponseReturnValue:
    """Show the figures of a year; each opens to its rows."""
    year = query(YearIn()).get("year", clock.today().year)
    found = queries.year(session, actor=current_actor(), year=year)
    return render_template("outreach/year.html", found=found, this_year=clock.today().year)


@bp.get("/occasions/year.xlsx")
@needs("occasion.read")
@reads
def occasion_year_file(session: Session) -> ResponseReturnValue:
    """Give the figures of a year with their rows as a workbook."""
    year = query(YearIn()).get("year", clock.today().year)
    content = year_file.workbook(session, actor=current_actor(), year=year, say=_say)
    answer = make_response(content)
    answer.mimetype = _XLSX
    answer.headers["Content-Disposition"] = f'attachment; filename="occasions-{year}.xlsx"'
    return answer


def _say(code: object) -> str:
    """Return the word for a code or a head of the workbook."""
    heads: dict[object, str] = {
        "sums": _("合计"),
        "rows": _("办过的"),
        "what": _("什么活动"),
        "times": _("次数"),
        "people": _("人次"),
        "day": _("日子"),
        "title": _("名称"),
        "line": _("条线"),
        "audience": _("给谁办"),
        "place": _("地点"),
    }
    return str(heads[code]) if code in heads else outreach_word(code)


@bp.get("/occasions/new")
@needs("occasion.work")
@reads
def new_occasion(session: Session) -> ResponseReturnValue:
    """Show the form in which something is planned."""
    actor = current_actor()
    reach = actor.reach("occasion.work")
    places = [
        (place.id, f"{place.grid_name} {place.label}")
        for place in community_queries.micro_grids(session, actor.community_id)
        if reach.centre_ids or reach.covers(grid_id=place.grid_id)
    ]
    return render_template(
        "outreach/new_occasion.html",
        kinds=choices(OccasionKind),
        lines=choices(Line),
        audiences=choices(Audience),
        places=places,
        is_wide=bool(reach.centre_ids) or reach.is_wide,
        today=clock.today(),
    )


@bp.post("/occasions/new")
@needs("occasion.work")
@returns_to(new_occasion)
@writes
def plan_occasion(session: Session) -> ResponseReturnValue:
    """Plan something."""
    made = service.plan_occasion(session, actor=current_actor(), **body(PlanOccasionIn()))
    return _back(made, _("排好了。"))


def _back(occasion_id: int, words: str) -> ResponseReturnValue:
    """Go back to something held."""
    return see_other(url_for(".occasion", occasion_id=occasion_id), words)


@bp.get("/occasions/<int:occasion_id>")
@needs("occasion.read")
@reads
def occasion(session: Session, occasion_id: int, guest_id: int = 0) -> ResponseReturnValue:
    """Show something held or planned; a refused act shows it again."""
    del guest_id
    actor, who = current_actor(), query(WhoComesIn())["who"]
    found = queries.occasion(session, actor=actor, occasion_id=occasion_id)
    people = community_queries.search_persons(
        session, community_id=actor.community_id, text=who, reach=actor.reach("person.search")
    )
    return render_template(
        "outreach/occasion.html",
        found=found,
        may_work=_may_work(found),
        who=who,
        people=people,
        task_kinds=[
            (one.id, one.name)
            for one in policy_queries.kinds(session, actor.community_id, only_active=True)
        ],
        today=clock.today(),
    )


def _may_work(found: OccasionView) -> bool:
    """Whether the reader answers for it."""
    reach = current_actor().reach("occasion.work")
    return bool(reach.centre_ids) or reach.covers(grid_id=found.grid_id)


@bp.get("/occasions/<int:occasion_id>/agreement")
@needs("occasion.work")
@reads
def agreement(session: Session, occasion_id: int) -> ResponseReturnValue:
    """Show what the parties of a mediation agreed to, on paper with lines to sign."""
    found = queries.occasion(session, actor=current_actor(), occasion_id=occasion_id)
    return render_template("outreach/agreement.html", found=found)


@bp.post("/occasions/<int:occasion_id>/guests")
@needs("occasion.work")
@returns_to(occasion)
@writes
def add_guest(session: Session, occasion_id: int) -> ResponseReturnValue:
    """Give somebody a seat."""
    service.sign_up(session, actor=current_actor(), occasion_id=occasion_id, **body(GuestIn()))
    return _back(occasion_id, _("报上了。"))


@bp.post("/occasions/<int:occasion_id>/guests/<int:guest_id>/tick")
@needs("occasion.work")
@returns_to(occasion)
@writes
def tick_guest(session: Session, occasion_id: int, guest_id: int) -> ResponseReturnValue:
    """Say whether somebody came."""
    said = body(TickIn())
    service.tick(session, actor=current_actor(), occasion_id=occasion_id, guest_id=guest_id, **said)
    return _back(occasion_id, _("记下了。"))


@bp.post("/occasions/<int:occasion_id>/hold")
@needs("occasion.work")
@returns_to(occasion)
@writes
def hold_occasion(session: Session, occasion_id: int) -> ResponseReturnValue:
    """Say that it was held and how it went."""
    service.hold(session, actor=current_actor(), occasion_id=occasion_id, **body(OutcomeIn()))
    return _back(occasion_id, _("办完了，记进今年的数里。"))


@bp.post("/occasions/<int:occasion_id>/helpers")
@needs("task.manage")
@returns_to(occasion)
@writes
def ask_for_helpers(session: Session, occasion_id: int) -> ResponseReturnValue:
    """Post the task that finds volunteers for it."""
    said = body(HelpersIn())
    helpers.ask_for_helpers(session, actor=current_actor(), occasion_id=occasion_id, **said)
    return _back(occasion_id, _("任务发出去了，志愿者可以报名。"))


@bp.post("/occasions/<int:occasion_id>/recheck")
@needs("occasion.work")
@returns_to(occasion)
@writes
def recheck_hazard(session: Session, occasion_id: int) -> ResponseReturnValue:
    """Say whether a hazard is gone."""
    service.recheck(session, actor=current_actor(), occasion_id=occasion_id, **body(RecheckIn()))
    return _back(occasion_id, _("记下了。"))


@bp.post("/occasions/<int:occasion_id>/cancel")
@needs("occasion.work")
@returns_to(occasion)
@writes
def cancel_occasion(session: Session, occasion_id: int) -> ResponseReturnValue:
    """Say that it is not held."""
    said = body(CancelOccasionIn())
    service.cancel_occasion(session, actor=current_actor(), occasion_id=occasion_id, **said)
    return _back(occasion_id, _("取消了。"))


@bp.get("/me/occasions")
@needs("occasion.join")
@reads
def my_occasions(session: Session, occasion_id: int = 0) -> ResponseReturnValue:
    """Show what one may sign up for; a refused act shows it again."""
    del occasion_id
    return render_template(
        "outreach/my_occasions.html", found=queries.open_to_me(session, actor=current_actor())
    )


@bp.post("/me/occasions/<int:occasion_id>/sign-up")
@needs("occasion.join")
@returns_to(my_occasions)
@writes
def join_occasion(session: Session, occasion_id: int) -> ResponseReturnValue:
    """Take a seat."""
    service.sign_up(session, actor=current_actor(), occasion_id=occasion_id)
    return see_other(url_for(".my_occasions"), _("报上了，到时候见。"))


@bp.post("/me/occasions/<int:occasion_id>/withdraw")
@needs("occasion.join")
@returns_to(my_occasions)
@writes
def leave_occasion(session: Session, occasion_id: int) -> ResponseReturnValue:
    """Give one's seat back."""
    service.withdraw(session, actor=current_actor(), occasion_id=occasion_id)
    return see_other(url_for(".my_occasions"), _("退掉了，名额让给别人。"))
