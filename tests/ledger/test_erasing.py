"""Words can be erased; what moved, every seal and every proof stay as they were."""

import json
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.ledger.conftest import RealBank
from tests.make.community import make_community, make_person
from tests.make.ledger import SmallBank, earn, make_bank, spend
from tests.make.rude import unguarded
from timebank.kernel.actor import program
from timebank.kernel.ids import new_id
from timebank.ledger.errors import GroundMissingError, TextTooLongError
from timebank.ledger.models.blocks import ERASURES
from timebank.ledger.models.tables import ENTRIES, Entry
from timebank.ledger.queries import seals
from timebank.ledger.rules import proofs
from timebank.ledger.service import erasing, posting, sealing
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
    assert (event.summary, event.facts) == (GROUND, {"entries": 2})


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
