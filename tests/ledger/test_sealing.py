"""Blocks: every committed entry gets into exactly one, and each head keeps all heads before."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from tests.ledger.conftest import RealBank
from tests.make.community import make_community
from tests.make.ledger import SmallBank, earn, make_bank, spend
from tests.make.rude import unguarded
from tests.make.steps import counted
from timebank.jobs import rules as jobs
from timebank.kernel import clock
from timebank.ledger.errors import ChainBrokenError
from timebank.ledger.models.blocks import Block, BlockLeaf
from timebank.ledger.models.tables import Entry
from timebank.ledger.queries import seals
from timebank.ledger.rules import merkle
from timebank.ledger.rules.blocks import Chain, header_hash, header_text
from timebank.ledger.service import sealing


@pytest.fixture
def bank(session: Session) -> SmallBank:
    return make_bank(session)


def seals_of(session: Session) -> list[bytes]:
    return list(session.scalars(select(Entry.seal).order_by(Entry.number)))


def test_a_block_has_all_entries_in_their_order_under_one_root(
    session: Session, bank: SmallBank
) -> None:
    for minutes in (10, 20, 30):
        earn(session, bank, minutes)

    block = sealing.seal_entries(session, actor=bank.actor)

    assert block is not None
    assert (block.number, block.leaves, block.previous_head) == (1, 3, None)
    assert block.root == merkle.tree_hash(seals_of(session))
    assert block.head == header_hash(block)
    leaves = session.scalars(select(BlockLeaf.leaf).order_by(BlockLeaf.position)).all()
    assert list(leaves) == seals_of(session)


def test_with_nothing_new_there_is_no_block(session: Session, bank: SmallBank) -> None:
    assert sealing.seal_entries(session, actor=bank.actor) is None
    earn(session, bank, 10)

    assert sealing.seal_entries(session, actor=bank.actor) is not None
    assert sealing.seal_entries(session, actor=bank.actor) is None


def test_each_head_is_over_all_headers_so_far(session: Session, bank: SmallBank) -> None:
    blocks = []
    for minutes in (10, 20, 30):
        earn(session, bank, minutes)
        spend(session, bank, 5)
        blocks.append(sealing.seal_entries(session, actor=bank.actor))

    headers = [header_hash(one) for one in blocks if one is not None]

    assert [one.number for one in blocks if one] == [1, 2, 3]
    assert [one.leaves for one in blocks if one] == [2, 2, 2]
    for count, block in enumerate(blocks, start=1):
        assert block is not None
        assert block.head == merkle.tree_hash(headers[:count])
    assert [one.previous_head for one in blocks if one] == [
        None,
        *(one.head for one in blocks[:-1] if one),
    ]
    assert list(seals.chain(session, bank.community_id)) == blocks


def test_a_header_says_everything_of_its_block(session: Session, bank: SmallBank) -> None:
    earn(session, bank, 10)
    block = sealing.seal_entries(session, actor=bank.actor)
    assert block is not None

    title, community, number, leaves, root, previous, _, end = header_text(block).split("\n")

    assert (title, community) == ("timebank.block.1", str(bank.community_id))
    assert (number, leaves, root, previous, end) == ("1", "1", block.root.hex(), "-", "")


def test_an_entry_that_commits_late_gets_into_the_next_block(real_bank: RealBank) -> None:
    """Its number is lower than those that were sealed meanwhile; membership alone decides."""
    bank = real_bank.bank

    def post_slowly(session: Session) -> None:
        earn(session, bank, 1)
        if real_bank.name == "postgresql":
            with ThreadPoolExecutor(1) as other:
                other.submit(real_bank.write, lambda inner: earn(inner, bank, 2, member=2)).result()
                other.submit(
                    real_bank.write, lambda inner: sealing.seal_entries(inner, actor=bank.actor)
                ).result()

    real_bank.write(post_slowly)
    real_bank.write(lambda session: sealing.seal_entries(session, actor=bank.actor))

    left = real_bank.write(lambda session: list(seals.unsealed(session, bank.community_id)))
    assert left == []
    inside = real_bank.write(lambda session: len(session.scalars(select(BlockLeaf.leaf)).all()))
    assert inside == len(real_bank.write(seals_of))


def test_entries_are_taken_in_portions(
    session: Session, bank: SmallBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seals, "STREAMED", 3)
    for _ in range(8):
        earn(session, bank, 10)

    assert [len(some) for some in seals.unsealed(session, bank.community_id)] == [3, 3, 2]
    block = sealing.seal_entries(session, actor=bank.actor)

    assert block is not None
    assert (block.leaves, block.root) == (8, merkle.tree_hash(seals_of(session)))
    assert list(seals.unsealed(session, bank.community_id)) == []


def test_leaves_that_are_written_meanwhile_are_not_gone_through_for_each_entry(
    young_bank: RealBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first block of a large import: the planner thinks that there are no leaves."""
    many, bank = 400, young_bank.bank
    monkeypatch.setattr(seals, "STREAMED", many // 8)
    scans = text(
        "SELECT seq_scan FROM pg_stat_xact_user_tables WHERE relname = 'ledger_block_leaf'"
    )
    with young_bank.owner.begin() as connection:
        connection.execute(text("ANALYZE ledger_block_leaf"))

    def seal(session: Session) -> int:
        for _ in range(many):
            earn(session, bank, 1)
        session.execute(text("SELECT ledger_measure(:many)"), {"many": many})
        before = session.scalars(scans).one()
        sealing.seal_entries(session, actor=bank.actor)
        return int(session.scalars(scans).one() - before)

    assert young_bank.write(seal) < many / 4


def test_of_two_sealers_at_once_one_finds_nothing_to_do(real_bank: RealBank) -> None:
    start = Barrier(4)

    def seal(_: int) -> object:
        start.wait(30)
        return real_bank.write(
            lambda session: sealing.seal_entries(session, actor=real_bank.bank.actor)
        )

    with ThreadPoolExecutor(4) as sealers:
        made = [one for one in sealers.map(seal, range(4)) if one is not None]

    assert len(made) == 1
    assert real_bank.write(lambda session: len(session.scalars(select(Block.id)).all())) == 1


def test_portions_do_not_show_in_the_block(
    session: Session, bank: SmallBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seals, "STREAMED", 3)
    for minutes in range(1, 12):
        earn(session, bank, minutes)

    block = sealing.seal_entries(session, actor=bank.actor)

    assert block is not None
    assert (block.leaves, block.root) == (11, merkle.tree_hash(seals_of(session)))
    positions = session.scalars(select(BlockLeaf.position).order_by(BlockLeaf.position)).all()
    assert list(positions) == list(range(11))


def test_communities_are_sealed_apart(session: Session, bank: SmallBank) -> None:
    other = make_bank(session, community_id=make_community(session, code="QT").id)
    earn(session, bank, 10)
    earn(session, other, 20)
    earn(session, other, 30)

    sealing.seal_everywhere(session, {})
    sealing.seal_everywhere(session, {})

    rows = session.execute(select(Block.community_id, Block.number, Block.leaves)).all()
    assert sorted(tuple(row) for row in rows) == sorted(
        [(bank.community_id, 1, 1), (other.community_id, 1, 2)]
    )


def test_the_daily_job_looks_only_behind_the_newest_block_of_yesterday_or_before(
    session: Session, bank: SmallBank
) -> None:
    community_id, today = bank.community_id, clock.now()
    for days_ago in (3, 2, 0):
        with clock.fixed_at(today - timedelta(days=days_ago)):
            earn(session, bank, 10)
            earn(session, bank, 20)
            sealing.seal_everywhere(session, {})

    settled = seals.last_sealed_by(session, community_id, today - sealing.SETTLED_AFTER)
    assert settled == session.scalars(select(Entry.number).order_by(Entry.number)).all()[3]
    assert seals.last_sealed_by(session, community_id, today - timedelta(days=9)) == 0
    assert [block.leaves for block in seals.chain(session, community_id)] == [2, 2, 2]


# What PostgreSQL reads for the same question follows from what its planner thinks of the tables.
@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_sealing_does_not_read_what_was_sealed_days_ago_but_the_thorough_do(
    real_bank: RealBank,
) -> None:
    old = 40

    def read(session: Session) -> tuple[int, int]:
        actor = real_bank.bank.actor
        with clock.fixed_at(clock.now() - timedelta(days=3)):
            for _ in range(old):
                earn(session, real_bank.bank, 10)
            sealing.seal_entries(session, actor=actor)
        with counted(session) as usual:
            assert sealing.seal_entries(session, actor=actor) is None
        with counted(session) as thorough:
            assert sealing.seal_entries(session, actor=actor, is_thorough=True) is None
        return usual[0], thorough[0]

    first, second = (real_bank.write(read) for _ in range(2))
    more_usual, more_thorough = (
        after - before for before, after in zip(first, second, strict=True)
    )
    assert more_thorough >= old
    assert more_usual < more_thorough / 4


def test_the_thorough_seal_what_was_overlooked(
    session: Session, bank: SmallBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    with clock.fixed_at(clock.now() - timedelta(days=3)):
        overlooked = earn(session, bank, 10)
        earn(session, bank, 20)
        (both,) = seals.unsealed(session, bank.community_id)
        with monkeypatch.context() as patched:
            patched.setattr(seals, "unsealed", lambda *_, **__: iter([both[1:]]))
            sealing.seal_entries(session, actor=bank.actor)
    new = earn(session, bank, 30)

    sealing.seal_entries(session, actor=bank.actor)
    sealing.seal_entries(session, actor=bank.actor, is_thorough=True)

    places = select(BlockLeaf.entry_id).order_by(BlockLeaf.block_number)
    assert session.scalars(places).all()[1:] == [new, overlooked]


def test_nothing_is_sealed_onto_a_chain_that_does_not_hold(real_bank: RealBank) -> None:
    bank = real_bank.bank
    real_bank.write(lambda session: sealing.seal_entries(session, actor=bank.actor))
    real_bank.write(lambda session: earn(session, bank, 5))

    with unguarded(real_bank.owner) as connection:
        connection.execute(text("UPDATE ledger_block SET leaves = leaves + 1"))
        with pytest.raises(ChainBrokenError):
            sealing.seal_entries(Session(connection), actor=bank.actor)


def test_the_same_entries_sealed_at_the_same_moments_have_the_same_heads(
    session: Session, bank: SmallBank
) -> None:
    """Roots and heads follow from the entries and the moments of sealing, and nothing else."""
    for minutes in (10, 20):
        earn(session, bank, minutes)
        sealing.seal_entries(session, actor=bank.actor)
    kept = list(seals.chain(session, bank.community_id))

    again, at = Chain(), 0
    for block in kept:
        assert block.root == merkle.tree_hash(seals_of(session)[at : at + block.leaves])
        at += block.leaves
        assert again.add(block) == block.head


def test_entries_are_sealed_once_a_day() -> None:
    (daily,) = [one for one in jobs.SCHEDULE if one.name == "ledger.seal"]
    assert daily.every.days == 1
    assert jobs.period_key(daily, clock.now()).startswith("ledger.seal:")
