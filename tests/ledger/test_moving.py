"""Books that move into an empty database, even of the other engine, have the same heads."""

from sqlalchemy import Connection, insert, select
from sqlalchemy.orm import Session

from tests.ledger.conftest import RealBank
from tests.make import real
from tests.make.ledger import earn, spend
from tests.make.rude import unguarded
from timebank.kernel import clock
from timebank.kernel.db import Base
from timebank.ledger.models.blocks import BLOCK_LEAVES, BLOCKS
from timebank.ledger.models.tables import ACCOUNTS, BOOKS, ENTRIES, TRANSFERS
from timebank.ledger.queries import seals
from timebank.ledger.rules.blocks import BlockView
from timebank.ledger.service import sealing
from timebank.ledger.verify import blocks

COMMUNITIES = Base.metadata.tables["community"]


def copy(source: Connection, target: Connection, block: BlockView) -> None:
    """Copy the entries of a block as they are, with their transfers."""
    inside = select(BLOCK_LEAVES.c.entry_id).where(BLOCK_LEAVES.c.block_number == block.number)
    for table, key in ((ENTRIES, ENTRIES.c.id), (TRANSFERS, TRANSFERS.c.entry_id)):
        rows = source.execute(select(table).where(key.in_(inside))).mappings()
        target.execute(insert(table), [dict(row) for row in rows])


def test_the_same_entries_sealed_anew_elsewhere_have_the_same_heads(real_bank: RealBank) -> None:
    bank = real_bank.bank
    for minutes in (10, 20, 30):

        def day(session: Session, minutes: int = minutes) -> None:
            earn(session, bank, minutes)
            spend(session, bank, 3)
            sealing.seal_entries(session, actor=bank.actor)

        real_bank.write(day)
    known = real_bank.write(lambda session: list(seals.chain(session, bank.community_id)))
    other = next(one for one in real.ENGINES if one != real_bank.name)

    with (
        real.real_app(other) as app,
        real_bank.owner.connect() as source,
        unguarded(real.owner_engine(app)) as target,
    ):
        for table in (COMMUNITIES, BOOKS, ACCOUNTS):
            rows = source.execute(select(table)).mappings()
            target.execute(insert(table), [dict(row) for row in rows])
        session = Session(target)
        for block in known:
            copy(source, target, block)
            with clock.fixed_at(block.sealed_at):
                assert sealing.seal_entries(session, actor=bank.actor) == block

        assert list(seals.chain(session, bank.community_id)) == known
        assert list(blocks.findings(session)) == []
        assert len(target.execute(select(BLOCKS)).all()) == len(known)
