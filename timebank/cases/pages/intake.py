"""Pages on which cases come in: from staff, from residents who are logged in, found on patrol."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.cases.pages.cases import bp, photos, places
from timebank.cases.queries import alike as alike_queries
from timebank.cases.queries import following, promises, signs
from timebank.cases.queries.alike import AlikeLine
from timebank.cases.rules.flow import Source
from timebank.cases.rules.intake import IntakeChannel
from timebank.cases.rules.signs import PlaceSign
from timebank.cases.schemas.cases import PatrolFixIn
from timebank.cases.schemas.intake import (
    AlikeIn,
    MineIn,
    OwnReportIn,
    SignQueryIn,
    TakeIn,
    WhoIn,
)
from timebank.cases.service import intake as intake_service
from timebank.cases.service import taking
from timebank.cases.service.intake import Intake
from timebank.community import queries as community_queries
from timebank.community.queries import PersonView
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


def found(session: Session) -> list[PersonView]:
    """Return the people who may be meant by the name or number that is looked for."""
    actor, who = current_actor(), query(WhoIn()).get("who", "")
    return community_queries.search_persons(
        session, community_id=actor.community_id, text=who, reach=actor.reach("person.search")
    )


def like_the_form(session: Session, community_id: int) -> list[AlikeLine]:
    """Return the cases that are like what a refused form says; none while it says too little."""
    schema = AlikeIn()
    if schema.validate(request.form):
        return []
    return alike_queries.alike(session, community_id=community_id, **schema.load(request.form))


def scanned(session: Session, community_id: int) -> PlaceSign | None:
    """Return the sign that was scanned on the way to a form."""
    code = request.form.get("sign_code") or query(SignQueryIn()).get("sign")
    sign = signs.sign_of_code(session, code) if code else None
    return sign if sign is not None and sign.community_id == community_id else None


@bp.get("/cases/new")
@needs("case.open")
@reads
def new_case(session: Session) -> ResponseReturnValue:
    """Show the form for a case of any source."""
    community_id = current_actor().community_id
    return render_template(
        "cases/new.html",
        answer_limit=promises.answer_limit(session, community_id),
        places=places(session),
        sign=scanned(session, community_id),
        alike=like_the_form(session, community_id),
        found=found(session),
        who=request.args.get("who", ""),
    )


@bp.post("/cases/new")
@needs("case.open")
@returns_to(new_case)
@writes
def register(session: Session) -> ResponseReturnValue:
    """Register a case, or add a voice to the one that it is, and show it."""
    said = body(TakeIn()) | {"photos": photos()}
    made = taking.take_report(session, actor=current_actor(), **said)
    return see_other(url_for(".case", case_id=made.case_id), taken_words(made))


def taken_words(made: taking.Taken) -> str:
    """Return what is said of a report that was taken."""
    joined = _("已加到 %(number)s，反映人多了一位。", number=made.number)
    return str(joined if made.is_joined else _("登记好了，编号 %(number)s。", number=made.number))


@bp.get("/cases/patrol")
@needs("case.work")
@reads
def new_patrol_fix(session: Session) -> ResponseReturnValue:
    """Show the form for what was found and fixed on the spot."""
    sign = scanned(session, current_actor().community_id)
    return render_template("cases/patrol.html", places=places(session), sign=sign)


@bp.post("/cases/patrol")
@needs("case.work")
@returns_to(new_patrol_fix)
@writes
def fix_on_patrol(session: Session) -> ResponseReturnValue:
    """Enter what was found and fixed, in one step."""
    said = body(PatrolFixIn()) | {"photos": photos()}
    made = intake_service.fix_on_patrol(session, actor=current_actor(), **said)
    return see_other(
        url_for(".case", case_id=made.id), _("记好了，编号 %(number)s。", number=made.number)
    )


@bp.get("/cases/alike")
@needs("case.open")
@reads
def alike_cases(session: Session) -> ResponseReturnValue:
    """Show, while somebody types, which cases may be the same."""
    told = query(AlikeIn())
    return render_template(
        "cases/_alike.html",
        alike=alike_queries.alike(session, community_id=current_actor().community_id, **told),
        is_staff_view=current_actor().may("case.work"),
    )


@bp.get("/report")
@needs("case.open")
@reads
def new_report(session: Session) -> ResponseReturnValue:
    """Show a resident the form for a problem."""
    actor = current_actor()
    home = community_queries.persons(session, [actor.person_id or 0])
    person = home.get(actor.person_id or 0)
    return render_template(
        "cases/report.html",
        answer_limit=promises.answer_limit(session, actor.community_id),
        places=places(session),
        sign=scanned(session, actor.community_id),
        alike=like_the_form(session, actor.community_id),
        home_id=person.micro_grid_id if person else None,
    )


@bp.post("/report")
@needs("case.open")
@returns_to(new_report)
@writes
def report(session: Session) -> ResponseReturnValue:
    """Take what a resident reports and show how far it is."""
    actor, said = current_actor(), body(OwnReportIn())
    apart = {name: said.pop(name) for name in ("is_new", "same_as") if name in said}
    channel = IntakeChannel.SIGN if said.get("sign_code") else IntakeChannel.WEB
    told = Intake(
        source=Source.REPORTED, reporter_person_id=actor.person_id, channel=channel, **said
    )
    made = taking.take_report(session, actor=actor, intake=told, photos=photos(), **apart)
    return see_other(
        url_for(".followed_case", case_id=made.case_id), _("收到了，什么时候前有人回应写在下面。")
    )


@bp.get("/my/cases")
@needs("case.read")
@reads
def my_cases(session: Session) -> ResponseReturnValue:
    """Show residents what they reported, first or with others, and how far it is."""
    page = following.joined_cases(session, actor=current_actor(), **query(MineIn()))
    next_url = url_for(".my_cases", cursor=page.next_cursor) if page.next_cursor else None
    return render_template("cases/my_cases.html", cases=page.items, next_url=next_url)
