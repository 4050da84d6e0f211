"""Many who want the last place of a slot at once, where commits are real."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy.orm import Session

from tests.make.real import ENGINES, real_app
from tests.make.slots import Bath, another, make_bath
from timebank.care.queries import slots as slot_queries
from timebank.care.service import booking_ends, bookings, waiting
from timebank.care.verify import bookings as verify
from timebank.kernel.db import read_only, transaction
from timebank.kernel.errors import DomainError
from timebank.kernel.ids import new_id

AT_ONCE = 4
PLACES = 2


def _prepared(session: Session) -> tuple[Bath, list[int]]:
    bath = make_bath(session, capacity=PLACES)
    names = ("甲", "乙", "丙", "丁")
    return bath, [another(session, bath.desk, f"老人{name}").id for name in names]


@pytest.mark.parametrize("engine_name", ENGINES)
def test_as_many_as_fit_get_a_place_and_a_freed_one_goes_to_the_line(engine_name: str) -> None:
    with real_app(engine_name) as app:
        with app.app_context():
            bath, people = transaction(_prepared)
        barrier = Barrier(AT_ONCE)

        def wanted(person_id: int) -> dict[str, object]:
            return {
                "actor": bath.desk.counter,
                "key": new_id(),
                "person_id": person_id,
                "service_id": bath.service.id,
                "on_day": bath.day,
                "slot_id": bath.slot.id,
            }

        def one(person_id: int) -> int | str:
            facts = wanted(person_id)
            with app.app_context():
                barrier.wait()
                try:
                    return transaction(lambda session: bookings.book(session, **facts).id)  # type: ignore[arg-type]
                except DomainError as refusal:
                    return refusal.code

        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(one, people))

        made = [answer for answer in answers if isinstance(answer, int)]
        refused = [
            person for person, answer in zip(people, answers, strict=True) if answer == "slot_full"
        ]
        assert (len(made), len(refused)) == (PLACES, AT_ONCE - PLACES), answers
        with app.app_context():
            for person_id in refused:
                facts = wanted(person_id)
                transaction(lambda session, facts=facts: waiting.join(session, **facts).id)  # type: ignore[misc]

        def cancel(booking_id: int) -> str:
            with app.app_context():
                return transaction(
                    lambda session: (
                        booking_ends.cancel_booking(
                            session, actor=bath.desk.counter, booking_id=booking_id
                        ).state
                    )
                )

        with ThreadPoolExecutor(PLACES) as pool:
            assert list(pool.map(cancel, made)) == ["cancelled"] * PLACES
        with app.app_context():
            view = read_only(
                lambda session: slot_queries.slots(session, bath.service.id, day=bath.day)[0]
            )
            found = read_only(lambda session: list(verify.findings(session)))
        assert (view.taken, view.waiting) == (PLACES, 0)
        assert found == []
