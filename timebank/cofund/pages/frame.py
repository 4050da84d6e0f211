"""What the pages of co-funding hang on: the blueprint, the words for choices, shared reads."""

from collections.abc import Collection
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy.orm import Session

from timebank.cofund.queries import bills as bill_reads
from timebank.cofund.queries import projects as queries
from timebank.cofund.queries import receivables, settlements, sources, votes
from timebank.cofund.rules import projects as rules
from timebank.cofund.rules.policy import Matter
from timebank.cofund.rules.projects import (
    Basis,
    Method,
    Party,
    ProjectFigures,
    ProjectState,
    ProjectView,
    SpendingState,
)
from timebank.cofund.rules.receivables import LaidBy, ReceivableState, WaiverState
from timebank.cofund.rules.register import area_text
from timebank.cofund.rules.retention import MoveKind, MoveState
from timebank.cofund.rules.votes import Channel, Choice, VoteState
from timebank.cofund.service import steps
from timebank.kernel.units import yuan_text
from timebank.web import charts
from timebank.web.codes import qr_svg
from timebank.web.doors import current_actor, see_other

bp = Blueprint("cofund", __name__)
RECENT = 10

STATE_WORDS = {
    ProjectState.DRAFT: _l("提议"),
    ProjectState.COSTED: _l("已估价"),
    ProjectState.PUBLICISED: _l("公示中"),
    ProjectState.VOTING: _l("业主表决"),
    ProjectState.AGREED: _l("已签约"),
    ProjectState.FUNDING: _l("筹款中"),
    ProjectState.ACTIVE: _l("施工中"),
    ProjectState.ACCEPTED: _l("已验收"),
    ProjectState.SETTLED: _l("已结算"),
    ProjectState.RETENTION: _l("质保期"),
    ProjectState.CLOSED: _l("已结项"),
    ProjectState.CANCELLED: _l("已取消"),
}
STEP_WORDS = {
    ProjectState.DRAFT: _l("提议"),
    ProjectState.COSTED: _l("估价"),
    ProjectState.PUBLICISED: _l("公示"),
    ProjectState.VOTING: _l("表决"),
    ProjectState.AGREED: _l("三方签约"),
    ProjectState.FUNDING: _l("筹款"),
    ProjectState.ACTIVE: _l("施工"),
    ProjectState.ACCEPTED: _l("验收"),
    ProjectState.SETTLED: _l("结算退余款"),
    ProjectState.RETENTION: _l("质保"),
    ProjectState.CLOSED: _l("结项"),
}
STATE_CHIPS = {
    **dict.fromkeys((ProjectState.DRAFT, ProjectState.COSTED), "waiting"),
    **dict.fromkeys((ProjectState.PUBLICISED, ProjectState.VOTING), "going"),
    **dict.fromkeys((ProjectState.AGREED, ProjectState.FUNDING, ProjectState.ACTIVE), "going"),
    **dict.fromkeys((ProjectState.ACCEPTED, ProjectState.SETTLED, ProjectState.CLOSED), "done"),
    ProjectState.RETENTION: "held",
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
    SpendingState.ENDORSED: _l("批过一次，等第二人批"),
    SpendingState.APPROVED: _l("已批，等付款"),
    SpendingState.PAID: _l("已付"),
    SpendingState.REFUSED: _l("已退回"),
    SpendingState.WITHDRAWN: _l("已撤回"),
}
SPENDING_CHIPS = {
    SpendingState.REQUESTED: "waiting",
    SpendingState.ENDORSED: "waiting",
    SpendingState.APPROVED: "held",
    SpendingState.PAID: "done",
    SpendingState.REFUSED: "off",
    SpendingState.WITHDRAWN: "off",
}
CHOICE_WORDS = {
    Choice.YES: _l("同意"),
    Choice.NO: _l("不同意"),
    Choice.ABSTAIN: _l("弃权"),
}
CHANNEL_WORDS = {
    Channel.PAGE: _l("网上"),
    Channel.PAPER: _l("纸质"),
    Channel.PROXY: _l("委托"),
}
VOTE_WORDS = {
    VoteState.OPEN: _l("表决中"),
    VoteState.PASSED: _l("通过"),
    VoteState.FAILED: _l("没有通过"),
}
VOTE_CHIPS = {VoteState.OPEN: "going", VoteState.PASSED: "done", VoteState.FAILED: "off"}
MATTER_WORDS = {
    Matter.ORDINARY: _l("一般事项（过半数）"),
    Matter.GRAVE: _l("重大事项（四分之三）"),
}
SUM_WORDS = {
    "area_quorum": _l("参加表决的面积"),
    "heads_quorum": _l("参加表决的户数"),
    "area_yes": _l("同意的面积"),
    "heads_yes": _l("同意的户数"),
}
RECEIVABLE_WORDS = {
    ReceivableState.OPEN: _l("未缴"),
    ReceivableState.PART_PAID: _l("缴了一部分"),
    ReceivableState.PAID: _l("已缴清"),
    ReceivableState.WAIVED: _l("已减免"),
    ReceivableState.CANCELLED: _l("已撤销"),
}
RECEIVABLE_CHIPS = {
    ReceivableState.OPEN: "waiting",
    ReceivableState.PART_PAID: "going",
    ReceivableState.PAID: "done",
    ReceivableState.WAIVED: "done",
    ReceivableState.CANCELLED: "off",
}
WAIVER_WORDS = {
    WaiverState.ASKED: _l("等批"),
    WaiverState.APPROVED: _l("已减免"),
    WaiverState.REFUSED: _l("不同意"),
}
MOVE_WORDS = {MoveKind.RELEASE: _l("退给施工方"), MoveKind.DEDUCT: _l("扣下")}
MOVE_STATE_WORDS = {
    MoveState.ASKED: _l("等批"),
    MoveState.DONE: _l("已办"),
    MoveState.REFUSED: _l("不同意"),
}
LAID_WORDS = {LaidBy.FLOOR_AREA: _l("按面积"), LaidBy.HOUSEHOLDS: _l("按户数")}
POLICY_WORDS = {
    "publicise_days": _l("公示天数"),
    "vote_free_fen": _l("不用表决的上限（元，且业主不出钱）"),
    "second_from_fen": _l("从多少元起要第二个人批"),
    "payee_wait_hours": _l("改收款人后等几小时"),
    "retention_permille": _l("质保金千分之几"),
    "defect_months": _l("质保几个月"),
    "before_acceptance_permille": _l("验收前最多付千分之几"),
    "overrun_permille": _l("超支千分之几以内不重新表决"),
    "disclosure_days": _l("账目公示至少几天"),
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
    "choice_words": CHOICE_WORDS,
    "channel_words": CHANNEL_WORDS,
    "vote_words": VOTE_WORDS,
    "vote_chips": VOTE_CHIPS,
    "matter_words": MATTER_WORDS,
    "sum_words": SUM_WORDS,
    "receivable_words": RECEIVABLE_WORDS,
    "receivable_chips": RECEIVABLE_CHIPS,
    "waiver_words": WAIVER_WORDS,
    "move_words": MOVE_WORDS,
    "move_state_words": MOVE_STATE_WORDS,
    "laid_words": LAID_WORDS,
    "policy_words": POLICY_WORDS,
    "area": area_text,
    "qr": qr_svg,
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


def cases_to_open(session: Session, case_ids: Collection[int]) -> set[int]:
    """Return those of some cases that lie within the reader's reach."""
    reach = current_actor().reach("case.read")
    grids = queries.case_grids(session, case_ids)
    return {case_id for case_id, grid_id in grids.items() if reach.covers(grid_id=grid_id)}


def papers(session: Session, view: ProjectView) -> dict[str, Any]:
    """Return what stands on a project's page beside its figures."""
    return {
        "lines": queries.cost_lines(session, view.id),
        "agreement": queries.agreement(session, view.id),
        "contributions": queries.contributions(session, project_id=view.id, limit=RECENT).items,
        "spending": bill_reads.spending_requests(
            session, community_id=view.community_id, project_id=view.id
        ).items,
        "votes": votes.votes_of(session, view.id),
        "objections": votes.objections(session, view.id),
        "household_sums": receivables.sums(session, view.id),
        "settlement": settlements.settlement(session, view.id),
        "moves": settlements.moves_of(session, view.id),
        "labour": sources.labour(session, view.id),
    }


def kept_document(session: Session, name: str = "document") -> int | None:
    """Keep the document sent with a form and return its id; None when there is none."""
    file = request.files.get(name)
    if file is None or not file.filename:
        return None
    return steps.keep_document(
        session, actor=current_actor(), content=file.read(), name=file.filename, field=name
    )


def back_to(project_id: int, notice: str) -> ResponseReturnValue:
    """Go back to the project with a notice."""
    return see_other(url_for(".project", project_id=project_id), notice)


def next_url(endpoint: str, cursor: str | None, **values: str | int | None) -> str | None:
    """Return the address of the next page, if there is one."""
    asked: dict[str, Any] = {"cursor": cursor, **values}  # Any: as Flask takes them
    return None if cursor is None else url_for(endpoint, **asked)
