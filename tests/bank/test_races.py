"""Eight people at once with the same file: one copy, on databases where commits are real."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.make import bank as make
from tests.make.cofund import Office, make_office
from tests.make.real import ENGINES, real_app
from timebank.bank import errors, verify
from timebank.bank.models.statements import BankLine
from timebank.bank.queries import statements as queries
from timebank.bank.service import imports
from timebank.kernel import clock
from timebank.kernel.db import read_only, transaction
from timebank.kernel.errors import DomainError

NOW = clock.at_local(date(2026, 11, 28), datetime.min.time())
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
