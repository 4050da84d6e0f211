"""Who is asked about the outcome of a case: its reporters, those of merged cases as well."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from timebank.cases.errors import steps as errors
from timebank.cases.rules.commands import Call
from timebank.cases.rules.flow import FEEDBACK_TRIES_MAX, TRY_AGAIN_MINUTES, Answer

# A case that nobody reported is checked on site; that answer stands under this key.
SITE = "site"


@dataclass(frozen=True, slots=True)
class Asked:
    """One reporter and how it stands with them in this round."""

    key: str
    tries: int = 0
    last_at: datetime | None = None
    answer: Answer | None = None

    @property
    def is_done(self) -> bool:
        """Whether this reporter has answered, or was out of reach as often as counts."""
        return self.answer is not None

    @property
    def is_lost(self) -> bool:
        """Whether this reporter stayed out of reach."""
        return self.answer is Answer.UNREACHABLE


def call_to(asked: Sequence[Asked], *, key: str, answer: Answer, at: datetime) -> Call:
    """Return a call to one reporter as it stands with the others.

    Raises:
        NobodyToCallError: the key is nobody's who still has to be asked.
        TriedJustNowError: the last vain call was too short a time ago.
    """
    one = next((one for one in asked if one.key == key), None)
    if one is None or one.is_done:
        raise errors.NobodyToCallError(field="reporter")
    rest = timedelta(minutes=TRY_AGAIN_MINUTES)
    if answer is Answer.UNREACHABLE and one.last_at is not None and at < one.last_at + rest:
        raise errors.TriedJustNowError(minutes=TRY_AGAIN_MINUTES)
    others = [other for other in asked if other.key != key]
    return Call(
        answer=answer,
        tries=one.tries,
        left=sum(not other.is_done for other in others),
        lost=sum(other.is_lost for other in others),
    )


def ended(answer: Answer, tries: int) -> Answer | None:
    """Return the answer that is kept: calls in vain are none until there were as many as count."""
    if answer is Answer.UNREACHABLE and tries < FEEDBACK_TRIES_MAX:
        return None
    return answer
