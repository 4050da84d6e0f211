"""Random histories of a bank account agree with an independent model, in a shortened form."""

from sqlalchemy.orm import Session

from tests.drills.bank_histories import walk


def test_random_histories_agree_with_an_independent_model(session: Session) -> None:
    lived = walk(session, seed=6, steps=14)

    assert (lived.known > 3, len(lived.closed) > 0) == (True, True)
