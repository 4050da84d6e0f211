"""A year played in the order of time: acts on a heap, each under its own clock."""

import heapq
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from random import Random

from sqlalchemy.orm import Session

from timebank.kernel import clock, db

Work = Callable[[Session], Iterable["Act"] | None]
ACTS_IN_ONE_TRANSACTION = 60


@dataclass(order=True, slots=True)
class Act:
    """Something that somebody does at a moment; it may return what follows from it."""

    at: datetime
    order: int
    work: Work = field(compare=False)


class Timeline:
    """Acts in the order of time; those after the present are left undone."""

    def __init__(self, *, until: datetime) -> None:
        """Start empty; ``until`` is the present."""
        self.until = until
        self._acts: list[Act] = []
        self._order = itertools.count()

    def add(self, at: datetime, work: Work) -> None:
        """Plan an act."""
        heapq.heappush(self._acts, Act(at, next(self._order), work))

    def act(self, at: datetime, work: Work) -> Act:
        """Return an act that another one may hand back as its consequence."""
        return Act(at, next(self._order), work)

    def play(self, told: Callable[[int, int], None]) -> int:
        """Do everything up to the present; ``told(done, waiting)`` hears of the progress."""
        done = 0
        while self._acts and self._acts[0].at <= self.until:
            batch = [heapq.heappop(self._acts)]
            db.transaction(partial(self._play_batch, batch=batch))
            done += len(batch)
            told(done, len(self._acts))
        return done

    def _play_batch(self, session: Session, batch: list[Act]) -> None:
        """Do the first act, and those that follow closely, in one transaction."""
        position = 0
        while position < len(batch):
            act = batch[position]
            position += 1
            with clock.fixed_at(act.at):
                for following in act.work(session) or ():
                    heapq.heappush(self._acts, following)
            is_full = len(batch) >= ACTS_IN_ONE_TRANSACTION
            if position == len(batch) and not is_full and self._is_next_due():
                batch.append(heapq.heappop(self._acts))

    def _is_next_due(self) -> bool:
        return bool(self._acts) and self._acts[0].at <= self.until


def done(_: object) -> None:
    """Let nothing follow from what was done."""


def moment(day: date, hour: int, minute: int = 0) -> datetime:
    """Return a wall-clock time on one of the community's days."""
    return clock.at_local(day, time(hour, minute))


def sometime(random: Random, day: date, first_hour: int, last_hour: int) -> datetime:
    """Return a moment of a day between two full hours."""
    minutes = random.randrange((last_hour - first_hour) * 60)
    return moment(day, first_hour) + timedelta(minutes=minutes)
