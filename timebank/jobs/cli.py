"""The worker and the job table on the command line."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import click
import structlog
from flask.cli import with_appcontext
from sqlalchemy.exc import DBAPIError

from timebank.jobs import queries, rules, service
from timebank.jobs.rules import State
from timebank.kernel.db import read_only, transaction
from timebank.kernel.errors import DomainError, UnavailableError
from timebank.web import words

log = structlog.get_logger("timebank.jobs")


@click.group("jobs")
def job_commands() -> None:
    """后台任务：执行、查看、重来 / Background jobs: work, look, try again."""


@job_commands.command("worker")
@click.option(
    "--once", "mode", flag_value="once", default=True, help="做完就停 / until none is due"
)
@click.option("--forever", "mode", flag_value="forever", help="一直做下去 / until stopped")
@with_appcontext
def worker(mode: str) -> None:
    """执行到期的任务 / Do the jobs that are due."""
    with _stopped_by_signals() as stopped:
        done = work(stopped, is_forever=mode == "forever")
    click.echo(f"做了 {done} 项 / {done} jobs tried")


@contextmanager
def _stopped_by_signals() -> Iterator[threading.Event]:
    """An event that being told to end sets; afterwards those signals mean what they did before."""
    stopped = threading.Event()
    names = (signal.SIGTERM, signal.SIGINT)
    before = {name: signal.signal(name, lambda *_: stopped.set()) for name in names}
    try:
        yield stopped
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


def work(stopped: threading.Event, *, is_forever: bool) -> int:
    """Do what is due, once or until stopped, and return how much that was.

    A worker that stays waits while the database is away or full; what it had begun then is
    nobody's until its lease ends, and is done after that.
    """
    done = _drain(stopped, is_patient=is_forever)
    while is_forever and not stopped.wait(rules.POLL_SECONDS):
        done += _drain(stopped, is_patient=True)
    return done


def _drain(stopped: threading.Event, *, is_patient: bool) -> int:
    """Ask for what the schedule wants, do what is due, and return how much that was."""
    done = 0
    try:
        transaction(service.enqueue_due)
        while not stopped.is_set() and service.run_next():
            done += 1
    except (DBAPIError, UnavailableError) as error:
        if not is_patient:
            raise click.ClickException(words.say(UnavailableError())) from error
        log.warning("worker_waits", kind=type(error).__name__)
    return done


@job_commands.command("list")
@click.option(
    "--state", type=click.Choice([state.value for state in State]), help="只看一种 / only one state"
)
@with_appcontext
def list_jobs(state: str | None) -> None:
    """列出最近的任务 / List the latest jobs."""
    wanted = State(state) if state else None
    for job in read_only(lambda session: queries.jobs(session, state=wanted)):
        error = f"  {job.last_error}" if job.last_error else ""
        click.echo(f"{job.id:>6}  {job.state:<8} {job.tries}/{rules.TRIES_MAX}  {job.key}{error}")


@job_commands.command("retry")
@click.argument("job_id", type=int)
@with_appcontext
def retry(job_id: int) -> None:
    """让搁置的任务重来 / Queue a parked job again."""
    try:
        transaction(lambda session: service.retry(session, job_id=job_id))
    except DomainError as error:
        raise click.ClickException(words.say(error)) from error
    click.echo(f"✓ {job_id}")
