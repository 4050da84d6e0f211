"""Sealing at any moment: each entry is in one block, and what was sealed is proved for ever."""

from dataclasses import replace

from sqlalchemy import select

from tests.ledger.bystanders import BystanderMachine
from tests.ledger.plain_blocks import PlainBlock
from tests.ledger.sequences import act
from timebank.ledger.models.tables import ENTRIES
from timebank.ledger.queries import seals as seal_queries
from timebank.ledger.rules import proofs
from timebank.ledger.rules.blocks import BlockView
from timebank.ledger.service import sealing


class SealingMachine(BystanderMachine):
    """Acts around the blocks of the two communities."""

    @act(4, at=2)
    def seal(self, at: int) -> None:
        """What was recorded since goes into the next block, in its order, and nothing else."""
        actor = list(self.world.actors.values())[at]
        chain = self.chains[actor.community_id]
        made: list[BlockView | None] = []
        work = lambda: made.append(sealing.seal_entries(self.session, actor=actor))  # noqa: E731 - named for the line
        if not self.is_done(lambda: None, work):
            return
        sealed = chain.sealed()
        waiting = [
            key
            for key, one in self.plain.entries.items()
            if one.draft.community == chain.community and key not in sealed
        ]
        if not waiting:
            assert made == [None]
            return
        found = self.session.execute(select(ENTRIES.c.id, ENTRIES.c.seal))
        seals = {key: seal for key, seal in found.tuples() if key in set(waiting)}
        chain.seal([(key, seals[key]) for key in waiting], self.now)
        (block,) = made
        assert block is not None
        assert (block.number, block.leaves) == (len(chain.blocks), len(waiting))
        assert PlainBlock(waiting, block.root, block.head) == chain.blocks[-1]

    @act(4, at=1000, other=1000)
    def prove(self, at: int, other: int) -> None:
        """What is in a block is proved under the newest head; another entry's leaf is not."""
        entry_id, other_id = self.entry(at), self.entry(other)
        if entry_id is None or other_id is None:
            return
        entry = self.plain.entries[entry_id]
        chain = self.chains[entry.draft.community]
        if entry_id not in chain.sealed():
            found = self.answer(lambda: seal_queries.proof(self.session, entry_id))
            assert found == "ledger_not_sealed_yet"
            return
        proof = seal_queries.proof(self.session, entry_id)
        checked = proofs.check(proof)
        assert checked.holds
        assert checked.are_words_true is (None if entry.is_erased else True)
        assert checked.amounts == tuple(amount for *_, amount in entry.draft.lines)
        assert (proof.blocks, proof.head) == (len(chain.blocks), chain.blocks[-1].head)
        if other_id != entry_id and other_id in chain.sealed():
            leaf = seal_queries.proof(self.session, other_id).leaf
            assert not proofs.check(replace(proof, leaf=leaf)).is_in_block

    def check_all(self) -> None:
        """At the end every head is still what it was when its block was made."""
        super().check_all()
        for chain in self.chains.values():
            heads = [one.head for one in seal_queries.chain(self.session, chain.community)]
            assert heads == [block.head for block in chain.blocks]
