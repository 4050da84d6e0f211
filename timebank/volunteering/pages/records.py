"""Hours for people: the first screen of a volunteer, the passbook, records, decisions on them."""

from collections.abc import Callable, Collection, Sequence
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.community.queries import PersonView
from timebank.kernel.actor import Actor
from timebank.ledger.queries import entries as ledger_entries
from timebank.ledger.rules.reach import whose
from timebank.volunteering.pages.desk import approved_words
from timebank.volunteering.pages.disputes import around_record
from timebank.volunteering.pages.frame import bp
from timebank.volunteering.pages.tasks import first_screen
from timebank.volunteering.queries import exhibits as exhibit_reads
from timebank.volunteering.queries import limits, organisations, passbook
from timebank.volunteering.queries import presence as presence_reads
from timebank.volunteering.queries import records as reads_of
from timebank.volunteering.queries import tasks as task_reads
from timebank.volunteering.schemas.records import (
    CodeIn,
    CorrectionFormIn,
    NewRecordQuery,
    ReasonIn,
    RecordFormIn,
    RecordsIn,
    SlipIn,
    WithdrawalIn,
    WordsIn,
)
from timebank.volunteering.service import proofs
from timebank.volunteering.service import records as verbs
from timebank.volunteering.service import review as decisions
from timebank.web.api import PageIn
from timebank.web.doors import (
    body,
    current_actor,
    needs,
    query,
    reads,
    request_key,
    returns_to,
    see_other,
    writes,
)
from timebank.web.panels import behind, panels_for

FIRST_LINES = 5


def _next_url(endpoint: str, cursor: str | None, state: str | None = None) -> str | None:
    """Return the address of the next page of a list, its filter kept."""
    return None if cursor is None else url_for(endpoint, cursor=cursor, state=state)


@bp.get("/me")
@needs("hours.read")
@reads
def my_time(session: Session) -> ResponseReturnValue:
    """Show one's minutes, what comes next, what they can do, and where they come from."""
    actor = current_actor()
    community_id, person_id = actor.community_id, actor.person_id
    found = passbook.opened(
        session, community_id=community_id, person_id=person_id, limit=FIRST_LINES
    )
    has_organisations, organisation_asks = organisations.stands_with(session, person_id=person_id)
    return render_template(
        "volunteering/my_time.html",
        has_organisations=has_organisations,
        organisation_asks=organisation_asks,
        balance=found.balance,
        holds=found.holds,
        lines=found.page,
        behind=behind(session, actor, passbook.unexplained(found.page.items)),
        to_confirm=reads_of.to_confirm(session, person_id=person_id),
        under_way=reads_of.under_way(session, actor=actor),
        panels=panels_for("my_time", session, actor),
        **first_screen(session, actor),
    )


@bp.get("/me/statement")
@needs("hours.read")
@reads
def my_statement(session: Session) -> ResponseReturnValue:
    """Show the whole passbook, page by page."""
    return _statement(session, "my_statement", "volunteering/statement.html")


@bp.get("/me/statement/print")
@needs("hours.read")
@reads
def my_statement_print(session: Session) -> ResponseReturnValue:
    """Show a page of the passbook for A4."""
    return _statement(session, "my_statement_print", "volunteering/statement_print.html")


def _statement(session: Session, endpoint: str, template: str) -> str:
    """Render one page of the passbook."""
    actor = current_actor()
    asked = query(PageIn(unknown="exclude"))
    found = passbook.opened(
        session, community_id=actor.community_id, person_id=actor.person_id, **asked
    )
    return render_template(
        template,
        page=found.page,
        behind=behind(session, actor, passbook.unexplained(found.page.items)),
        cursor=asked.get("cursor"),
        next_url=_next_url(f".{endpoint}", found.page.next_cursor),
        balance=found.balance,
    )


def records_behind(
    session: Session, actor: Actor, entry_ids: Collection[UUID]
) -> dict[UUID, Markup]:
    """Return the service behind entries of the ledger, by entry."""
    found = reads_of.records_behind(session, actor=actor, entry_ids=entry_ids)
    return {
        entry_id: Markup(  # noqa: S704 - a template of ours, escaped by Jinja
            render_template("volunteering/behind.html", record=view)
        )
        for entry_id, view in found.items()
    }


@bp.get("/records")
@needs("hours.read")
@reads
def records(session: Session) -> ResponseReturnValue:
    """Show service records within reach, newest first."""
    asked = query(RecordsIn())
    page = reads_of.records(session, actor=current_actor(), **asked)
    state = asked["state"]
    return render_template(
        "volunteering/records.html",
        records=page.items,
        state=state,
        next_url=_next_url(".records", page.next_cursor, state),
        to_confirm=reads_of.to_confirm(session, person_id=current_actor().person_id),
    )


def _people(session: Session, actor: Actor, text: str) -> Sequence[PersonView]:
    """Return whom staff may mean by what they typed."""
    reach = actor.reach("person.search")
    return community_queries.search_persons(
        session, community_id=actor.community_id, text=text, reach=reach, limit=8
    )


def _choices(session: Session) -> dict[str, Any]:
    """Return what a record's form offers."""
    community_id = current_actor().community_id
    organisations = community_queries.organisations(session, community_id)
    return {
        "kinds": [(kind.id, kind.name) for kind in limits.kinds(session, community_id)],
        "places": [
            (place.id, place.label)
            for place in community_queries.micro_grids(session, community_id)
        ],
        "organisations": [(body.id, body.name) for body in organisations],
        "policy": limits.policy(session, community_id),
    }


@bp.get("/records/new")
@needs("hours.record")
@reads
def new_record(session: Session) -> ResponseReturnValue:
    """Show the form of a new record, with those whom the writer may mean."""
    actor = current_actor()
    asked = NewRecordQuery().readable(request.values.to_dict())
    served = limits.served_before(session, volunteer_id=actor.person_id or 0)
    return render_template(
        "volunteering/new_record.html",
        asked=asked,
        case_number=limits.case_number(
            session, community_id=actor.community_id, case_id=asked["case_id"]
        ),
        is_staff=actor.may("person.search"),
        volunteers=_people(session, actor, asked["volunteer_text"]),
        recipients=_people(session, actor, asked["recipient_text"]) or served,
        **_choices(session),
    )


@bp.post("/records/new")
@needs("hours.record")
@returns_to(new_record)
@writes
def create_record(session: Session) -> ResponseReturnValue:
    """Record service and show it."""
    record_id = verbs.record_service(session, actor=current_actor(), **body(RecordFormIn()))
    return see_other(url_for(".record", record_id=record_id), _("记下了。"))


@bp.get("/records/<int:record_id>")
@needs("hours.read")
@reads
def record(session: Session, record_id: int) -> ResponseReturnValue:
    """Show a record, what it rests on, its history, and what can be done now."""
    actor = current_actor()
    seen = reads_of.record(session, actor=actor, record_id=record_id)
    entry = None if seen.entry_id is None else ledger_entries.entry(session, seen.entry_id)
    presence, corrections = presence_reads.behind_record(session, record_id)
    return render_template(
        "volunteering/record.html",
        record=seen,
        entry=entry,
        opens_entry=whose(actor) in {None, seen.volunteer_id},
        history=reads_of.history(session, record_id),
        acts=reads_of.acts_now(actor, seen),
        presence=presence,
        corrections=corrections,
        opens_task=presence is not None
        and task_reads.may_see(session, actor=actor, task_id=presence.task_id),
        **around_record(session, actor, record_id),
        may_hand_in=exhibit_reads.may_hand_in(
            session, actor=actor, record_id=record_id, state=seen.state
        ),
        code=reads_of.confirmation_code(seen) if actor.person_id == seen.recipient_id else None,
    )


@bp.get("/records/<int:record_id>/correct")
@needs("hours.record")
@reads
def correct_record_form(session: Session, record_id: int) -> ResponseReturnValue:
    """Show the form that tells a record anew."""
    actor = current_actor()
    seen = reads_of.record(session, actor=actor, record_id=record_id)
    served = limits.served_before(session, volunteer_id=seen.volunteer_id)
    return render_template(
        "volunteering/correct_record.html",
        record=seen,
        recipients=[person for person in served if person.id != seen.recipient_id],
        is_staff=actor.may("person.search"),
        **_choices(session),
    )


@bp.post("/records/<int:record_id>/correct")
@needs("hours.record")
@returns_to(correct_record_form)
@writes
def correct_record(session: Session, record_id: int) -> ResponseReturnValue:
    """Tell a record anew."""
    told = body(CorrectionFormIn())
    verbs.correct_service(session, actor=current_actor(), record_id=record_id, **told)
    return see_other(url_for(".record", record_id=record_id), _("改好了，要请对方再确认一次。"))


def _to_record(record_id: int, notice: str) -> ResponseReturnValue:
    """Go back to a record with a notice."""
    return see_other(url_for(".record", record_id=record_id), notice)


@bp.post("/records/<int:record_id>/withdraw")
@needs("hours.record")
@returns_to(record)
@writes
def withdraw_record(session: Session, record_id: int) -> ResponseReturnValue:
    """Take a record back."""
    told = body(WithdrawalIn())
    verbs.withdraw_service(session, actor=current_actor(), record_id=record_id, **told)
    return _to_record(record_id, _("收回了，这次不记时间。"))


@bp.get("/confirm")
@needs("hours.confirm")
@reads
def confirmations(session: Session) -> ResponseReturnValue:
    """Show the one who was served what waits for a yes."""
    waiting = reads_of.to_confirm(session, person_id=current_actor().person_id)
    codes = {view.id: reads_of.confirmation_code(view) for view in waiting}
    return render_template("volunteering/confirmations.html", records=waiting, codes=codes)


@bp.post("/records/<int:record_id>/confirm")
@needs("hours.confirm")
@returns_to(record)
@writes
def confirm_record(session: Session, record_id: int) -> ResponseReturnValue:
    """Confirm as the one who was served."""
    proofs.confirm_service(session, actor=current_actor(), record_id=record_id)
    return see_other(url_for(".confirmations"), _("谢谢您，已经确认。"))


@bp.post("/records/<int:record_id>/confirm-by-code")
@needs("hours.record")
@returns_to(record)
@writes
def confirm_record_by_code(session: Session, record_id: int) -> ResponseReturnValue:
    """Confirm with the six digits that the other side was shown."""
    proofs.confirm_by_code(session, actor=current_actor(), record_id=record_id, **body(CodeIn()))
    return _to_record(record_id, _("对上了，等社区核对。"))


@bp.post("/records/<int:record_id>/confirm-by-slip")
@needs("hours.record")
@returns_to(record)
@writes
def confirm_record_by_slip(session: Session, record_id: int) -> ResponseReturnValue:
    """Confirm with a signed slip."""
    told = body(SlipIn())
    proofs.confirm_by_slip(session, actor=current_actor(), record_id=record_id, **told)
    return _to_record(record_id, _("签字单记下了，等别的同事核对。"))


@bp.post("/records/<int:record_id>/paper")
@needs("hours.record")
@returns_to(record)
@writes(keeps_answer=False)
def print_record_code(session: Session, record_id: int) -> ResponseReturnValue:
    """Show the paper with the confirmation code, to be printed and handed over."""
    code = proofs.print_code(session, actor=current_actor(), record_id=record_id)
    seen = reads_of.record(session, actor=current_actor(), record_id=record_id)
    return render_template("volunteering/record_code_print.html", record=seen, code=code)


@bp.post("/records/<int:record_id>/approve")
@needs("hours.approve")
@returns_to(record)
@writes
def approve_record(session: Session, record_id: int) -> ResponseReturnValue:
    """Approve one record."""
    done = decisions.approve_service(
        session, actor=current_actor(), record_id=record_id, key=request_key()
    )
    return _to_record(record_id, approved_words(done) if done.waiting else _("已入账。"))


def _decide(verb: Callable[..., None], session: Session, record_id: int, **told: object) -> None:
    """Do one of the reviewers' or parties' acts to a record."""
    verb(session, actor=current_actor(), record_id=record_id, **told)


@bp.post("/records/<int:record_id>/reject")
@needs("hours.approve")
@returns_to(record)
@writes
def reject_record(session: Session, record_id: int) -> ResponseReturnValue:
    """Send a record back."""
    _decide(decisions.reject_service, session, record_id, **body(ReasonIn()))
    return _to_record(record_id, _("退回了，对方会看到原因。"))


@bp.post("/records/<int:record_id>/unapprove")
@needs("hours.unapprove")
@returns_to(record)
@writes
def unapprove_record(session: Session, record_id: int) -> ResponseReturnValue:
    """Take back what was posted."""
    told = body(ReasonIn())
    _decide(decisions.unapprove_service, session, record_id, key=request_key(), **told)
    return _to_record(record_id, _("入账已撤销，账上另记了一笔相反的。"))


@bp.post("/records/<int:record_id>/object")
@needs("hours.read")
@returns_to(record)
@writes
def object_to_record(session: Session, record_id: int) -> ResponseReturnValue:
    """Say that a record is wrong."""
    _decide(decisions.object_to_record, session, record_id, **body(WordsIn()))
    return _to_record(record_id, _("记下了，社区看过会在这里答复您。"))


@bp.post("/records/<int:record_id>/answer")
@needs("hours.approve")
@returns_to(record)
@writes
def answer_objection(session: Session, record_id: int) -> ResponseReturnValue:
    """Answer whoever said that a record is wrong."""
    _decide(decisions.answer_objection, session, record_id, **body(WordsIn()))
    return _to_record(record_id, _("答复已记下。"))
