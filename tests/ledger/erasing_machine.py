"""Erasing at any moment: words go once, all of them, where it is asked, and nothing else goes."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import JSON, String, Table, cast, select

from tests.ledger.bystanders import GROUND
from tests.ledger.machine import NAME
from tests.ledger.sealing_machine import SealingMachine
from tests.ledger.sequences import act
from timebank.kernel.db import Base
from timebank.ledger.queries import seals as seal_queries
from timebank.ledger.rules import proofs
from timebank.ledger.rules.proofs import Proof
from timebank.ledger.service import erasing

# What may go, by table.
WORDS = {
    "ledger_entry": ("actor_name", "memo", "document", "reason", "salt"),
    "ledger_hold": ("actor_name", "memo"),
    "ledger_hold_end": ("actor_name", "reason"),
}
ERASURES = ("ledger_erasure", "ledger_hold_erasure")
# Of how many entries an erasure's proofs are looked at, before and after.
PROOFS_MAX = 3

# Every word there is, beside whose it is; and whether an entry has its salt.
_SAID = """
SELECT 'entry' AS what, replace(CAST(id AS text), '-', '') AS id, actor_name, memo, document,
  reason, length(salt) > 0 AS has_salt FROM ledger_entry
UNION ALL
SELECT 'hold', replace(CAST(id AS text), '-', ''), actor_name, memo, '', '', 0 = 1 FROM ledger_hold
UNION ALL
SELECT 'end', replace(CAST(hold_id AS text), '-', ''), actor_name, '', '', reason, 0 = 1
FROM ledger_hold_end
"""

Said = set[tuple[object, ...]]
Kept = dict[str, set[tuple[object, ...]]]


class ErasingMachine(SealingMachine):
    """Acts that erase words: by the row that does it, and by the verbs."""

    @act(2, at=1000)
    def erase_an_entry(self, at: int) -> None:
        """By the row its words go and not those of its reversal; a second row is refused."""
        entry_id = self.entry(at)
        if entry_id is None:
            return
        entry = self.plain.entries[entry_id]
        work = lambda: self.erase(entry_id, entry.draft.community)  # noqa: E731 - named for the line
        if not entry.is_erased:
            self._erase(lambda: self.plain.erase_entry(entry_id), work, [entry_id])
        if entry.is_erased:
            self.refused(work)

    @act(3, at=1000)
    def erase_a_hold(self, at: int) -> None:
        """Once it has ended its words go and those of its end; one that is open keeps them."""
        hold_id = self.a_hold(at)
        if hold_id is None:
            return
        held = self.plain.holds[hold_id]
        community = self.plain.accounts[held.account].community
        work = lambda: self.erase_hold(hold_id, community)  # noqa: E731 - likewise
        if not held.is_open and not held.is_erased:
            self._erase(lambda: self.plain.erase_hold(hold_id), work, [])
        if held.is_open or held.is_erased:
            self.refused(work)

    @act(2, at=1000, other=1000)
    def erase_entries(self, at: int, other: int) -> None:
        """By the verb the words of reversals go with those of their entries; twice is once."""
        named = [key for key in (self.entry(at), self.entry(other)) if key is not None]
        if not named:
            return
        actor = self.world.actors[self.plain.entries[named[0]].draft.community]
        for _ in range(2):
            self._erase(
                lambda: self.plain.erase_entries(actor.community_id, named),
                lambda: erasing.erase_words(
                    self.session, actor=actor, entry_ids=named, ground=GROUND
                ),
                named,
            )

    @act(1, group=6, stranger=4)
    def erase_a_person(self, group: int, stranger: int) -> None:
        """What moved their account and each ended hold on it; a stranger erases none of it."""
        account = self.spot(group, 0)
        actors = list(self.world.actors.values())
        own = self.actor_of(account)
        actor = next(one for one in actors if one != own) if stranger == 0 else own
        for _ in range(2):
            self._erase(
                lambda: self.plain.erase_account(actor.community_id, account),
                lambda: erasing.erase_words_of_person(
                    self.session,
                    actor=actor,
                    person_id=self.world.persons[account],
                    ground=GROUND,
                ),
                self.plain.moves_of(account),
            )

    def _erase(
        self, plain: Callable[[], int], real: Callable[[], int], entry_ids: Sequence[UUID]
    ) -> None:
        """Erase in both books as many; every proof stays, and whatever else is written."""
        kept, proved = self._kept(), self._proofs(entry_ids[:PROOFS_MAX])
        erased: list[int] = []
        if self.is_done(lambda: None, lambda: erased.append(real())):
            assert erased == [plain()]
        self._check_kept(kept)
        for entry_id, before in proved.items():
            self._check_proof(before, seal_queries.proof(self.session, entry_id))

    def _proofs(self, entry_ids: Sequence[UUID]) -> dict[UUID, Proof]:
        """The proofs of those that are in a block."""
        sealed = {key for chain in self.chains.values() for key in chain.sealed()}
        return {key: seal_queries.proof(self.session, key) for key in entry_ids if key in sealed}

    def _check_proof(self, before: Proof, after: Proof) -> None:
        """One made before holds with its words; one made now is the same without them."""
        checked = proofs.check(before)
        assert checked.holds
        assert checked.are_words_true is (None if before.words is None else True)
        assert proofs.check(after).holds
        assert after in (before, replace(before, words=None))

    def _kept(self) -> Kept:
        """Every row of the ledger without the words that may go."""
        kept: Kept = {}
        for table in _tables("ledger_"):
            words = WORDS.get(table.name, ())
            chosen = select(*(column for column in table.c if column.name not in words))
            kept[table.name] = {tuple(map(str, row)) for row in self.session.execute(chosen)}
        return kept

    def _check_kept(self, before: Kept) -> None:
        """Nothing is another, and erasures are added at most."""
        after = self._kept()
        for name, rows in before.items():
            assert rows <= after[name], name
            assert name in ERASURES or rows == after[name], name

    def check(self) -> None:
        """After every act, too: what is erased is blank, and every other word stands."""
        super().check()
        rows = self.session.connection().exec_driver_sql(_SAID)
        found = {(*row[:-1], bool(row[-1])) for row in rows}
        expected = self._said()
        assert found == expected, {"more": found - expected, "less": expected - found}

    def _said(self) -> Said:
        """Every word there should be."""
        said: Said = set()
        for key, entry in self.plain.entries.items():
            words = ("", "", "", "") if entry.is_erased else (NAME, *entry.draft.words)
            said.add(("entry", key.hex, *words, not entry.is_erased))
        for key, held in self.plain.holds.items():
            name = "" if held.is_erased else NAME
            memo, reason = ("", "") if held.is_erased else (held.memo, held.reason)
            said.add(("hold", key.hex, name, memo, "", "", False))
            if not held.is_open:
                # A capture is its entry's, and who did it stands there.
                name = name if held.captured_by is None else ""
                said.add(("end", key.hex, name, "", "", reason, False))
        return said

    def check_all(self) -> None:
        """At the end, too: what is erased everywhere it was said is found in no table."""
        super().check_all()
        gone, kept = set[str](), set[str]()
        for entry in self.plain.entries.values():
            (gone if entry.is_erased else kept).update(entry.draft.words)
        for held in self.plain.holds.values():
            (gone if held.is_erased else kept).update((held.memo, held.reason))
        texts = "\n".join(self._texts())
        assert [word for word in gone - kept - {""} if word in texts] == []
        assert [word for word in kept if word not in texts] == []

    def _texts(self) -> list[str]:
        """Every text that the books and the trail say."""
        found = []
        for table in (*_tables("ledger_"), *_tables("trail_")):
            texts = [one for one in table.c if isinstance(one.type, String | JSON)]
            if texts:
                rows = self.session.execute(select(*(cast(one, String) for one in texts)))
                found += [str(value) for row in rows for value in row]
        return found


def _tables(prefix: str) -> list[Table]:
    return [one for one in Base.metadata.sorted_tables if one.name.startswith(prefix)]
