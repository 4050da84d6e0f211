"""What a draft would have made of records that were approved under other rules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from timebank.volunteering.rules.caps import Tally, share
from timebank.volunteering.rules.policy import Policy, age_on
from timebank.volunteering.rules.records import reckon


class PastRecord(NamedTuple):
    """An approved record: who served whom, when, for how long, and what it brought."""

    volunteer_id: int
    recipient_id: int | None
    kind_id: int
    served_on: date
    minutes: int
    credited_minutes: int
    donation_minutes: int


@dataclass(slots=True)
class Outcome:
    """What one volunteer has, and would have; minutes."""

    records: int = 0
    own_before_minutes: int = 0
    own_after_minutes: int = 0
    donation_before_minutes: int = 0
    donation_after_minutes: int = 0
    refused_after_minutes: int = 0

    @property
    def change_minutes(self) -> int:
        """What would be more, or less, on the own account."""
        return self.own_after_minutes - self.own_before_minutes

    @property
    def is_changed(self) -> bool:
        """Whether anything would be different for this volunteer."""
        return bool(
            self.change_minutes
            or self.donation_before_minutes != self.donation_after_minutes
            or self.refused_after_minutes
        )


@dataclass(slots=True)
class Simulated:
    """The outcome of a simulation by volunteer."""

    outcomes: dict[int, Outcome] = field(default_factory=dict)

    def total(self, name: str) -> int:
        """Return the sum of one figure over all volunteers."""
        return sum(int(getattr(outcome, name)) for outcome in self.outcomes.values())

    @property
    def gaining(self) -> int:
        """How many would have more on their own account."""
        return sum(outcome.change_minutes > 0 for outcome in self.outcomes.values())

    @property
    def losing(self) -> int:
        """How many would have less on their own account."""
        return sum(outcome.change_minutes < 0 for outcome in self.outcomes.values())

    def changed(self) -> list[tuple[int, Outcome]]:
        """Return whose minutes would change, the greatest loss first."""
        found = [(who, outcome) for who, outcome in self.outcomes.items() if outcome.is_changed]
        return sorted(found, key=lambda pair: (pair[1].change_minutes, pair[0]))


def simulate(
    records: Iterable[PastRecord],
    *,
    policy: Policy,
    own_before: Mapping[int, int],
    births: Mapping[int, date],
) -> Simulated:
    """Reckon past records anew by a policy; ``own_before`` is what was earned before them.

    Minutes over the day's limit could not have been recorded, and service by those who are too
    young would not have counted: both are told as refused. Records come in the order of service.
    """
    run = _Run(policy, births)
    run.tally.totals.update(own_before)
    for record in records:
        run.take(record)
    return run.found


class _Run:
    """One pass over the records."""

    def __init__(self, policy: Policy, births: Mapping[int, date]) -> None:
        """Begin with nothing served."""
        self.policy, self.births = policy, births
        self.tally = Tally()
        self.served: dict[tuple[int, date], int] = {}
        self.found = Simulated()

    def take(self, record: PastRecord) -> None:
        """Reckon one record by the policy and note what it was and would be."""
        outcome = self.found.outcomes.setdefault(record.volunteer_id, Outcome())
        outcome.records += 1
        outcome.own_before_minutes += record.credited_minutes - record.donation_minutes
        outcome.donation_before_minutes += record.donation_minutes
        minutes = self._countable(record)
        rate = self.policy.rate_of(record.kind_id)
        lost = reckon(minutes=record.minutes - minutes, rate=rate, policy=self.policy)
        outcome.refused_after_minutes += lost.credited_minutes - lost.bonus_minutes
        credited = reckon(minutes=minutes, rate=rate, policy=self.policy).credited_minutes
        room = self.tally.room(
            volunteer_id=record.volunteer_id,
            recipient_id=record.recipient_id,
            served_on=record.served_on,
            policy=self.policy,
        )
        part = share(credited, room=room, excess=self.policy.excess)
        outcome.own_after_minutes += part.own_minutes
        outcome.donation_after_minutes += part.donation_minutes
        outcome.refused_after_minutes += part.refused_minutes
        self.tally.add(
            volunteer_id=record.volunteer_id,
            recipient_id=record.recipient_id,
            served_on=record.served_on,
            own_minutes=part.own_minutes,
        )

    def _countable(self, record: PastRecord) -> int:
        """Return how much of a service could have been recorded and would count."""
        born_on = self.births.get(record.volunteer_id)
        least = self.policy.earn_age_min
        if born_on and least is not None and age_on(born_on, record.served_on) < least:
            return 0
        limit = self.policy.day_minutes_max
        if limit is None:
            return record.minutes
        day = (record.volunteer_id, record.served_on)
        kept = min(record.minutes, max(limit - self.served.get(day, 0), 0))
        self.served[day] = self.served.get(day, 0) + kept
        return kept
