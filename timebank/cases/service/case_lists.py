"""Lists of cases from above: read safely, shown, entered when confirmed; again without harm."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePath

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from timebank.cases.errors import intake as errors
from timebank.cases.models.cases import CaseFile
from timebank.cases.models.intake import CaseIntake, CaseList
from timebank.cases.queries.case_lists import CaseListView, ListedCase, list_view, settled
from timebank.cases.rules import case_lists as rules
from timebank.cases.rules.case_lists import CaseListState
from timebank.cases.rules.flow import Category, Source
from timebank.cases.rules.intake import CATEGORY_NAMES, IntakeChannel
from timebank.cases.service import intake as intake_service
from timebank.cases.service.intake import Intake
from timebank.community import errors as community_errors
from timebank.community import queries as community_queries
from timebank.community.service.imports import sheet
from timebank.community.service.imports.plan import Findings, LineProblem
from timebank.community.service.imports.sheet import Column, Line
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.trail import service as trail

COLUMNS = (
    Column("number", "编号", ("案件编号", "工单编号", "任务编号", "工单号"), is_required=True,
           hint="上级的编号，同一个编号只登记一次", example="DB2026-1107"),
    Column("title", "标题", ("事项", "主题", "问题"), is_required=True, example="环路东段井盖松动"),
    Column("description", "内容", ("问题描述", "描述", "诉求内容", "说明"), hint="可不填"),
    Column("category", "类别", ("问题类别", "类型", "事项类别"), is_required=True,
           hint="、".join(CATEGORY_NAMES.values()), example="公共设施"),
    Column("building", "楼号", ("楼", "楼栋"), is_required=True, hint="不在楼里的，写最近的楼",
           example="3"),
    Column("unit", "单元", ("单元号",), is_required=True, example="2"),
    Column("place", "具体地点", ("地点", "地址", "位置"), hint="可不填", example="环路东段"),
    Column("origin", "交办单位", ("来源单位", "下派单位", "派单单位"), example="街道综合执法队"),
    Column("urgent", "急不急", ("紧急程度", "是否紧急", "紧急"), hint="急事写“急”", example=""),
)  # fmt: skip
_CATEGORIES = {name: category for category, name in CATEGORY_NAMES.items()}
_URGENT = {"急": True, "紧急": True, "特急": True, "是": True, "不急": False, "一般": False,
           "否": False}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a list would do: new cases by line, those known, and what is wrong."""

    new: Sequence[tuple[Line, Intake]]
    known: Sequence[ListedCase]
    problems: Sequence[LineProblem]
    unused_titles: Sequence[str]

    @property
    def wrong_count(self) -> int:
        """How many lines are wrong."""
        return len({one.line for one in self.problems})


def stage_list(session: Session, *, actor: Actor, content: bytes, file_name: str) -> CaseListView:
    """Keep an uploaded list until it is confirmed, and show what it would do.

    Raises:
        InvalidError: the file itself cannot be used.
    """
    _discard_old(session, community_id=actor.community_id)
    plan = _plan(session, actor=actor, content=content)
    row = CaseList(
        community_id=actor.community_id,
        state=CaseListState.STAGED,
        file_name=PurePath(file_name.replace("\\", "/")).name[:120] or "cases.xlsx",
        digest=hashlib.sha256(content).hexdigest(),
        content=base64.b64encode(content).decode(),
        new_count=len(plan.new),
        known_count=len(plan.known),
        wrong_count=plan.wrong_count,
        case_ids=[],
        staged_by_user_id=actor.user_id,
        staged_by_name=actor.name,
        staged_at=clock.now(),
        settled_at=None,
    )
    session.add(row)
    session.flush()
    return _shown(row, plan)


def staged_list(session: Session, *, actor: Actor, list_id: int) -> CaseListView:
    """Return what a staged list would do as things stand now; of a settled one, what it did.

    Raises:
        CaseFileNotFoundError: the community has none such.
    """
    row = _row(session, actor, list_id)
    if row.content is None:
        return settled(session, row)
    return _shown(row, _plan(session, actor=actor, content=base64.b64decode(row.content)))


def confirm_list(session: Session, *, actor: Actor, list_id: int) -> CaseListView:
    """Enter the new cases of a staged list, all or none, and wipe the file; known ones stay.

    Raises:
        CaseFileNotFoundError, CaseFileSettledError
        CaseFileWrongError: some lines are wrong.
        CaseFileEmptyError: every line has its case already.
    """
    row = _row(session, actor, list_id, for_update=True)
    if row.content is None:
        raise errors.CaseFileSettledError
    plan = _plan(session, actor=actor, content=base64.b64decode(row.content))
    if plan.problems:
        raise errors.CaseFileWrongError(count=plan.wrong_count)
    if not plan.new:
        raise errors.CaseFileEmptyError
    made = [
        intake_service.register_case(session, actor=actor, intake=intake) for _, intake in plan.new
    ]
    row.case_ids = [one.id for one in made]
    row.new_count, row.known_count, row.wrong_count = len(made), len(plan.known), 0
    _settle(row, CaseListState.CONFIRMED)
    session.flush()
    _leave_trail(session, actor, "import_cases", row)
    return settled(session, row)


def discard_list(session: Session, *, actor: Actor, list_id: int) -> CaseListView:
    """Throw a staged list away.

    Raises:
        CaseFileNotFoundError, CaseFileSettledError
    """
    row = _row(session, actor, list_id, for_update=True)
    if row.content is None:
        raise errors.CaseFileSettledError
    _settle(row, CaseListState.DISCARDED)
    session.flush()
    _leave_trail(session, actor, "discard_case_list", row)
    return settled(session, row)


def _plan(session: Session, *, actor: Actor, content: bytes) -> _Plan:
    """Read a file and compare it with the cases that have numbers from above."""
    read = sheet.read(content, columns=COLUMNS)
    findings = Findings(COLUMNS)
    known_numbers = _known_numbers(session, actor.community_id, read.lines)
    places = {
        (one.building_no, one.unit_no): one.id
        for one in community_queries.micro_grids(session, actor.community_id)
    }
    new: list[tuple[Line, Intake]] = []
    known: list[ListedCase] = []
    first_line: dict[str, int] = {}
    for line in read.lines[: rules.LINES_MAX]:
        number = findings.text(line, "number")
        if number and number in first_line:
            twice = community_errors.LineTwiceError(first=first_line[number])
            findings.refuse(line, "number", twice)
            continue
        first_line[number] = line.number
        if number in known_numbers:
            known.append(known_numbers[number])
            continue
        intake = _intake(findings, line, number, places)
        if intake is not None and findings.is_clean(line):
            new.append((line, intake))
    for line in read.lines[rules.LINES_MAX :]:
        findings.refuse(line, "number", errors.TooManyCasesError(limit=rules.LINES_MAX))
        break
    return _Plan(new, known, findings.problems, read.unused_titles)


def _intake(
    findings: Findings, line: Line, number: str, places: Mapping[tuple[int, int], int]
) -> Intake | None:
    """Return what a line says; None when something is wrong, which the findings hold."""
    title = findings.text(line, "title", chars_max=80)
    description = findings.text(line, "description", chars_max=500)
    category = findings.choice(line, "category", _CATEGORIES)
    building_no = findings.place_number(line, "building")
    unit_no = findings.place_number(line, "unit")
    place_text = findings.text(line, "place", chars_max=80)
    origin = findings.text(line, "origin", chars_max=80)
    is_urgent = findings.choice(line, "urgent", _URGENT) or False
    if building_no is None or unit_no is None or category is None or not title:
        return None
    micro_grid_id = places.get((building_no, unit_no))
    if micro_grid_id is None:
        missing = community_errors.PlaceUnknownError(given=f"{building_no}号楼 {unit_no}单元")
        findings.refuse(line, "unit", missing)
        return None
    return Intake(
        source=Source.ASSIGNED,
        category=Category(category),
        title=title,
        description=description or title,
        micro_grid_id=micro_grid_id,
        place_text=place_text,
        origin=f"{origin} {number}".strip()[:80],
        is_urgent=is_urgent,
        channel=IntakeChannel.FILE,
        external_number=number,
    )


def _known_numbers(
    session: Session, community_id: int, lines: Sequence[Line]
) -> dict[str, ListedCase]:
    """Return the cases that have one of the list's numbers."""
    numbers = {line.text("number") for line in lines}
    rows = session.execute(
        select(CaseIntake.external_number, CaseFile.id, CaseFile.number, CaseFile.title)
        .join(CaseFile, CaseFile.id == CaseIntake.case_id)
        .where(CaseIntake.community_id == community_id, CaseIntake.external_number.in_(numbers))
    )
    return {
        ext or "": ListedCase(ext or "", title, case_id, no) for ext, case_id, no, title in rows
    }


def _shown(row: CaseList, plan: _Plan) -> CaseListView:
    """Return a staged list with what it would do."""
    new = [ListedCase(intake.external_number or "", intake.title) for _, intake in plan.new]
    return list_view(
        row,
        cases=new[: rules.LINES_SHOWN_MAX],
        known=list(plan.known)[: rules.LINES_SHOWN_MAX],
        problems=list(plan.problems)[: rules.PROBLEMS_SHOWN_MAX],
        unused_titles=list(plan.unused_titles),
        counts=(len(plan.new), len(plan.known), plan.wrong_count),
    )


def _row(session: Session, actor: Actor, list_id: int, *, for_update: bool = False) -> CaseList:
    """Return a list of the actor's community, locked when it is about to change."""
    wanted = select(CaseList).where(
        CaseList.id == list_id, CaseList.community_id == actor.community_id
    )
    row = session.scalar(wanted.with_for_update() if for_update else wanted)
    if row is None:
        raise errors.CaseFileNotFoundError
    return row


def _settle(row: CaseList, state: CaseListState) -> None:
    """Close a list and wipe its file."""
    row.state, row.content, row.settled_at = state, None, clock.now()


def _discard_old(session: Session, *, community_id: int) -> None:
    """Wipe the lists that nobody confirmed in time."""
    session.execute(
        update(CaseList)
        .where(
            CaseList.community_id == community_id,
            CaseList.state == CaseListState.STAGED,
            CaseList.staged_at < clock.now() - timedelta(hours=rules.STAGED_HOURS_MAX),
        )
        .values(state=CaseListState.DISCARDED, content=None, settled_at=clock.now())
    )


def _leave_trail(session: Session, actor: Actor, action: str, row: CaseList) -> None:
    """Note the act in the community's trail: counts and the file's digest."""
    trail.record(
        session,
        actor=actor,
        action=f"cases.{action}",
        subject_type="case_list",
        subject_id=row.id,
        facts={"new": row.new_count, "known": row.known_count, "sha256": row.digest},
    )
