"""PostgreSQL's sudden end in a shortened form."""

from tests.drills import database_crash


def test_a_database_that_goes_away_is_later_and_loses_nothing() -> None:
    found = database_crash.run(rounds=2, acks=8, workers=1, rest=0.3)

    assert found.is_exact(rounds=2), found
