"""Jobs are done once, tried again when they fail, and parked in the end."""

import signal
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make import real
from timebank.app import create_app
from timebank.jobs import cli, queries, rules, service
from timebank.jobs.errors import JobNotFoundError, JobNotParkedError, LeaseLostError
from timebank.jobs.rules import State
from timebank.kernel import clock
from timebank.kernel.db import transaction
from timebank.kernel.errors import UnavailableError

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)
done: list[str] = []


def note(session: Session, payload: service.Payload) -> None:
    """Write the job's word where a rolled-back transaction would take it back."""
    service.enqueue(session, name="t.effect", key=f"effect:{payload['word']}", payload={})
    done.append(payload["word"])


def note_and_fail(session: Session, payload: service.Payload) -> None:
    """Have an effect, then fail."""
    note(session, payload)
    message = "the printer is on fire"
    raise RuntimeError(message)


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Register the handlers of these tests for a while."""
    done.clear()
    known = dict(service._handlers)
    service.register("t.note", note)
    service.register("t.fail", note_and_fail)
    yield
    service._handlers.clear()
    service._handlers.update(known)


def ask(name: str = "t.note", word: str = "one") -> bool:
    """Enqueue a job in a transaction of its own."""
    return transaction(
        lambda session: service.enqueue(session, name=name, key=f"t:{word}", payload={"word": word})
    )


def states(session: Session, key: str) -> tuple[State, int]:
    """Return where a job stands and how often it was tried."""
    session.expire_all()
    found = next(job for job in queries.jobs(session) if job.key == key)
    return found.state, found.tries


def test_the_same_key_is_asked_for_once(session: Session) -> None:
    assert ask()

    assert not ask()

    assert [job.key for job in queries.jobs(session)] == ["t:one"]


def test_a_job_asked_for_in_a_refused_act_is_never_done(session: Session) -> None:
    def act(inner: Session) -> None:
        service.enqueue(inner, name="t.note", key="t:lost", payload={"word": "lost"})
        raise JobNotFoundError

    with pytest.raises(JobNotFoundError):
        transaction(act)

    assert not service.run_next()
    assert queries.jobs(session) == []


def test_a_due_job_is_done_once(session: Session) -> None:
    ask()

    assert service.run_next()
    service.run_next()

    assert done == ["one"]
    assert states(session, "t:one") == (State.DONE, 1)


def test_a_job_waits_for_its_moment(session: Session) -> None:
    with clock.fixed_at(NOON):
        transaction(
            lambda inner: service.enqueue(
                inner,
                name="t.note",
                key="t:later",
                payload={"word": "later"},
                run_at=NOON + timedelta(hours=1),
            )
        )
        assert not service.run_next()

    with clock.fixed_at(NOON + timedelta(hours=1)):
        assert service.run_next()
    assert done == ["later"]


def test_a_failed_job_leaves_no_effect_and_is_parked_after_five_tries(session: Session) -> None:
    moment = NOON
    with clock.fixed_at(moment):
        ask("t.fail")
    for _ in range(rules.TRIES_MAX):
        with clock.fixed_at(moment):
            assert service.run_next()
            assert not service.run_next()
        moment += timedelta(hours=2)

    with clock.fixed_at(moment):
        assert not service.run_next()
    assert states(session, "t:one") == (State.PARKED, rules.TRIES_MAX)
    (job,) = queries.jobs(session)
    assert job.last_error == "RuntimeError: the printer is on fire"


def test_a_job_without_handler_is_put_back_with_the_reason(session: Session) -> None:
    ask("t.unknown")

    service.run_next()

    (job,) = queries.jobs(session)
    assert job.state is State.QUEUED
    assert "HandlerMissingError" in (job.last_error or "")


def test_a_vanished_workers_job_is_taken_over_when_its_lease_ends(session: Session) -> None:
    with clock.fixed_at(NOON):
        ask()
        first = transaction(service.claim)
        assert first is not None
        assert transaction(service.claim) is None

    with clock.fixed_at(NOON + rules.LEASE + timedelta(seconds=1)):
        assert service.run_next()
        transaction(lambda inner: service.put_back(inner, first, problem="too late"))

    assert states(session, "t:one") == (State.DONE, 2)


def test_a_worker_that_lost_its_lease_has_no_effect(session: Session) -> None:
    with clock.fixed_at(NOON):
        ask()
        first = transaction(service.claim)
    with clock.fixed_at(NOON + rules.LEASE + timedelta(seconds=1)):
        second = transaction(service.claim)
        assert first is not None
        assert second is not None
        with pytest.raises(LeaseLostError):
            transaction(lambda inner: service.perform(inner, first))
        transaction(lambda inner: service.perform(inner, second))

    keys = sorted(job.key for job in queries.jobs(session))
    assert keys == ["effect:one", "t:one"]


def test_a_job_whose_worker_vanished_five_times_is_parked(session: Session) -> None:
    moment = NOON
    with clock.fixed_at(moment):
        ask()
    for _ in range(rules.TRIES_MAX):
        with clock.fixed_at(moment):
            assert transaction(service.claim) is not None
        moment += rules.LEASE + timedelta(seconds=1)

    with clock.fixed_at(moment):
        assert not service.run_next()

    assert states(session, "t:one") == (State.PARKED, rules.TRIES_MAX)


def test_a_parked_job_can_be_tried_again_but_no_other(session: Session) -> None:
    ask()
    (job,) = queries.jobs(session)
    with pytest.raises(JobNotParkedError):
        transaction(lambda inner: service.retry(inner, job_id=job.id))
    session.execute(text("UPDATE job SET state = 'parked', tries = 5"))
    session.commit()

    transaction(lambda inner: service.retry(inner, job_id=job.id))

    assert service.run_next()
    assert done == ["one"]


def test_each_turn_of_the_schedule_is_asked_for_once(session: Session) -> None:
    service._handlers.clear()
    for one in rules.SCHEDULE:
        service.register(one.name, lambda _session, _payload: None)

    with clock.fixed_at(NOON):
        first = transaction(service.enqueue_due)
        again = transaction(service.enqueue_due)
    with clock.fixed_at(NOON + timedelta(minutes=10)):
        later = transaction(service.enqueue_due)

    often = sum(one.every <= timedelta(minutes=10) for one in rules.SCHEDULE)
    assert (first, again, later) == (len(rules.SCHEDULE), 0, often)


def test_jobs_done_long_ago_are_removed(session: Session) -> None:
    with clock.fixed_at(NOON - timedelta(days=31)):
        ask(word="old")
        service.run_next()
    with clock.fixed_at(NOON):
        ask(word="new")
        service.run_next()

        removed = transaction(service.sweep)

    assert removed == 1
    assert "t:new" in {job.key for job in queries.jobs(session)}


def test_the_command_line_works_lists_and_retries(app: Flask, session: Session) -> None:
    ask()
    run = app.test_cli_runner().invoke

    worked = run(args=["jobs", "worker", "--once"])
    listed = run(args=["jobs", "list", "--state", "done"])
    refused = run(args=["jobs", "retry", "1000000"])

    assert worked.exit_code == 0
    assert "t:one" in listed.output
    assert refused.exit_code == 1
    assert "没有找到" in refused.output


def test_a_worker_waits_while_the_database_is_away_and_goes_on(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask()
    stopped = threading.Event()
    rounds = iter([DBAPIError("SELECT", {}, OSError("connection lost")), UnavailableError(), None])

    def away_at_first() -> bool:
        trouble = next(rounds, None)
        if trouble is not None:
            raise trouble
        stopped.set()
        return _run_next()

    _run_next = service.run_next
    monkeypatch.setattr(service, "run_next", away_at_first)
    monkeypatch.setattr(rules, "POLL_SECONDS", 0)

    assert cli.work(stopped, is_forever=True) == 1
    assert done == ["one"]


def test_a_worker_that_works_once_says_that_the_database_is_away(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> bool:
        raise UnavailableError

    monkeypatch.setattr(service, "run_next", away)

    assert app.test_cli_runner().invoke(args=["jobs", "worker", "--once"]).exit_code == 1


def test_what_signals_mean_to_a_process_is_the_same_after_work(app: Flask) -> None:
    names = (signal.SIGTERM, signal.SIGINT)
    before = [signal.getsignal(name) for name in names]

    app.test_cli_runner().invoke(args=["jobs", "worker", "--once"])

    assert [signal.getsignal(name) for name in names] == before


def test_work_outside_of_a_transaction_is_marked_when_it_is_done(session: Session) -> None:
    def send(payload: service.Payload) -> None:
        assert not session.in_nested_transaction()
        done.append(payload["word"])
        if len(done) == 1:
            message = "the line is cut"
            raise ConnectionError(message)

    service.register_outside("t.outside", send)
    ask("t.outside")
    try:
        assert service.run_next()
        assert states(session, "t:one") == (State.QUEUED, 1)
        with clock.fixed_at(clock.now() + timedelta(minutes=1)):
            assert service.run_next()
        assert states(session, "t:one") == (State.DONE, 2)
    finally:
        del service._outside["t.outside"]
    assert done == ["one", "one"]


def test_every_job_of_the_schedule_has_somebody_who_does_it(app: Flask) -> None:
    create_app(real.test_settings("sqlite://"))

    assert app.testing
    assert {one.name for one in rules.SCHEDULE} <= {*service._handlers, *service._outside}
