"""What the worker does for care again and again, by the name of the job."""

from collections.abc import Callable, Mapping

from sqlalchemy.orm import Session

from timebank.care.service import benefits, booking_ends, tidings, vouchers, waiting

JOBS: Mapping[str, Callable[[Session, Mapping[str, object]], None]] = {
    tidings.JOB: tidings.remind_of_bookings,
    vouchers.JOB: vouchers.end_overdue_everywhere,
    vouchers.REMIND_JOB: vouchers.remind_of_endings,
    booking_ends.JOB: booking_ends.close_missed_everywhere,
    waiting.JOB: waiting.pass_offers,
    benefits.JOB: benefits.end_promised,
}
