"""Four eyes: what one proposes another decides, who stands near neither of those it is about."""

from collections.abc import Collection
from dataclasses import dataclass

from timebank.volunteering.errors import merging as errors


@dataclass(frozen=True, slots=True)
class Hand:
    """Who acted: by which login, and which person that is."""

    user_id: int | None
    person_id: int | None


def check_second(
    *, first: Hand, second: Hand, about: Collection[int], kin_ids: Collection[int]
) -> None:
    """Refuse whoever proposed it, by login or person, and whoever it is about or is kin to them.

    Raises:
        DecidesOwnProposalError, DecidesForOwnError
    """
    is_same_login = second.user_id is None or second.user_id == first.user_id
    is_same_person = second.person_id is not None and second.person_id == first.person_id
    if is_same_login or is_same_person:
        raise errors.DecidesOwnProposalError
    check_near(second, about=about, kin_ids=kin_ids)


def check_near(hand: Hand, *, about: Collection[int], kin_ids: Collection[int]) -> None:
    """Refuse whoever it is about, and whoever is kin to one of them.

    Raises:
        DecidesForOwnError
    """
    if hand.person_id in about or set(about) & set(kin_ids):
        raise errors.DecidesForOwnError
