"""Words can be erased; what moved, every seal and every proof stay as they were."""

import json
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, event, func, insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.ledger.conftest import RealBank
from tests.make.community import make_community, make_person
from tests.make.ledger import SmallBank, draft_of, earn, make_bank, spend
from tests.make.rude import unguarded
from timebank.kernel import clock
from timebank.kernel.actor import program
from timebank.kernel.ids import new_id
from timebank.ledger.errors import GroundMissingError, SameHoldOtherContentError, TextTooLongError
from timebank.ledger.models import rows
from timebank.ledger.models.blocks import ERASURES
from timebank.ledger.models.hold_erasures import HOLD_ERASURES
from timebank.ledger.models.tables import ENTRIES, HOLD_ENDS, HOLDS, TRANSFERS, Entry
from timebank.ledger.queries import seals
from timebank.ledger.rules import proofs
from timebank.ledger.rules.values import HoldOutcome
from timebank.ledger.service import erasing, holds, posting, sealing
from timebank.ledger.verify import proof
from timebank.trail.models import TrailEvent

GROUND = "本人要求"


@pytest.fixture
def bank(session: Session) -> SmallBank:
    """Members 1 and 2 are people; each has earned and spent, and all of it is sealed."""
    community = make_community(session)
    people = [make_person(session, community_id=community.id, name=name) for name in ("甲", "乙")]
    ids = [one.id for one in people]
    bank = make_bank(session, community_id=community.id, person_ids=(*ids, None))
    for member in range(2):
        earn(session, bank, 30, member=member)
        spend(session, bank, 10, member=member)
    sealing.seal_entries(session, actor=bank.actor)
    session.info["person_ids"] = ids
    return bank


def entry_ids(session: Session) -> list[UUID]:
    return list(session.scalars(select(Entry.id).order_by(Entry.number)))


def row_of(session: Session, entry_id: UUID) -> Any:
    return session.execute(select(ENTRIES).where(ENTRIES.c.id == entry_id)).mappings().one()


def wrong(session: Session) -> list[object]:
    return list(proof.findings(session))


def test_the_words_go_and_everything_else_stays(session: Session, bank: SmallBank) -> None:
    entry_id = entry_ids(session)[0]
    before = row_of(session, entry_id)

    erased = erasing.erase_words(session, actor=bank.actor, entry_ids=[entry_id], ground=GROUND)

    after = row_of(session, entry_id)
    assert erased == 1
    words = ("actor_name", "memo", "document", "reason")
    assert [after[name] for name in words] == ["", "", "", ""]
    assert after["salt"] == b""
    kept = set(before.keys()) - {*words, "salt"}
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert wrong(session) == []


@pytest.mark.parametrize("named", ["the entry", "its reversal"])
def test_an_entry_and_its_reversal_lose_their_words_together(
    session: Session, bank: SmallBank, named: str
) -> None:
    entry_id, reversal_id = earn(session, bank, 5), new_id()
    posting.reverse(
        session, actor=bank.actor, entry_id=entry_id, reversal_id=reversal_id, reason="记错了"
    )
    given = entry_id if named == "the entry" else reversal_id

    erased = erasing.erase_words(session, actor=bank.actor, entry_ids=[given], ground=GROUND)

    assert erased == 2
    assert {row_of(session, one)["memo"] for one in (entry_id, reversal_id)} == {""}
    assert {row_of(session, one)["salt"] for one in (entry_id, reversal_id)} == {b""}
    assert wrong(session) == []


def test_every_proof_made_before_stays_valid(session: Session, bank: SmallBank) -> None:
    made = [proofs.document(seals.proof(session, one)) for one in entry_ids(session)]

    erasing.erase_words(session, actor=bank.actor, entry_ids=entry_ids(session), ground=GROUND)

    for document, entry_id in zip(made, entry_ids(session), strict=True):
        kept = proofs.check(proofs.read_proof(json.dumps(document)))
        assert kept.holds
        assert kept.are_words_true is True
        again = seals.proof(session, entry_id)
        assert again.words is None
        assert proofs.check(again).holds
        assert {**document, "words": None} == proofs.document(again)


def test_of_a_person_every_entry_that_moved_their_accounts(
    session: Session, bank: SmallBank
) -> None:
    first, second = session.info["person_ids"]

    erased = erasing.erase_words_of_person(
        session, actor=bank.actor, person_id=first, ground=GROUND
    )

    assert erased == 2
    left = [row_of(session, one)["memo"] for one in entry_ids(session)]
    assert [bool(memo) for memo in left] == [False, False, True, True]
    assert second != first


def test_of_a_person_a_reversal_that_moved_their_debt_alone_loses_its_words_too(
    session: Session, bank: SmallBank
) -> None:
    entry_id, reversal_id = earn(session, bank, 5), new_id()
    spend(session, bank, 25)
    posting.reverse(
        session,
        actor=bank.actor,
        entry_id=entry_id,
        reversal_id=reversal_id,
        reason="记错了",
        debt_account_id=bank.debt,
    )
    moved = session.execute(select(TRANSFERS.c.debit_id).where(TRANSFERS.c.entry_id == reversal_id))
    assert moved.scalars().all() == [bank.debt]

    erasing.erase_words_of_person(
        session, actor=bank.actor, person_id=session.info["person_ids"][0], ground=GROUND
    )

    assert row_of(session, reversal_id)["memo"] == ""
    assert wrong(session) == []


def test_erasing_twice_is_once(session: Session, bank: SmallBank) -> None:
    ids = entry_ids(session)[:2]
    counts = [
        erasing.erase_words(session, actor=bank.actor, entry_ids=some, ground=ground)
        for some, ground in ((ids[:1], GROUND), (ids, "再一次"), ([*ids, *ids], GROUND))
    ]

    assert counts == [1, 1, 0]
    grounds = session.scalars(select(ERASURES.c.ground).order_by(ERASURES.c.ground.desc()))
    assert sorted(grounds) == sorted([GROUND, "再一次"])


def test_an_erasure_leaves_a_trail(session: Session, bank: SmallBank) -> None:
    person_id = session.info["person_ids"][0]

    erasing.erase_words_of_person(session, actor=bank.actor, person_id=person_id, ground=GROUND)

    event = session.scalars(
        select(TrailEvent).where(TrailEvent.action == "ledger.erase_words")
    ).one()
    assert (event.subject_type, event.subject_id) == ("person", str(person_id))
    assert (event.summary, event.facts) == (GROUND, {"entries": 2, "holds": 0})


def test_an_erasure_needs_a_ground(session: Session, bank: SmallBank) -> None:
    for ground, error in (("", GroundMissingError), ("  ", GroundMissingError)):
        with pytest.raises(error):
            erasing.erase_words(
                session, actor=bank.actor, entry_ids=entry_ids(session), ground=ground
            )
    with pytest.raises(TextTooLongError):
        erasing.erase_words_of_person(session, actor=bank.actor, person_id=1, ground="长" * 501)
    assert session.scalar(select(func.count()).select_from(ERASURES)) == 0


def test_another_community_s_words_are_out_of_reach(session: Session, bank: SmallBank) -> None:
    other = program(community_id=make_community(session, code="QT").id, name="别处")

    assert (
        erasing.erase_words(session, actor=other, entry_ids=entry_ids(session), ground=GROUND) == 0
    )
    person_id = session.info["person_ids"][0]
    assert (
        erasing.erase_words_of_person(session, actor=other, person_id=person_id, ground=GROUND) == 0
    )


def test_words_go_only_with_an_erasure(session: Session, bank: SmallBank) -> None:
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(
            ENTRIES.update().values(memo="", actor_name="", document="", reason="", salt=b"")
        )
    assert wrong(session) == []


@pytest.mark.parametrize(
    ("edit", "table"),
    [
        ("DELETE FROM ledger_erasure", "ledger_entry"),
        ("UPDATE ledger_erasure SET community_id = 99", "ledger_erasure"),
        ("DELETE FROM ledger_entry", "ledger_erasure"),
    ],
)
def test_words_are_gone_exactly_where_it_is_written(
    real_bank: RealBank, edit: str, table: str
) -> None:
    actor = real_bank.bank.actor
    entry_id = real_bank.write(entry_ids)[0]
    real_bank.write(
        lambda inner: erasing.erase_words(inner, actor=actor, entry_ids=[entry_id], ground=GROUND)
    )
    assert real_bank.write(lambda inner: list(proof.findings(inner))) == []

    with unguarded(real_bank.owner) as connection:
        connection.execute(text(edit))
        found = list(proof.findings(Session(connection)))

    assert (table, True) in [(one.table, entry_id.hex in one.row.replace("-", "")) for one in found]


def held(session: Session, bank: SmallBank, memo: str, *, ends: bool = True) -> UUID:
    """Set minutes of the first person aside, and release them."""
    hold_id = new_id()
    holds.hold(
        session,
        actor=bank.actor,
        hold_id=hold_id,
        account_id=bank.members[0],
        amount=5,
        memo=memo,
    )
    if ends:
        holds.release(session, actor=bank.actor, hold_id=hold_id, reason="张三不来了")
    return hold_id


def words_of_holds(session: Session) -> list[tuple[str, ...]]:
    found = session.execute(
        select(HOLDS.c.memo, HOLDS.c.actor_name, HOLD_ENDS.c.reason, HOLD_ENDS.c.actor_name)
        .outerjoin(HOLD_ENDS, HOLD_ENDS.c.hold_id == HOLDS.c.id)
        .order_by(HOLDS.c.id)
    )
    return [tuple(row) for row in found]


def test_of_a_person_the_words_of_ended_holds_go_too(session: Session, bank: SmallBank) -> None:
    person_id = session.info["person_ids"][0]
    held(session, bank, "给张三理发")
    held(session, bank, "还开着", ends=False)

    erased = [
        erasing.erase_words_of_person(session, actor=bank.actor, person_id=person_id, ground=GROUND)
        for _ in range(2)
    ]

    assert erased == [3, 0]
    ended, still_open = words_of_holds(session)
    assert ended == ("", "", "", "")
    assert still_open[0] == "还开着"
    assert wrong(session) == []


def test_a_hold_that_ends_meanwhile_disturbs_no_erasure(session: Session, bank: SmallBank) -> None:
    held(session, bank, "给张三理发")
    late = held(session, bank, "还开着", ends=False)
    ended: list[UUID] = []

    def end_it(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if "JOIN ledger_hold_end" in statement and not ended:
            ended.append(late)
            row = rows.hold_end(bank.actor, late, HoldOutcome.RELEASED, ended_at=clock.now())
            connection.execute(insert(HOLD_ENDS).values(row))

    event.listen(session.connection(), "after_cursor_execute", end_it)
    erased = erasing.erase_words_of_person(
        session, actor=bank.actor, person_id=session.info["person_ids"][0], ground=GROUND
    )

    assert (erased, ended) == (3, [late])
    assert [one[0] for one in words_of_holds(session)] == ["", "还开着"]
    assert wrong(session) == []


def test_the_words_of_a_captured_hold_go_from_it_and_from_its_end(
    session: Session, bank: SmallBank
) -> None:
    hold_id = held(session, bank, "给张三理发", ends=False)
    draft = draft_of(bank.book_id, (bank.members[0], bank.redeemed, 5))
    holds.capture(session, actor=bank.actor, hold_id=hold_id, draft=draft)

    erasing.erase_words_of_person(
        session, actor=bank.actor, person_id=session.info["person_ids"][0], ground=GROUND
    )

    assert words_of_holds(session) == [("", "", "", "")]
    assert wrong(session) == []


def test_an_erased_hold_that_is_asked_for_again_is_answered_as_before(
    session: Session, bank: SmallBank
) -> None:
    hold_id = held(session, bank, "给张三理发")
    erase_hold(session, bank, hold_id)
    facts = {"hold_id": hold_id, "account_id": bank.members[0], "amount": 5}

    again = holds.hold(session, actor=bank.actor, **facts, memo="给张三理发")  # type: ignore[arg-type]  # the facts are typed above

    assert (again.id, again.memo) == (hold_id, "")
    other = facts | {"amount": 6}
    with pytest.raises(SameHoldOtherContentError):
        holds.hold(session, actor=bank.actor, **other, memo="给张三理发")  # type: ignore[arg-type]  # likewise


@pytest.mark.parametrize(
    ("edit", "table"),
    [
        ("DELETE FROM ledger_hold_erasure", "ledger_hold"),
        ("UPDATE ledger_hold_erasure SET ground = 'x'", "ledger_hold_erasure"),
        ("UPDATE ledger_hold SET amount = amount + 1", "ledger_hold_erasure"),
        ("UPDATE ledger_hold SET memo = 'x'", "ledger_hold_erasure"),
        ("UPDATE ledger_hold_end SET reason = 'x'", "ledger_hold_erasure"),
        ("DELETE FROM ledger_hold_end", "ledger_hold_erasure"),
    ],
)
def test_an_erased_hold_is_still_held_to_all_it_says(
    real_bank: RealBank, edit: str, table: str
) -> None:
    bank = real_bank.bank
    hold_id = real_bank.write(lambda inner: held(inner, bank, "给张三理发"))
    real_bank.write(lambda inner: erase_hold(inner, bank, hold_id))
    assert real_bank.write(lambda inner: list(proof.findings(inner))) == []

    with unguarded(real_bank.owner) as connection:
        connection.execute(text(edit))
        found = list(proof.findings(Session(connection)))

    assert (table, True) in [(one.table, hold_id.hex in one.row.replace("-", "")) for one in found]


def erase_hold(session: Session, bank: SmallBank, hold_id: UUID) -> None:
    """Erase the words of one hold, whosever it is."""
    hold = session.execute(select(HOLDS).where(HOLDS.c.id == hold_id)).mappings().one()
    end = session.execute(select(HOLD_ENDS).where(HOLD_ENDS.c.hold_id == hold_id)).mappings().one()
    row = rows.hold_erasure(bank.actor, hold, end, erased_at=clock.now(), ground=GROUND)
    session.execute(insert(HOLD_ERASURES).values(row))
