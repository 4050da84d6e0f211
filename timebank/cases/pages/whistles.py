"""Pages of the whistle: the call, each department's part, the board of calls, the departments."""

from collections.abc import Callable
from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.cases.errors.handing import WhistleNotFoundError
from timebank.cases.pages.cases import act_form, bp, done, photos
from timebank.cases.queries import call_links, department_figures, details
from timebank.cases.queries import whistles as queries
from timebank.cases.schemas.acts import (
    AssessIn,
    BoardIn,
    DepartmentIn,
    DepartmentSaysIn,
    WhistleIn,
)
from timebank.cases.schemas.cases import CloseIn, WordsIn
from timebank.cases.service import whistles as verbs
from timebank.kernel import clock
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

PART = "/cases/<int:case_id>/whistles/<int:whistle_id>"


@bp.post("/cases/<int:case_id>/whistles")
@needs("case.work")
@returns_to(act_form)
@writes
def whistle(session: Session, case_id: int) -> ResponseReturnValue:
    """Call departments to a case."""
    return done(
        verbs.whistle,
        session,
        case_id,
        body(WhistleIn()),
        _("吹哨了。把链接发给部门，或者替部门记下。"),
    )


@bp.get(PART)
@needs("case.work")
@reads
def whistle_part(session: Session, case_id: int, whistle_id: int) -> ResponseReturnValue:
    """Show one department's part in a case and what can be written about it now."""
    case = details.case(session, actor=current_actor(), case_id=case_id)
    called = queries.called(session, case_id)
    part = next((one for one in called if one.id == whistle_id), None)
    if part is None:
        raise WhistleNotFoundError
    link = call_links.link(session, whistle_id)
    return render_template("cases/whistle_part.html", case=case, part=part, link=link)


def _noted(
    verb: Callable[..., Any],  # Any: the verbs differ in their facts and agree in the rest
    session: Session,
    case_id: int,
    whistle_id: int,
    said: dict[str, Any],  # Any: what the schema has checked
) -> ResponseReturnValue:
    """Carry out a verb about a department and show its part."""
    verb(session, actor=current_actor(), case_id=case_id, whistle_id=whistle_id, **said)
    return see_other(
        url_for(".whistle_part", case_id=case_id, whistle_id=whistle_id), _("记下了。")
    )


@bp.post(f"{PART}/notes")
@needs("case.work")
@returns_to(whistle_part)
@writes
def note_department(session: Session, case_id: int, whistle_id: int) -> ResponseReturnValue:
    """Write down how far a department is."""
    said = body(DepartmentSaysIn()) | {"photos": photos()}
    return _noted(verbs.note_department, session, case_id, whistle_id, said)


@bp.post(f"{PART}/release")
@needs("case.work")
@returns_to(whistle_part)
@writes
def release(session: Session, case_id: int, whistle_id: int) -> ResponseReturnValue:
    """Let a department go."""
    return _noted(verbs.release, session, case_id, whistle_id, body(CloseIn()))


@bp.post(f"{PART}/withdraw")
@needs("case.work")
@returns_to(whistle_part)
@writes
def withdraw(session: Session, case_id: int, whistle_id: int) -> ResponseReturnValue:
    """Take a call back."""
    return _noted(verbs.withdraw, session, case_id, whistle_id, body(WordsIn()))


@bp.post(f"{PART}/assessments")
@needs("case.work")
@returns_to(whistle_part)
@writes
def assess(session: Session, case_id: int, whistle_id: int) -> ResponseReturnValue:
    """Keep what one side says of the other."""
    return _noted(verbs.assess, session, case_id, whistle_id, body(AssessIn()))


@bp.get("/case-whistles")
@needs("case.read")
@reads
def whistle_board(session: Session) -> ResponseReturnValue:
    """Show the community's calls with each department's clock, the newest first."""
    asked, actor = query(BoardIn()), current_actor()
    page = queries.board(session, actor=actor, **asked)
    wanted = {name: asked[name] for name in ("department_id", "year", "is_late") if asked.get(name)}
    this_year = clock.today().year
    shown_year = asked.get("year") or this_year
    known = queries.departments(session, community_id=actor.community_id, only_active=False)
    more = page.next_cursor and url_for(".whistle_board", cursor=page.next_cursor, **wanted)
    return render_template(
        "cases/whistle_board.html",
        page=page,
        departments=known,
        wanted=wanted,
        figures=department_figures.of_year(session, actor=actor, year=shown_year),
        year=shown_year,
        this_year=this_year,
        next_url=more,
    )


@bp.get("/case-departments")
@needs("case.work")
@reads
def departments(session: Session, **_rest: object) -> ResponseReturnValue:
    """Show the departments that can be whistled."""
    known = queries.departments(session, community_id=current_actor().community_id)
    return render_template("cases/departments.html", departments=known)


@bp.post("/case-departments")
@needs("case.designate")
@returns_to(departments)
@writes
def add_department(session: Session) -> ResponseReturnValue:
    """Enter a department."""
    verbs.add_department(session, actor=current_actor(), **body(DepartmentIn()))
    return see_other(url_for(".departments"), _("加进名单了。"))


@bp.post("/case-departments/<int:department_id>/drop")
@needs("case.designate")
@returns_to(departments)
@writes
def drop_department(session: Session, department_id: int) -> ResponseReturnValue:
    """Strike a department off the list."""
    verbs.drop_department(session, actor=current_actor(), department_id=department_id)
    return see_other(url_for(".departments"), _("从名单里去掉了。"))
