"""An organisation's desk for who leads it, the asks to members, and who leads what."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.volunteering.pages.frame import bp
from timebank.volunteering.queries import organisations as reads_of
from timebank.volunteering.queries import proposals
from timebank.volunteering.rules.organisations import ACTIVITIES_SHOWN, Month
from timebank.volunteering.schemas.organisations import CardFormIn, LeaderFormIn
from timebank.volunteering.service import organisations
from timebank.web import charts, words
from timebank.web.api import PageIn
from timebank.web.charts import Bar
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
from timebank.web.paths import next_url


@bp.get("/me/organisations")
@needs("organisation.own")
@reads
def my_organisations(session: Session, **_refused: int) -> ResponseReturnValue:
    """Show what one is asked, where one belongs, and what one leads."""
    person_id = current_actor().person_id
    return render_template(
        "volunteering/organisations_mine.html",
        memberships=reads_of.memberships(session, person_id=person_id),
        led=reads_of.led_by(session, person_id=person_id),
    )


@bp.post("/me/memberships/<int:membership_id>/agree")
@needs("organisation.own")
@returns_to(my_organisations)
@writes
def agree_to_organisation(session: Session, membership_id: int) -> ResponseReturnValue:
    """Agree to belong."""
    organisations.agree(session, actor=current_actor(), membership_id=membership_id)
    return see_other(url_for(".my_organisations"), _("您加入了，随时可以退出。"))


@bp.post("/me/memberships/<int:membership_id>/decline")
@needs("organisation.own")
@returns_to(my_organisations)
@writes
def decline_organisation(session: Session, membership_id: int) -> ResponseReturnValue:
    """Decline to belong."""
    organisations.decline(session, actor=current_actor(), membership_id=membership_id)
    return see_other(url_for(".my_organisations"), _("没有加入，对方看不到您的名字。"))


@bp.post("/me/memberships/<int:membership_id>/leave")
@needs("organisation.own")
@returns_to(my_organisations)
@writes
def leave_organisation(session: Session, membership_id: int) -> ResponseReturnValue:
    """Leave an organisation."""
    organisations.leave(session, actor=current_actor(), membership_id=membership_id)
    return see_other(url_for(".my_organisations"), _("退出了，那边不再看到您的名字和时间。"))


@bp.get("/me/organisations/<int:organisation_id>")
@needs("organisation.own")
@reads
def organisation_desk(
    session: Session, organisation_id: int, **_refused: int
) -> ResponseReturnValue:
    """Show who leads an organisation what was served for it, its members and activities."""
    actor = current_actor()
    desk = reads_of.desk(session, actor=actor, organisation_id=organisation_id)
    page = reads_of.members(
        session,
        actor=actor,
        organisation_id=organisation_id,
        **query(PageIn(unknown="exclude")),
    )
    return render_template(
        "volunteering/organisation_desk.html",
        desk=desk,
        members=page.items,
        proposals=proposals.led_proposals(
            session, actor=actor, organisation_id=organisation_id, limit=ACTIVITIES_SHOWN
        ).items,
        next_url=next_url(page.next_cursor),
        chart=charts.month_bars(
            [
                Bar(_month(one.month_on.year, one.month_on.month), one.minutes, _told(one))
                for one in desk.figures.months
            ]
        ),
        month=_month,
        told_of=_told,
    )


@bp.post("/me/organisations/<int:organisation_id>/members")
@needs("organisation.own")
@returns_to(organisation_desk)
@writes
def ask_member(session: Session, organisation_id: int) -> ResponseReturnValue:
    """Ask somebody to belong."""
    organisations.ask_member(
        session, actor=current_actor(), organisation_id=organisation_id, **body(CardFormIn())
    )
    return see_other(
        url_for(".organisation_desk", organisation_id=organisation_id),
        _("问过了，本人答应以后会列在成员里。"),
    )


@bp.post("/me/organisations/<int:organisation_id>/members/<int:membership_id>/drop")
@needs("organisation.own")
@returns_to(organisation_desk)
@writes
def drop_member(session: Session, organisation_id: int, membership_id: int) -> ResponseReturnValue:
    """End a membership, or take an ask back."""
    organisations.drop_member(
        session,
        actor=current_actor(),
        organisation_id=organisation_id,
        membership_id=membership_id,
    )
    return see_other(
        url_for(".organisation_desk", organisation_id=organisation_id), _("已经去掉了。")
    )


@bp.get("/organisations")
@needs("organisation.manage")
@reads
def organisation_leaders(session: Session, **_refused: int) -> ResponseReturnValue:
    """Show the organisations with who leads them, and the form to name somebody."""
    found = reads_of.with_leaders(session, community_id=current_actor().community_id)
    return render_template(
        "volunteering/organisations.html",
        organisations=found,
        choices=[(one.id, one.name) for one in found],
    )


@bp.post("/organisations/leaders")
@needs("organisation.manage")
@returns_to(organisation_leaders)
@writes
def name_leader(session: Session) -> ResponseReturnValue:
    """Name who leads an organisation."""
    organisations.name_leader(session, actor=current_actor(), **body(LeaderFormIn()))
    return see_other(url_for(".organisation_leaders"), _("定好了，已经告诉本人。"))


@bp.post("/organisations/leaders/<int:leader_id>/end")
@needs("organisation.manage")
@returns_to(organisation_leaders)
@writes
def end_leader(session: Session, leader_id: int) -> ResponseReturnValue:
    """Let somebody lead an organisation no longer."""
    organisations.end_leader(session, actor=current_actor(), leader_id=leader_id)
    return see_other(url_for(".organisation_leaders"), _("不再是负责人了。"))


def _month(year: int, month: int) -> str:
    """Return a month in words."""
    return str(_("%(year)s年%(month)s月", year=year, month=month))


def _told(month: Month) -> str:
    """Return a month's minutes in words: a dash for none, that people were too few to tell."""
    if month.minutes:
        return words.minutes_text(month.minutes)
    return str(_("＜5 人")) if month.is_partial else "–"
