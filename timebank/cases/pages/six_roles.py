"""The page of the six roles: every micro-grid, who is missing, who is away, what waits."""

from io import BytesIO

from flask import render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from timebank.cases.pages.cases import bp
from timebank.cases.queries import six_roles as queries
from timebank.cases.schemas.six_roles import BoardIn, BoardPageIn
from timebank.cases.service import six_roles_file
from timebank.community import queries as community_queries
from timebank.community.rules import SixRole
from timebank.kernel import clock
from timebank.web.doors import current_actor, needs, query, reads

_SHEETS = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROLE_WORDS = {
    SixRole.GRID_OFFICER: lazy_gettext("网格员"),
    SixRole.PROPERTY_STEWARD: lazy_gettext("物业管家"),
    SixRole.BUILDING_HEAD: lazy_gettext("楼长"),
    SixRole.COOP_CADRE: lazy_gettext("经合社干部"),
    SixRole.PARTY_VOLUNTEER: lazy_gettext("党员志愿者"),
    SixRole.RESIDENT_REPRESENTATIVE: lazy_gettext("居民代表"),
}
_HEADS = {
    "board": lazy_gettext("六员一张表"),
    "sums": lazy_gettext("合计"),
    "role": lazy_gettext("角色"),
    "seats": lazy_gettext("位子"),
    "grid": lazy_gettext("网格"),
    "unit": lazy_gettext("微网格"),
    "vacant": lazy_gettext("空缺"),
    "households": lazy_gettext("户"),
    "people": lazy_gettext("人"),
    "open_cases": lazy_gettext("在办案件"),
    "late_cases": lazy_gettext("超时案件"),
    "key_people": lazy_gettext("重点照看"),
    "away": lazy_gettext("休假"),
    "no_deputy": lazy_gettext("没人代"),
    "is_vacant": lazy_gettext("空缺"),
}
# Those of the grid stand above its table, the others in it.
OF_GRID = (SixRole.GRID_OFFICER, SixRole.PROPERTY_STEWARD)
OF_DOORS = tuple(role for role in SixRole if role not in OF_GRID)


def say(code: object) -> str:
    """Return the word for a role or a head of the workbook."""
    if isinstance(code, SixRole):
        return str(ROLE_WORDS[code])
    return str(_HEADS[str(code)])


@bp.get("/six-roles")
@needs("community.read")
@reads
def six_roles(session: Session) -> ResponseReturnValue:
    """Show every micro-grid with its six roles."""
    actor, asked = current_actor(), query(BoardPageIn())
    opened = asked.pop("opened")
    kept = {name: value for name, value in request.args.items() if name != "opened"}
    return render_template(
        "cases/six_roles.html",
        board=queries.board(session, actor=actor, **asked),
        asked=asked,
        opened=opened,
        kept=kept,
        grids=community_queries.grids(session, actor.community_id),
        role_words=ROLE_WORDS,
        of_grid=OF_GRID,
        of_doors=OF_DOORS,
    )


@bp.get("/six-roles/export.xlsx")
@needs("community.read")
@reads
def six_roles_export(session: Session) -> ResponseReturnValue:
    """Hand out the board as a workbook."""
    board = queries.board(session, actor=current_actor(), **query(BoardIn()))
    name = f"{_('六员一张表')} {clock.today().isoformat()}.xlsx"
    content = BytesIO(six_roles_file.workbook(board, say=say))
    return send_file(content, mimetype=_SHEETS, as_attachment=True, download_name=name)
