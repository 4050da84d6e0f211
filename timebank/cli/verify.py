"""The proof of everything stored: each room derives its own again and names what disagrees."""

import time
from itertools import islice

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from timebank.bank import verify as bank_verify
from timebank.care.verify import bookings as bookings_verify
from timebank.care.verify import settlements as settlements_verify
from timebank.cases.queries import verify as cases_verify
from timebank.cofund.verify import claims as claims_verify
from timebank.cofund.verify import life as cofund_verify
from timebank.kernel import db
from timebank.kernel.errors import UnavailableError
from timebank.kernel.finding import Finding
from timebank.ledger.verify import proof as ledger_verify
from timebank.reports import verify as reports_verify
from timebank.volunteering import verify as hours_verify

# What can be proved, in the order in which it is: name and findings(session, community_id).
CHECKS = (
    ("账本 / ledger", ledger_verify.findings),
    ("时间 / hours", hours_verify.findings),
    ("预约 / bookings", bookings_verify.findings),
    ("银行 / bank", bank_verify.findings),
    ("认领 / claims", claims_verify.findings),
    ("共筹 / co-funding", cofund_verify.findings),
    ("结算 / settlements", settlements_verify.findings),
    ("案件 / cases", cases_verify.findings),
    ("案件月数 / months of cases", reports_verify.findings),
)
SHOWN_MAX = 1000
WRONG, UNREADABLE = 1, 2


@click.command("verify")
@click.option(
    "--community", "community_id", type=int, help="只核一个社区 / only one community's id"
)
@click.option(
    "--rebuild", is_flag=True, help="先按分录重算推导出的数 / derive what follows from entries anew"
)
@with_appcontext
def verify(community_id: int | None, *, rebuild: bool) -> None:
    """核账：逐条重算，指出哪一行不对 / Prove the books and name every row that disagrees.

    退出码 / exit code: 0 都对 / right, 1 有不对 / wrong, 2 读不了 / could not be read.
    """
    try:
        if rebuild:
            fixed = db.transaction(lambda session: ledger_verify.rebuild(session, community_id))
            click.echo(f"重算了 {fixed} 个账户 / {fixed} accounts rebuilt")
        wrong = db.read_only(lambda session: _proved(session, community_id))
    except (SQLAlchemyError, UnavailableError) as error:
        click.echo(f"✗ 读不了 / could not be read: {type(error).__name__}: {error}", err=True)
        raise click.exceptions.Exit(UNREADABLE) from error
    if wrong:
        raise click.exceptions.Exit(WRONG)


def _proved(session: Session, community_id: int | None) -> int:
    """Prove everything, say what was found, and return how many rows are wrong."""
    wrong, began = 0, time.monotonic()
    for name, check in CHECKS:
        # At most the first 1,000 rows of each are shown.
        found = list(islice(check(session, community_id), SHOWN_MAX))
        wrong += len(found)
        click.echo(f"{'✗' if found else '✓'} {name}")
        for finding in found:
            click.echo(_line(finding))
        if check is ledger_verify.findings:
            click.echo(_pace(session, community_id, time.monotonic() - began))
    return wrong


def _pace(session: Session, community_id: int | None, seconds: float) -> str:
    """Return how much was proved, and how fast."""
    entries, transfers = ledger_verify.counts(session, community_id)
    pace = round(transfers / max(seconds, 0.001))
    return (
        f"  核了 {entries:,} 笔、{transfers:,} 行转账，{seconds:.1f} 秒，每秒 {pace:,} 行"
        f" / {entries:,} entries, {transfers:,} transfers in {seconds:.1f} s, {pace:,} per second"
    )


def _line(finding: Finding) -> str:
    """Return a finding as a line of text."""
    values = f"是 {finding.is_value}，应为 {finding.should_be}"
    english = f"is {finding.is_value}, should be {finding.should_be}"
    return f"  {finding.table} {finding.row}: {values} / {english} ({finding.rule})"
