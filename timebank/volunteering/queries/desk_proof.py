"""The proof of the desk: draws can be drawn again, approvals had their second, links agree."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.finding import Finding
from timebank.volunteering.models.desk import DeskRulesVersion, FirstApproval, RecordRisk
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.models.spot_checks import SpotCheck, SpotDraw
from timebank.volunteering.queries import spot_checks
from timebank.volunteering.rules import desk as rules
from timebank.volunteering.rules.desk import VALUES, DeskRules
from timebank.volunteering.rules.spot_checks import draw

BATCH = 500

RULE_DRAW = "a week's draw follows from its seed and the records approved in that week"
RULE_SECOND = "what reached a threshold was approved by two"
RULE_LINK = "a check and its record point at the same reversal"


def desk_findings(session: Session, community_id: int) -> Iterator[Finding]:
    """Yield what of the review desk of a community does not follow from its records."""
    yield from _draws(session, community_id)
    yield from _seconds(session, community_id)
    yield from _links(session, community_id)


def _draws(session: Session, community_id: int) -> Iterator[Finding]:
    """Yield the draws that come out otherwise when they are drawn again."""
    rows = session.scalars(
        select(SpotDraw).where(SpotDraw.community_id == community_id).order_by(SpotDraw.id)
    ).all()
    for row in rows:
        candidates = spot_checks.candidates(session, community_id=community_id, week_on=row.week_on)
        should = draw(candidates, seed=row.seed, percent=row.percent, least=row.least)
        kept = session.execute(
            select(SpotCheck.record_id, SpotCheck.drawn_by).where(SpotCheck.draw_id == row.id)
        )
        found = {record_id: drawn_by for record_id, drawn_by in kept}  # noqa: C416 - rows are no pairs
        told = (row.candidates, row.drawn, sorted(found.items()))
        right = (len(candidates), len(should), sorted(should.items()))
        if told != right:
            yield Finding(
                "spot_draw", f"id {row.id}", str(told), str(right), RULE_DRAW, community_id
            )


def _seconds(session: Session, community_id: int) -> Iterator[Finding]:
    """Yield the approved records that reached a threshold and have only one approval."""
    versions = session.scalars(
        select(DeskRulesVersion)
        .where(DeskRulesVersion.community_id == community_id)
        .order_by(DeskRulesVersion.in_force_on.desc(), DeskRulesVersion.version.desc())
    ).all()
    if not versions:
        return
    begun = min(row.set_at for row in versions)
    seconded = select(FirstApproval.id).where(
        FirstApproval.record_id == ServiceRecord.id,
        FirstApproval.state == "seconded",
        func.coalesce(FirstApproval.user_id, 0)
        != func.coalesce(ServiceRecord.approved_by_user_id, -1),
    )
    last_id = 0
    while True:
        rows = session.execute(
            select(
                ServiceRecord.id,
                ServiceRecord.approved_at,
                ServiceRecord.credited_minutes,
                func.coalesce(RecordRisk.points, 0),
            )
            .outerjoin(RecordRisk, RecordRisk.record_id == ServiceRecord.id)
            .where(
                ServiceRecord.community_id == community_id,
                ServiceRecord.id > last_id,
                ServiceRecord.approved_at >= begun,
                ~seconded.exists(),
            )
            .order_by(ServiceRecord.id)
            .limit(BATCH)
        ).all()
        if not rows:
            return
        last_id = rows[-1][0]
        for record_id, approved_at, credited, points in rows:
            desk = _held(versions, approved_at)
            if rules.needs_second(desk, credited_minutes=credited or 0, points=points):
                yield Finding(
                    "service_record", f"id {record_id}", "1", "2", RULE_SECOND, community_id
                )


def _held(versions: Sequence[DeskRulesVersion], moment: datetime | None) -> DeskRules:
    """Return what held at a moment: the latest version by its day that had been set by then."""
    if moment is None:
        return rules.DEFAULT_RULES
    day = clock.day_of(moment)
    for row in versions:
        if row.in_force_on <= day and row.set_at <= moment:
            return DeskRules(version=row.version, **{name: getattr(row, name) for name in VALUES})
    return rules.DEFAULT_RULES


def _links(session: Session, community_id: int) -> Iterator[Finding]:
    """Yield the checks whose reversal is not that of their record."""
    rows = session.execute(
        select(SpotCheck.id, SpotCheck.reversal_id, ServiceRecord.reversal_id)
        .join(ServiceRecord, ServiceRecord.id == SpotCheck.record_id)
        .where(
            SpotCheck.community_id == community_id,
            SpotCheck.reversal_id.is_not(None),
            func.coalesce(ServiceRecord.reversal_id != SpotCheck.reversal_id, True),
        )
        .order_by(SpotCheck.id)
    )
    for check_id, told, right in rows:
        yield Finding(
            "spot_check", f"id {check_id}", str(told), str(right), RULE_LINK, community_id
        )
