"""What the pages of co-funding hang on: the blueprint, the words for choices, shared reads."""

from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy.orm import Session

from timebank.cofund.queries import projects as queries
from timebank.cofund.rules import projects as rules
from timebank.cofund.rules.projects import (
    Basis,
    Method,
    Party,
    ProjectFigures,
    ProjectState,
    ProjectView,
    SpendingState,
)
from timebank.cofund.service import steps
from timebank.kernel.units import yuan_text
from timebank.web import charts
from timebank.web.doors import current_actor, see_other

bp = Blueprint("cofund", __name__)
RECENT = 10

STATE_WORDS = {
    ProjectState.DRAFT: _l("提议"),
    ProjectState.COSTED: _l("已估价"),
    ProjectState.AGREED: _l("已签约"),
    ProjectState.FUNDING: _l("筹款中"),
    ProjectState.ACTIVE: _l("施工中"),
    ProjectState.ACCEPTED: _l("已验收"),
    ProjectState.CLOSED: _l("已结项"),
    ProjectState.CANCELLED: _l("已取消"),
}
STEP_WORDS = {
    ProjectState.DRAFT: _l("提议"),
    ProjectState.COSTED: _l("估价"),
    ProjectState.AGREED: _l("三方签约"),
    ProjectState.FUNDING: _l("筹款"),
    ProjectState.ACTIVE: _l("施工"),
    ProjectState.ACCEPTED: _l("验收"),
    ProjectState.CLOSED: _l("结项退余款"),
}
STATE_CHIPS = {
    ProjectState.DRAFT: "waiting",
    ProjectState.COSTED: "waiting",
    ProjectState.AGREED: "going",
    ProjectState.FUNDING: "going",
    ProjectState.ACTIVE: "going",
    ProjectState.ACCEPTED: "done",
    ProjectState.CLOSED: "done",
    ProjectState.CANCELLED: "off",
}
PARTY_WORDS = {
    Party.COMPANY: _l("共富公司"),
    Party.PROPERTY_FIRM: _l("物业"),
    Party.RESIDENTS: _l("居民"),
}
BASIS_WORDS = {
    Basis.AGREEMENT: _l("按约定比例"),
    Basis.FLOOR_AREA: _l("按面积"),
    Basis.HOUSEHOLDS: _l("按户数"),
    Basis.AMOUNTS: _l("直接写金额"),
}
METHOD_WORDS = {
    Method.BANK: _l("银行转账"),
    Method.CASH: _l("现金"),
    Method.TRANSFER: _l("手机支付"),
}
SPENDING_WORDS = {
    SpendingState.REQUESTED: _l("等批"),
    SpendingState.APPROVED: _l("已批，等付款"),
    SpendingState.PAID: _l("已付"),
    SpendingState.REFUSED: _l("已退回"),
    SpendingState.WITHDRAWN: _l("已撤回"),
}
SPENDING_CHIPS = {
    SpendingState.REQUESTED: "waiting",
    SpendingState.APPROVED: "held",
    SpendingState.PAID: "done",
    SpendingState.REFUSED: "off",
    SpendingState.WITHDRAWN: "off",
}
_DRAWN_AS = {
    Party.COMPANY: charts.Party.COMPANY,
    Party.PROPERTY_FIRM: charts.Party.PROPERTY,
    Party.RESIDENTS: charts.Party.RESIDENTS,
}


def bars(figures: ProjectFigures) -> Markup:
    """Return the bars of the three parties."""
    return charts.party_bars(
        [
            charts.PartyBar(
                party=_DRAWN_AS[one.party],
                name=str(PARTY_WORDS[one.party]),
                agreed_fen=one.agreed_fen,
                received_fen=one.received_fen,
                spent_fen=one.spent_fen,
            )
            for one in figures.parties
        ]
    )


def received_bar(figures: ProjectFigures) -> Markup:
    """Return how much of the agreed sum has come in, as a thin bar."""
    percent = figures.received_fen * 100 // figures.agreed_fen if figures.agreed_fen else 0
    return Markup(
        '<svg class="thin-svg" role="img" aria-label="{words}">'
        '<rect class="draw-empty" width="100%" height="100%"/>'
        '<rect class="draw-fill" width="{percent}%" height="100%"/></svg>'
    ).format(words=_("已到 %(percent)s%%", percent=percent), percent=percent)


_FOR_TEMPLATES = {
    "state_words": STATE_WORDS,
    "step_words": STEP_WORDS,
    "state_chips": STATE_CHIPS,
    "party_words": PARTY_WORDS,
    "basis_words": BASIS_WORDS,
    "method_words": METHOD_WORDS,
    "spending_words": SPENDING_WORDS,
    "spending_chips": SPENDING_CHIPS,
    "bars": bars,
    "received_bar": received_bar,
    "yuan": yuan_text,
    "life": rules.life,
}
bp.context_processor(lambda: _FOR_TEMPLATES)


def sees_all() -> bool:
    """Whether the reader handles projects; others see what is public."""
    return current_actor().reach("cofund.read").is_wide


def seen_project(session: Session, project_id: int) -> ProjectView:
    """Return a project that the reader may see."""
    return queries.project(
        session,
        community_id=current_actor().community_id,
        project_id=project_id,
        only_public=not sees_all(),
    )


def may_open_case(session: Session, view: ProjectView) -> bool:
    """Whether the case that a project came from lies within the reader's reach."""
    if view.case_id is None:
        return False
    grid_id = queries.case_grid(session, view.case_id)
    return current_actor().reach("case.read").covers(grid_id=grid_id)


def papers(session: Session, view: ProjectView) -> dict[str, object]:
    """Return what stands on a project's page beside its figures."""
    return {
        "lines": queries.cost_lines(session, view.id),
        "agreement": queries.agreement(session, view.id),
        "contributions": queries.contributions(session, project_id=view.id, limit=RECENT).items,
        "spending": queries.spending_requests(
            session, community_id=view.community_id, project_id=view.id
        ).items,
    }


def kept_document(session: Session) -> int | None:
    """Keep the document sent with a form and return its id; None when there is none."""
    file = request.files.get("document")
    if file is None or not file.filename:
        return None
    return steps.keep_document(
        session, actor=current_actor(), content=file.read(), name=file.filename
    )


def back_to(project_id: int, notice: str) -> ResponseReturnValue:
    """Go back to the project with a notice."""
    return see_other(url_for(".project", project_id=project_id), notice)


def next_url(endpoint: str, cursor: str | None, **values: str | int | None) -> str | None:
    """Return the address of the next page, if there is one."""
    asked: dict[str, Any] = {"cursor": cursor, **values}  # Any: as Flask takes them
    return None if cursor is None else url_for(endpoint, **asked)
