"""The proof of everything stored: each room derives its own again and names what disagrees."""

from itertools import islice

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from timebank.cases.queries import verify as cases_verify
from timebank.kernel import db
from timebank.kernel.finding import Finding
from timebank.ledger.verify import proof as ledger_verify

# What can be proved, in the order in which it is: name and findings(session, community_id).
CHECKS = (
    ("账本 / ledger", ledger_verify.findings),
    ("案件 / cases", cases_verify.findings),
)
SHOWN_MAX = 1000


@click.command("verify")
@click.option(
    "--community", "community_id", type=int, help="只核一个社区 / only one community's id"
)
@click.option(
    "--rebuild", is_flag=True, help="按转账重算余额 / set balances by the transfers first"
)
@with_appcontext
def verify(community_id: int | None, *, rebuild: bool) -> None:
    """核账：逐条重算，指出哪一行不对 / Prove the books and name every row that disagrees."""
    if rebuild:
        fixed = db.transaction(lambda session: ledger_verify.rebuild(session, community_id))
        click.echo(f"重算了 {fixed} 个余额 / {fixed} balances set")
    wrong = 0
    for name, found in db.read_only(lambda session: _found(session, community_id)):
        wrong += len(found)
        click.echo(f"{'✗' if found else '✓'} {name}")
        for finding in found:
            click.echo(_line(finding))
    if wrong:
        raise click.exceptions.Exit(1)


def _found(session: Session, community_id: int | None) -> list[tuple[str, list[Finding]]]:
    """Return what each check finds, at most the first 1,000 rows of each."""
    return [(name, list(islice(check(session, community_id), SHOWN_MAX))) for name, check in CHECKS]


def _line(finding: Finding) -> str:
    """Return a finding as a line of text."""
    values = f"是 {finding.is_value}，应为 {finding.should_be}"
    english = f"is {finding.is_value}, should be {finding.should_be}"
    return f"  {finding.table} {finding.row}: {values} / {english} ({finding.rule})"
