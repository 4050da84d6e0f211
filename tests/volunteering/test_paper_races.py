"""Two printers, two issuers and two exporters at once, on databases where commits are real."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.make.real import ENGINES, real_app
from tests.make.volunteering import DAY, NOW, Street, make_approved, make_street
from timebank.kernel import clock, ids
from timebank.kernel.db import read_only, transaction
from timebank.kernel.errors import DomainError
from timebank.volunteering.models.certificates import ServiceCertificate
from timebank.volunteering.models.passbook_prints import PassbookLine
from timebank.volunteering.rules.certificates import Wanted
from timebank.volunteering.service import certificates, passbook_prints, registers

WRITERS = 4


def _at_once(app: Flask, work: Callable[[Session], object]) -> list[str]:
    """Run the work in several threads at the same moment; return each one's outcome."""
    barrier = Barrier(WRITERS)

    def one(_number: int) -> str:
        with app.app_context(), clock.fixed_at(NOW):
            barrier.wait()
            try:
                transaction(work)
            except DomainError as refusal:
                return refusal.code
            return "done"

    with ThreadPoolExecutor(WRITERS) as pool:
        return sorted(pool.map(one, range(WRITERS)))


def _street(app: Flask) -> tuple[Street, int]:
    """Return a committed community with a served volunteer and a booklet."""

    def build(session: Session) -> tuple[Street, int]:
        street = make_street(session)
        make_approved(session, street)
        booklet_id = passbook_prints.hand_out_booklet(
            session, actor=street.officer, person_id=street.volunteer_person.id, serial="A1"
        )
        return street, booklet_id

    with app.app_context(), clock.fixed_at(NOW):
        return transaction(build)


def _read(app: Flask, wanted: Any) -> list[Any]:  # Any: whatever is selected
    with app.app_context():
        return read_only(lambda session: list(session.scalars(wanted)))


@pytest.mark.parametrize("engine_name", ENGINES)
def test_of_those_who_act_at_once_one_wins_and_no_number_is_lost(engine_name: str) -> None:
    with real_app(engine_name) as app:
        street, booklet_id = _street(app)

        printed = _at_once(
            app,
            lambda session: passbook_prints.print_on(
                session,
                actor=street.officer,
                key=ids.new_id(),
                booklet_id=booklet_id,
                expected_sequence=1,
            ),
        )
        assert printed == ["done", *["printed_meanwhile"] * (WRITERS - 1)]
        assert _read(app, select(PassbookLine.position)) == [1]

        year = Wanted(since_on=DAY.replace(day=1), through_on=DAY)
        issued = _at_once(
            app,
            lambda session: certificates.issue(
                session, actor=street.volunteer, key=ids.new_id(), wanted=year, check_base="/c/"
            ),
        )
        assert issued == ["done"] * WRITERS
        numbers = _read(app, select(ServiceCertificate.number).order_by(ServiceCertificate.id))
        assert sorted(numbers) == [1, 2, 3, 4]

        exported = _at_once(
            app,
            lambda session: registers.make_batch(
                session,
                actor=street.admin,
                key=ids.new_id(),
                since_on=DAY,
                through_on=DAY,
                reason="报送",
            ),
        )
        assert exported == ["done", *["nothing_to_export"] * (WRITERS - 1)]
