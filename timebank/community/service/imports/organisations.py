"""The list of organisations: one line for each, known by its kind and name."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from timebank.community import errors
from timebank.community.models import Organisation
from timebank.community.rules import OrganisationKind
from timebank.community.service.imports.plan import Change, Findings, Plan, settle
from timebank.community.service.imports.sheet import Column, Line

KINDS = {
    "经济合作社": OrganisationKind.COOPERATIVE,
    "合作社": OrganisationKind.COOPERATIVE,
    "共富公司": OrganisationKind.COMPANY,
    "公司": OrganisationKind.COMPANY,
    "物业企业": OrganisationKind.PROPERTY_FIRM,
    "物业": OrganisationKind.PROPERTY_FIRM,
    "养老服务中心": OrganisationKind.CARE_CENTRE,
    "助老食堂": OrganisationKind.CANTEEN,
    "食堂": OrganisationKind.CANTEEN,
    "警务室": OrganisationKind.POLICE_ROOM,
    "部门": OrganisationKind.DEPARTMENT,
    "委员会": OrganisationKind.COMMITTEE,
}
COLUMNS = (
    Column("kind", "类型", ("类别", "单位类型"), is_required=True, example="部门"),
    Column(
        "name", "名称", ("单位名称", "单位", "机构名称"), is_required=True, example="社区警务室"
    ),
    Column("contact", "联系方式", ("联系人", "联系电话", "电话"), hint="办公电话，可以不填"),
)

_Key = tuple[OrganisationKind, str]


def plan(session: Session, *, community_id: int, lines: Sequence[Line]) -> Plan:
    """Compare a list of organisations with those known."""
    rows = session.scalars(select(Organisation).where(Organisation.community_id == community_id))
    known = {(OrganisationKind(row.kind), row.name): row for row in rows}
    findings, draft = Findings(COLUMNS), dict[_Key, tuple[int, str]]()
    for line in lines:
        kind = findings.choice(line, "kind", KINDS)
        name = findings.text(line, "name")
        contact = findings.text(line, "contact", chars_max=80)
        if kind is None or not name or not findings.is_clean(line):
            continue
        if (kind, name) in draft:
            findings.refuse(line, "name", errors.LineTwiceError(first=draft[kind, name][0]))
            continue
        draft[kind, name] = (line.number, contact)
        findings.note(line, _change(known.get((kind, name)), contact), name)
    return settle(findings, partial(_write, community_id=community_id, known=known, draft=draft))


def _change(row: Organisation | None, contact: str) -> Change:
    """Return what a line does; a blank contact leaves the known one."""
    if row is None:
        return Change.NEW
    return Change.CHANGED if contact and contact != row.contact else Change.UNCHANGED


def _write(
    session: Session,
    *,
    community_id: int,
    known: dict[_Key, Organisation],
    draft: dict[_Key, tuple[int, str]],
) -> None:
    """Write the draft."""
    new: list[dict[str, Any]] = [  # Any: column values of several types
        {"community_id": community_id, "kind": kind, "name": name, "contact": contact}
        for (kind, name), (_, contact) in draft.items()
        if (kind, name) not in known
    ]
    if new:
        session.execute(insert(Organisation), new)
    for key, (_, contact) in draft.items():
        row = known.get(key)
        if row is not None and contact and contact != row.contact:
            session.execute(
                update(Organisation).where(Organisation.id == row.id).values(contact=contact)
            )
