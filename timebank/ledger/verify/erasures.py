"""The proof of erasures: words are gone exactly where it stands written that they were erased."""

from collections.abc import Iterator

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from timebank.kernel.finding import Finding
from timebank.ledger.models.blocks import ERASURES
from timebank.ledger.models.rows import WORDS
from timebank.ledger.models.tables import ENTRIES

RULE_ERASED = "words without their salt were erased, all of them, and it stands written"
RULE_ERASURE = "an erasure is of an entry of its community whose words are gone"

_READ = 10_000


def findings(session: Session, community_id: int | None = None) -> Iterator[Finding]:
    """Yield entries that lost words without an erasure, and erasures that erased nothing."""
    entry, erasure = ENTRIES.c, ERASURES.c
    has_words = or_(*(entry[name] != "" for name in WORDS))
    bare = (
        select(entry.id, entry.number, erasure.entry_id.is_(None).label("is_unwritten"))
        .outerjoin(ERASURES, erasure.entry_id == entry.id)
        .where(func.length(entry.salt) == 0, or_(erasure.entry_id.is_(None), has_words))
    )
    vain = (
        select(erasure.entry_id)
        .outerjoin(ENTRIES, entry.id == erasure.entry_id)
        .where(
            or_(
                entry.id.is_(None),
                func.length(entry.salt) > 0,
                entry.community_id != erasure.community_id,
            )
        )
    )
    if community_id is not None:
        bare = bare.where(entry.community_id == community_id)
        vain = vain.where(erasure.community_id == community_id)
    for row in session.execute(bare, execution_options={"yield_per": _READ}):
        name = f"id {row.id} (number {row.number})"
        yield Finding("ledger_entry", name, "no salt", "erased, or salted words", RULE_ERASED)
        if row.is_unwritten:
            yield Finding("ledger_erasure", f"entry_id {row.id}", "no row", "a row", RULE_ERASED)
    for entry_id in session.scalars(vain, execution_options={"yield_per": _READ}):
        name = f"entry_id {entry_id}"
        yield Finding("ledger_erasure", name, "erased nothing", "erased words", RULE_ERASURE)
