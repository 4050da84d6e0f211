"""States of a job, how long to wait before the next try, and what is done again and again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class State(StrEnum):
    """Where a job stands: queued → running → done, or back to queued, or parked."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    PARKED = "parked"


TRIES_MAX = 5
LEASE = timedelta(minutes=5)
KEPT_AFTER_DONE = timedelta(days=30)
POLL_SECONDS = 2.0
ERROR_LENGTH_MAX = 500


@dataclass(frozen=True, slots=True)
class Periodic:
    """A job that comes again every so often."""

    name: str
    every: timedelta


SCHEDULE = (
    Periodic("ledger.expire_holds", timedelta(minutes=10)),
    Periodic("ledger.seal", timedelta(days=1)),
    Periodic("ledger.fold", timedelta(minutes=10)),
    Periodic("ledger.verify", timedelta(days=1)),
    Periodic("cases.rebase_everywhere", timedelta(days=1)),
    Periodic("cases.forget_reporters", timedelta(days=1)),
    Periodic("cofund.remind", timedelta(hours=6)),
    Periodic("cofund.retention", timedelta(hours=6)),
    Periodic("cases.remind_everywhere", timedelta(minutes=5)),
    Periodic("deliberation.remind", timedelta(hours=6)),
    Periodic("care.remind_of_bookings", timedelta(hours=1)),
    Periodic("outreach.remind", timedelta(hours=6)),
    Periodic("care.close_missed", timedelta(hours=6)),
    Periodic("care.end_vouchers", timedelta(hours=1)),
    Periodic("care.pass_offers", timedelta(minutes=10)),
    Periodic("care.remind_of_vouchers", timedelta(hours=6)),
    Periodic("volunteering.expire", timedelta(hours=6)),
    Periodic("volunteering.month_notices", timedelta(hours=6)),
    Periodic("volunteering.close_forgotten", timedelta(minutes=10)),
    Periodic("volunteering.remind_of_tasks", timedelta(hours=1)),
    Periodic("volunteering.close_past", timedelta(hours=1)),
    Periodic("volunteering.continue_needs", timedelta(hours=6)),
    Periodic("volunteering.roll_months", timedelta(hours=6)),
    Periodic("volunteering.score_risk", timedelta(minutes=1)),
    Periodic("volunteering.draw_checks", timedelta(hours=6)),
    Periodic("volunteering.lapse_rights", timedelta(hours=6)),
    Periodic("volunteering.lapse_transfers", timedelta(hours=6)),
    Periodic("volunteering.make_sheets", timedelta(hours=6)),
    Periodic("volunteering.move_people", timedelta(hours=1)),
    Periodic("volunteering.remind_of_leavings", timedelta(hours=6)),
    Periodic("reports.keep_case_months_everywhere", timedelta(minutes=10)),
    Periodic("notices.deliver", timedelta(minutes=1)),
    Periodic("notices.tell_weekly", timedelta(hours=6)),
    Periodic("notices.drop_old", timedelta(days=1)),
    Periodic("access.sweep", timedelta(hours=6)),
    Periodic("jobs.sweep", timedelta(days=1)),
    Periodic("web.sweep_keys", timedelta(days=1)),
)


def period_key(periodic: Periodic, moment: datetime) -> str:
    """Return the key of the turn in which a moment falls; one turn, one key."""
    turn = int(moment.timestamp()) // int(periodic.every.total_seconds())
    return f"{periodic.name}:{turn}"


def wait_before_next(tries: int) -> timedelta:
    """Return the pause after so many failed tries: 10 s, 40 s, 160 s, and so on."""
    return timedelta(seconds=10 * 4 ** (tries - 1))


def state_after_failure(tries: int) -> State:
    """Return where a job goes that has failed so many times."""
    return State.PARKED if tries >= TRIES_MAX else State.QUEUED
