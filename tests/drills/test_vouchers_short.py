"""Vouchers shown by many at once, in a shortened form, on both engines."""

import pytest

from tests.drills import vouchers
from tests.make import real


@pytest.mark.parametrize("engine_name", real.ENGINES)
def test_a_voucher_shown_by_many_at_once_is_used_once(engine_name: str) -> None:
    found = vouchers.run(engine_name, count=3, senders=6)

    assert found.is_exact(count=3, senders=6), found
