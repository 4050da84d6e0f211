"""The race in a shortened form, on both engines."""

import pytest

from tests.drills import race
from tests.make import real


@pytest.mark.parametrize("engine_name", real.ENGINES)
def test_a_booking_raced_for_is_redeemed_exactly_once(engine_name: str) -> None:
    found = race.run(engine_name, bookings_count=10, tries=4)

    assert found.is_exact(bookings_count=10, tries=4), found
