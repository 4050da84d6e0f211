"""Eight people at once with the same file: one copy, on databases where commits are real."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from functools import partial
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.make import bank as make
from tests.make.cofund import Office, make_office
from tests.make.real import ENGINES, real_app
from timebank.bank import errors, verify
from timebank.bank.models.statements import BankLine
from timebank.bank.queries import claims as lines
from timebank.bank.queries import closings
from timebank.bank.queries import statements as queries
from timebank.bank.rules.claims import Purpose
from timebank.bank.rules.closing import month_end
from timebank.bank.service import claiming, closing, imports
from timebank.kernel import clock
from timebank.kernel.db import read_only, transaction
from timebank.kernel.errors import DomainError
from timebank.ledger.queries import periods

NOW = clock.at_local(date(2026, 11, 28), datetime.min.time())
MARCH = date(2026, 3, 1)
WRITERS = 8
MADE = make.moves(126_000, -50_000, 126_000, 126_000, 8_802_000, -376_236)
CONTENT = make.csv_file(make.marked_rows(MADE))


def at_once(app: Flask, office: Office, ids: list[int]) -> list[str]:
    """Confirm imports in several threads at the same moment; return each one's outcome."""
    barrier = Barrier(len(ids))

    def one(import_id: int) -> str:
        with app.app_context(), clock.fixed_at(NOW):
            barrier.wait()
            try:
                done = transaction(
                    lambda session: imports.confirm(
                        session, actor=office.finance, import_id=import_id
                    )
                )
            except DomainError as refusal:
                return refusal.code
            return str(done.new_count)

    with ThreadPoolExecutor(len(ids)) as pool:
        return sorted(pool.map(one, ids))


@pytest.mark.parametrize("engine_name", ENGINES)
def test_eight_import_the_same_file_and_one_copy_stands(engine_name: str) -> None:
    with real_app(engine_name) as app:
        with app.app_context(), clock.fixed_at(NOW):
            office = transaction(make_office)
            account_id = transaction(lambda session: make.make_account(session, office.admin))
            staged = [
                transaction(
                    lambda session: imports.stage(
                        session,
                        actor=office.finance,
                        account_id=account_id,
                        content=CONTENT,
                        file_name="同一份.csv",
                    )
                ).id
                for _ in range(WRITERS)
            ]

        outcomes = at_once(app, office, staged)
        again = at_once(app, office, staged[:1])

        assert outcomes == ["0"] * (WRITERS - 1) + [str(len(MADE))]
        assert again == [errors.BankImportSettledError.code]
        with app.app_context():
            count = select(func.count()).select_from(BankLine)
            assert read_only(lambda session: session.scalar(count)) == len(MADE) + 1
            assert read_only(lambda session: list(verify.findings(session))) == []
            view = read_only(lambda session: queries.accounts(session, office.community_id))[0]
        assert (view.balance_fen, view.unclaimed_fen) == (MADE[-1].balance,) * 2


@pytest.mark.parametrize("engine_name", ENGINES)
def test_an_import_and_a_match_at_the_moment_of_closing_leave_nothing_half_in(
    engine_name: str,
) -> None:
    with real_app(engine_name) as app:
        with app.app_context(), clock.fixed_at(NOW):
            office = transaction(make_office)
            account_id = transaction(lambda session: make.make_account(session, office.admin))
            transaction(
                lambda session: make.bring_in(
                    session, office.finance, account_id, make.csv_file(make.marked_rows(MADE[:2]))
                )
            )
            waiting = read_only(
                lambda session: lines.waiting_lines(session, community_id=office.community_id)
            ).items
            book_id = read_only(lambda session: closings.books(session, office.community_id))[0].id
            for line in waiting:
                transaction(partial(_waive, office=office, book_id=book_id, line_id=line.id))
            staged = transaction(
                lambda session: imports.stage(
                    session, actor=office.finance, account_id=account_id,
                    content=make.csv_file(make.marked_rows(MADE)), file_name="后半.csv",
                )
            ).id  # fmt: skip

        tries: list[Callable[..., object]] = [
            partial(imports.confirm, actor=office.finance, import_id=staged),
            partial(closing.close_month, actor=office.admin, book_id=book_id, month=MARCH),
            partial(
                claiming.claim_plain, actor=office.finance, line_id=waiting[0].id,
                purpose=Purpose.OPENING, expected_version=waiting[0].version,
            ),
        ]  # fmt: skip
        outcomes = _together(app, tries)

        with app.app_context():
            closed = read_only(
                lambda session: closings.closed_months(session, community_id=office.community_id)
            )
            left = read_only(
                lambda session: periods.count_without_voucher(session, book_id, month_end(MARCH))
            )
            assert read_only(lambda session: list(verify.findings(session))) == []
        assert bool(closed) == (outcomes[1] == "done"), outcomes
        assert not closed or left == 0, "nothing without a number in a closed month"


def _waive(session: Session, *, office: Office, book_id: int, line_id: int) -> None:
    closing.waive_line(
        session, actor=office.admin, book_id=book_id, line_id=line_id, month=MARCH, reason="待查"
    )


def _together(app: Flask, tries: list[Callable[..., object]]) -> list[str]:
    """Run each try in its own transaction at the same moment; return each one's outcome."""
    barrier = Barrier(len(tries))

    def run(work: Callable[..., object]) -> str:
        with app.app_context(), clock.fixed_at(NOW):
            barrier.wait()
            try:
                transaction(work)
            except DomainError as refusal:
                return refusal.code
            return "done"

    with ThreadPoolExecutor(len(tries)) as pool:
        return list(pool.map(run, tries))
