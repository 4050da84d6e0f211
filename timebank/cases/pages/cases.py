"""The pages of cases: lists by clock, one case, intake, the resident's own reports."""

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any

from flask import Blueprint, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.cases.queries import arrivals, details, linked, lists, surroundings, whistles
from timebank.cases.queries.details import CaseView
from timebank.cases.rules.flow import Command
from timebank.cases.schemas.cases import (
    CaseFilterIn,
    CloseIn,
    FeedBackIn,
    LookIn,
    NoteIn,
    ResolveIn,
    VersionIn,
    WordsIn,
)
from timebank.cases.service import feedback, steps
from timebank.cases.service.history import Photo
from timebank.cases.service.steps import ReporterShown
from timebank.community import queries as community_queries
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

bp = Blueprint("cases", __name__)

# The form that a refused act shows again, by the endpoint that refused it.
_ACT_OF = {
    "cases.respond": Command.RESPOND,
    "cases.claim": Command.CLAIM,
    "cases.add_note": Command.NOTE,
    "cases.resolve": Command.RESOLVE,
    "cases.feed_back": Command.FEED_BACK,
    "cases.close": Command.CLOSE,
    "cases.reopen": Command.REOPEN,
    "cases.ask_cancel": Command.ASK_CANCEL,
    "cases.reject": Command.REJECT,
    "cases.ask_pause": Command.ASK_PAUSE,
    "cases.ask_extension": Command.ASK_EXTENSION,
    "cases.approve_request": Command.APPROVE,
    "cases.decline_request": Command.DECLINE,
    "cases.resume": Command.RESUME,
    "cases.return_case": Command.RETURN,
    "cases.designate": Command.DESIGNATE,
    "cases.reassign": Command.REASSIGN,
    "cases.escalate": Command.ESCALATE,
    "cases.handle_now": Command.HANDLE_NOW,
    "cases.merge": Command.MERGE,
    "cases.unmerge": Command.UNMERGE,
    "cases.whistle": Command.WHISTLE,
}


@bp.get("/cases")
@needs("case.read")
@reads
def cases(session: Session) -> ResponseReturnValue:
    """Show cases by clock: what is late first, then the nearest deadline."""
    asked = query(CaseFilterIn())
    actor, wanted = current_actor(), asked.pop("wanted")
    wanted = replace(wanted, tab=wanted.tab or lists.first_tab(actor))
    page = lists.cases(session, actor=actor, wanted=wanted, **asked)
    return render_template(
        "cases/cases.html",
        page=page,
        wanted=wanted,
        counts=lists.counts(session, actor=actor, tab=wanted.tab),
        grids=_grids(session),
        places=places(session),
        now=clock.now(),
        next_url=_next_url(page.next_cursor),
    )


def _next_url(cursor: str | None) -> str | None:
    """Return the address of the list's next page, with the filter kept."""
    if cursor is None:
        return None
    kept: dict[str, Any] = {name: value for name, value in request.args.items() if value}
    return url_for(".cases", **(kept | {"cursor": cursor}))


def _grids(session: Session) -> list[tuple[int, str]]:
    """Return the community's grids for the filter."""
    places = community_queries.micro_grids(session, current_actor().community_id)
    return list(dict.fromkeys((place.grid_id, place.grid_name) for place in places))


def photos() -> list[Photo]:
    """Return the photos of the form; an empty file field sends a nameless file."""
    return [
        Photo(name=file.filename, content=file.read())
        for file in request.files.getlist("photos")
        if file.filename
    ]


def places(session: Session) -> list[tuple[int, str]]:
    """Return the micro-grids to choose from, each with its grid."""
    return [
        (place.id, f"{place.grid_name} {place.label}")
        for place in lists.places_to_register(session, actor=current_actor())
    ]


@bp.get("/cases/<int:case_id>")
@needs("case.read")
@reads
def case(session: Session, case_id: int) -> ResponseReturnValue:
    """Show one case: clock and acts, four steps, history, linked things, reporter."""
    return _case_page(session, case_id)


def _case_page(
    session: Session, case_id: int, shown: ReporterShown | None = None
) -> ResponseReturnValue:
    """Render a case, with the reporter in full right after a look."""
    actor = current_actor()
    case = details.case(session, actor=actor, case_id=case_id)
    return render_template(
        "cases/case.html",
        case=case,
        history=details.history(session, actor=actor, case_id=case_id).items,
        linked=linked.linked(session, actor=actor, case_id=case_id),
        around=surroundings.around(session, case),
        arrival=arrivals.arrival(session, case_id),
        shown=shown,
        now=clock.now(),
        **choices(session, case, case.next_command),
    )


def choices(session: Session, case: CaseView, act: Command | None) -> dict[str, Any]:
    """Return what an act's form lets choose from: people, departments."""
    people = surroundings.candidates(session, case) if act in _GIVING else []
    is_called = act is Command.WHISTLE
    community_id = current_actor().community_id
    known = whistles.departments(session, community_id=community_id) if is_called else []
    return {"people": people, "departments": known}


_GIVING = frozenset({Command.DESIGNATE, Command.REASSIGN, Command.ESCALATE})


@bp.get("/cases/<int:case_id>/acts/<act>")
@needs("case.work")
@reads
def act_form(session: Session, case_id: int, act: str = "") -> ResponseReturnValue:
    """Show the form of one act; after a refusal the same, with the refusal and what is possible."""
    case = details.case(session, actor=current_actor(), case_id=case_id)
    refused = _ACT_OF.get(request.endpoint or "")
    chosen = refused or next((one for one in Command if one.value == act), None)
    return render_template(
        "cases/act.html",
        case=case,
        act=chosen,
        around=surroundings.around(session, case),
        **choices(session, case, chosen),
    )


@bp.get("/cases/<int:case_id>/print")
@needs("case.read")
@reads
def case_sheet(session: Session, case_id: int) -> ResponseReturnValue:
    """Show the case sheet for paper."""
    actor = current_actor()
    return render_template(
        "cases/sheet.html",
        case=details.case(session, actor=actor, case_id=case_id),
        history=details.history(session, actor=actor, case_id=case_id).items,
        linked=linked.linked(session, actor=actor, case_id=case_id),
        now=clock.now(),
    )


@bp.get("/cases/<int:case_id>/photos/<int:photo_id>")
@needs("case.read")
@reads
def photo(session: Session, case_id: int, photo_id: int) -> ResponseReturnValue:
    """Hand out a photo of a case."""
    file = details.photo(session, actor=current_actor(), case_id=case_id, photo_id=photo_id)
    return send_file(
        BytesIO(file.content), mimetype=file.media_type, download_name=file.name, etag=file.sha256
    )


def done(
    verb: Callable[..., Any],  # Any: the verbs differ in their facts and agree in the rest
    session: Session,
    case_id: int,
    said: dict[str, Any],  # Any: what the schema has checked
    notice: str,
) -> ResponseReturnValue:
    """Carry out a verb on a case and show the case."""
    verb(session, actor=current_actor(), case_id=case_id, **said)
    return see_other(url_for(".case", case_id=case_id), notice)


@bp.post("/cases/<int:case_id>/respond")
@needs("case.work")
@returns_to(act_form)
@writes
def respond(session: Session, case_id: int) -> ResponseReturnValue:
    """Say who comes and when."""
    return done(steps.respond, session, case_id, body(WordsIn()), _("已响应，下一步是认领。"))


@bp.post("/cases/<int:case_id>/claim")
@needs("case.work")
@returns_to(act_form)
@writes
def claim(session: Session, case_id: int) -> ResponseReturnValue:
    """Take the case."""
    return done(steps.claim, session, case_id, body(VersionIn()), _("归您办了，期限写在下面。"))


@bp.post("/cases/<int:case_id>/notes")
@needs("case.work")
@returns_to(act_form)
@writes
def add_note(session: Session, case_id: int) -> ResponseReturnValue:
    """Write down progress."""
    said = body(NoteIn()) | {"photos": photos()}
    return done(steps.add_note, session, case_id, said, _("记下了。"))


@bp.post("/cases/<int:case_id>/resolve")
@needs("case.work")
@returns_to(act_form)
@writes
def resolve(session: Session, case_id: int) -> ResponseReturnValue:
    """Say what came of it."""
    said = body(ResolveIn()) | {"photos": photos()}
    return done(steps.resolve, session, case_id, said, _("结果记下了，下一步是给反映人回话。"))


@bp.post("/cases/<int:case_id>/feed-back")
@needs("case.work")
@returns_to(act_form)
@writes
def feed_back(session: Session, case_id: int) -> ResponseReturnValue:
    """Keep what the reporter answered."""
    return done(feedback.feed_back, session, case_id, body(FeedBackIn()), _("回话记下了。"))


@bp.post("/cases/<int:case_id>/close")
@needs("case.close")
@returns_to(act_form)
@writes
def close(session: Session, case_id: int) -> ResponseReturnValue:
    """Close the case."""
    return done(steps.close, session, case_id, body(CloseIn()), _("这件事办结了。"))


@bp.post("/cases/<int:case_id>/reopen")
@needs("case.work")
@returns_to(act_form)
@writes
def reopen(session: Session, case_id: int) -> ResponseReturnValue:
    """Begin the next round."""
    return done(
        steps.reopen, session, case_id, body(WordsIn()), _("重新办理，时限从现在起重新算。")
    )


@bp.post("/cases/<int:case_id>/reporter")
@needs("person.unmask")
@returns_to(case)
@writes
def show_reporter(session: Session, case_id: int) -> ResponseReturnValue:
    """Show the reporter in full, once; the look is written down.

    The form carries no key: an answer with a person's phone must not be kept for replay.
    """
    reason = body(LookIn())["reason"]
    shown = steps.show_reporter(session, actor=current_actor(), case_id=case_id, reason=reason)
    return _case_page(session, case_id, shown)
