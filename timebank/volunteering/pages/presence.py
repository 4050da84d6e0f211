"""Coming and leaving for people: the door, the screen, the paper, the roster, the review."""

from collections.abc import Sequence
from io import BytesIO

from flask import make_response, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.volunteering.pages.desk import approved_words
from timebank.volunteering.pages.frame import bp
from timebank.volunteering.queries import presence as reads_of
from timebank.volunteering.queries import sign_ups
from timebank.volunteering.queries import tasks as task_reads
from timebank.volunteering.rules import presence as rules
from timebank.volunteering.rules.tasks import SignUpState
from timebank.volunteering.schemas.presence import (
    DoorFormIn,
    RosterFormIn,
    SettleFormIn,
    StampQuery,
)
from timebank.volunteering.service import checkins, roster_files, rosters
from timebank.web import words
from timebank.web.codes import qr_svg
from timebank.web.doors import (
    body,
    current_actor,
    needs,
    reads,
    request_key,
    returns_to,
    see_other,
    writes,
)


@bp.get("/tasks/<int:task_id>/door")
@needs("hours.record")
@reads
def door(session: Session, task_id: int) -> ResponseReturnValue:
    """Show one button: come, or leave; by the code that was scanned, or by the paper's digits."""
    actor = current_actor()
    seen = task_reads.task(session, actor=actor, task_id=task_id)
    scanned = request.values.get("s") or request.values.get("stamp", "")
    return render_template(
        "volunteering/door.html",
        task=seen,
        presence=reads_of.my_presence(session, task_id=task_id, person_id=actor.person_id),
        stamp=StampQuery().readable({"s": scanned}),
    )


@bp.post("/tasks/<int:task_id>/check-in")
@needs("hours.record")
@returns_to(door)
@writes
def check_in(session: Session, task_id: int) -> ResponseReturnValue:
    """Note that somebody came."""
    told = body(DoorFormIn())
    checkins.check_in(session, actor=current_actor(), task_id=task_id, **told)
    return see_other(url_for(".task", task_id=task_id), _("签到了。走的时候记得签退。"))


@bp.post("/tasks/<int:task_id>/check-out")
@needs("hours.record")
@returns_to(door)
@writes
def check_out(session: Session, task_id: int) -> ResponseReturnValue:
    """Note that somebody left."""
    told = body(DoorFormIn())
    record_id = checkins.check_out(session, actor=current_actor(), task_id=task_id, **told)
    if record_id is None:
        notice = _("签退了。时间要由社区看一下，看过再入账。")
        return see_other(url_for(".task", task_id=task_id), notice)
    return see_other(url_for(".record", record_id=record_id), _("签退了，辛苦您。"))


@bp.get("/tasks/<int:task_id>/screen")
@needs("task.read")
@reads
def screen(session: Session, task_id: int) -> ResponseReturnValue:
    """Show the code of this minute, for volunteers to scan; it draws itself anew."""
    actor = current_actor()
    stamp = reads_of.stamp_for(session, actor=actor, task_id=task_id)
    address = url_for(".door", task_id=task_id, s=stamp, _external=True)
    page = render_template(
        "volunteering/screen.html",
        task=task_reads.task(session, actor=actor, task_id=task_id),
        code=qr_svg(address, label=_("签到二维码")),
    )
    answer = make_response(page)
    answer.headers["Refresh"] = str(rules.STAMP_SECONDS - 10)
    return answer


@bp.post("/tasks/<int:task_id>/paper")
@needs("task.read")
@writes(keeps_answer=False)
def print_paper(session: Session, task_id: int) -> ResponseReturnValue:
    """Show the paper with the digits for coming and leaving, to be printed and handed over."""
    codes = checkins.print_paper(session, actor=current_actor(), task_id=task_id)
    seen = task_reads.task(session, actor=current_actor(), task_id=task_id)
    return render_template("volunteering/paper_print.html", task=seen, codes=codes)


@bp.get("/tasks/<int:task_id>/poster")
@needs("task.manage")
@reads
def poster(session: Session, task_id: int) -> ResponseReturnValue:
    """Show a sheet to be hung up: what, when, where, and codes to sign up and to come."""
    seen = task_reads.activity(session, actor=current_actor(), task_id=task_id)
    codes = [
        qr_svg(url_for(f".{view}", task_id=task_id, _external=True), label=label)
        for view, label in (("task", _("报名二维码")), ("door", _("到场二维码")))
    ]
    return render_template("volunteering/poster.html", task=seen, codes=codes)


@bp.get("/tasks/<int:task_id>/roster")
@needs("hours.record")
@reads
def roster(session: Session, task_id: int) -> ResponseReturnValue:
    """Show who has a place, to tick who came."""
    return _roster_page(session, task_id)


def _roster_page(
    session: Session, task_id: int, problems: Sequence[tuple[int, str, str]] = ()
) -> str:
    """Render the roster; ``problems`` are rows of a file with what is wrong about each."""
    actor = current_actor()
    seen = task_reads.task(session, actor=actor, task_id=task_id)
    listed = sign_ups.sign_ups_for(session, actor=actor, task_id=task_id)
    placed = (SignUpState.ACCEPTED, SignUpState.SERVED, SignUpState.NO_SHOW)
    return render_template(
        "volunteering/roster.html",
        task=seen,
        listed=[one for one in listed if one.state in placed],
        vouches=reads_of.vouches(actor, seen.grid_id, seen.centre_id),
        to_approve=len(reads_of.approvable(session, actor=actor, task_id=task_id)),
        problems=problems,
    )


@bp.post("/tasks/<int:task_id>/roster")
@needs("hours.record")
@returns_to(roster)
@writes
def tick_roster(session: Session, task_id: int) -> ResponseReturnValue:
    """Note all who were ticked, in one act."""
    told = body(RosterFormIn())
    count = rosters.tick_roster(session, actor=current_actor(), task_id=task_id, **told)
    notice = _("%(count)s 位的服务时间记下了，等别的同事核对。", count=count)
    return see_other(url_for(".roster", task_id=task_id), notice)


@bp.get("/tasks/<int:task_id>/roster.xlsx")
@needs("hours.record")
@reads
def roster_file(session: Session, task_id: int) -> ResponseReturnValue:
    """Hand out the roster as a file to be filled in."""
    content = roster_files.roster_file(session, actor=current_actor(), task_id=task_id)
    return send_file(
        BytesIO(content),
        mimetype="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        as_attachment=True,
        download_name=f"{_('签到表')}-{task_id}.xlsx",
    )


@bp.post("/tasks/<int:task_id>/roster-file")
@needs("hours.record")
@returns_to(roster)
@writes
def import_roster(session: Session, task_id: int) -> ResponseReturnValue:
    """Note all of a filled-in file, or show which rows cannot be taken and why."""
    file = request.files.get("file")
    content = b"" if file is None else file.read()
    outcome = roster_files.import_roster(
        session, actor=current_actor(), task_id=task_id, content=content
    )
    if outcome.problems:
        said = [(one.number, one.name, words.say(one.refusal)) for one in outcome.problems]
        return make_response(_roster_page(session, task_id, problems=said), 422)
    notice = _("%(count)s 位的服务时间记下了，等别的同事核对。", count=outcome.ticked)
    return see_other(url_for(".roster", task_id=task_id), notice)


@bp.post("/tasks/<int:task_id>/approve")
@needs("hours.approve")
@returns_to(roster)
@writes
def approve_roster(session: Session, task_id: int) -> ResponseReturnValue:
    """Approve and post in one act all that a task's roster brought."""
    done = rosters.approve_roster(
        session, actor=current_actor(), task_id=task_id, key=request_key()
    )
    return see_other(url_for(".roster", task_id=task_id), approved_words(done))


@bp.get("/presences")
@needs("hours.record")
@reads
def presences(session: Session) -> ResponseReturnValue:
    """Show what staff must look at: forgotten check-outs and what the rules refused."""
    waiting = reads_of.to_review(session, actor=current_actor())
    return render_template("volunteering/presences.html", waiting=waiting)


@bp.post("/presences/<int:presence_id>/settle")
@needs("hours.record")
@returns_to(lambda **_ids: presences())
@writes
def settle_presence(session: Session, presence_id: int) -> ResponseReturnValue:
    """Put a presence right; both values are kept."""
    told = body(SettleFormIn())
    record_id = rosters.settle_presence(
        session, actor=current_actor(), presence_id=presence_id, **told
    )
    if record_id is None:
        notice = _("改好了，可是按记时的规则还不能入账，请看看这一天的记录。")
        return see_other(url_for(".presences"), notice)
    return see_other(url_for(".presences"), _("改好了，等别的同事核对。"))
