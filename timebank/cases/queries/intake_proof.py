"""The proof of how cases came in and who got them: each row against its case and its rules."""

from collections.abc import Iterator
from typing import Any  # selects of various rows

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from timebank.cases.models.cases import CaseFile
from timebank.cases.models.intake import CaseIntake
from timebank.cases.models.reporters import CaseAnswer, CaseReporter
from timebank.cases.models.routing import CaseRoute, RoutingRule, RoutingVersion
from timebank.kernel.finding import Finding

RULE_INTAKE = "how a case came in is written at the moment of its registration, in its community"
RULE_REPORTER = "a reporter reports when the case is registered, or joins later, in its community"
RULE_FIRST = "whom a case names as its reporter is among its reporters"
RULE_ANSWER = "an answer is of its reporter's case and of a round that was begun"
RULE_ROUTE = "a case is given out by a rule of a version that was switched on, or by none"


def findings(session: Session, community_id: int | None = None) -> Iterator[Finding]:
    """Yield every row of intake and routing that does not follow."""
    for table, rule, wanted in _questions():
        here = wanted if community_id is None else wanted.where(_of(community_id))
        for number, case_id, is_value, should_be in session.execute(here):
            name = f"{number} (id {case_id})"
            yield Finding(table, name, str(is_value), str(should_be), rule)


def _of(community_id: int) -> ColumnElement[bool]:
    """Return the condition that a case is of a community."""
    return CaseFile.community_id == community_id


def _questions() -> Iterator[tuple[str, str, Select[Any]]]:
    """Yield what is asked of each table: number, case, value, and what it should be."""
    yield "case_intake", RULE_INTAKE, _intakes()
    yield "case_reporter", RULE_REPORTER, _reporters()
    yield "case_file", RULE_FIRST, _first_reporters()
    yield "case_answer", RULE_ANSWER, _answers()
    yield "case_route", RULE_ROUTE, _routes()


def _intakes() -> Select[Any]:
    """Select rows of intake that are of another moment or community than their case."""
    return (
        select(CaseFile.number, CaseFile.id, CaseIntake.recorded_at, CaseFile.registered_at)
        .join(CaseIntake, CaseIntake.case_id == CaseFile.id)
        .where(
            or_(
                CaseIntake.recorded_at != CaseFile.registered_at,
                CaseIntake.community_id != CaseFile.community_id,
            )
        )
    )


def _reporters() -> Select[Any]:
    """Select reporters who came before their case, or are of another community."""
    return (
        select(CaseFile.number, CaseFile.id, CaseReporter.joined_at, CaseFile.registered_at)
        .join(CaseReporter, CaseReporter.case_id == CaseFile.id)
        .where(
            or_(
                CaseReporter.joined_at < CaseFile.registered_at,
                CaseReporter.community_id != CaseFile.community_id,
            )
        )
    )


def _first_reporters() -> Select[Any]:
    """Select cases whose named reporter is not among their reporters."""
    known = (
        select(CaseReporter.id)
        .where(
            CaseReporter.case_id == CaseFile.id,
            CaseReporter.person_id == CaseFile.reporter_person_id,
        )
        .exists()
    )
    return (
        select(CaseFile.number, CaseFile.id, CaseFile.reporter_person_id, literal("a reporter"))
        .join(CaseIntake, CaseIntake.case_id == CaseFile.id)
        .where(CaseFile.reporter_person_id.is_not(None), ~known)
    )


def _answers() -> Select[Any]:
    """Select answers of another case than their reporter's, or of a round that never began."""
    master = aliased(CaseFile)
    return (
        select(CaseFile.number, CaseFile.id, CaseAnswer.round, CaseFile.round)
        .join(CaseAnswer, CaseAnswer.case_id == CaseFile.id)
        .join(CaseReporter, CaseReporter.id == CaseAnswer.reporter_id)
        .outerjoin(master, master.id == CaseFile.master_id)
        .where(
            or_(
                CaseReporter.case_id != CaseAnswer.case_id,
                and_(
                    CaseAnswer.round > CaseFile.round,
                    CaseAnswer.round > func.coalesce(master.round, 0),
                    CaseFile.master_id.is_not(None),
                ),
            )
        )
    )


def _routes() -> Select[Any]:
    """Select cases that were given out by a rule that there is not, or before their time."""
    rule = (
        select(RoutingRule.id)
        .join(RoutingVersion, RoutingVersion.id == RoutingRule.version_id)
        .where(
            RoutingVersion.community_id == CaseRoute.community_id,
            RoutingVersion.version == CaseRoute.version,
            RoutingVersion.on_at.is_not(None),
            RoutingRule.position == CaseRoute.position,
        )
        .exists()
    )
    return (
        select(CaseFile.number, CaseFile.id, CaseRoute.position, CaseRoute.version)
        .join(CaseRoute, CaseRoute.case_id == CaseFile.id)
        .where(
            or_(
                CaseRoute.routed_at < CaseFile.registered_at,
                CaseRoute.community_id != CaseFile.community_id,
                and_(CaseRoute.position.is_not(None), ~rule),
            )
        )
    )
