"""The proof of hours: every posting follows from its record, and every gift from its row."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from timebank.kernel.finding import Finding
from timebank.ledger.queries import entries as ledger_entries
from timebank.ledger.queries.entries import Moved
from timebank.volunteering.models.certificates import CertificateRecord, ServiceCertificate
from timebank.volunteering.models.expiry import HoursExpiry
from timebank.volunteering.models.merging import EndingEntry
from timebank.volunteering.models.passbook_prints import PassbookLine, PassbookPrint
from timebank.volunteering.models.policy import HoursPolicy
from timebank.volunteering.models.pools import PoolGift, PoolGrant
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.models.wallet import FamilyGift, FamilyWallet
from timebank.volunteering.queries import (
    clearing_proof,
    need_results,
    passbook,
    pools,
    postings,
)
from timebank.volunteering.queries import policy as policies
from timebank.volunteering.queries.brought import brought_findings
from timebank.volunteering.queries.desk_proof import desk_findings
from timebank.volunteering.queries.ended import ended_findings
from timebank.volunteering.queries.rights_proof import rights_findings
from timebank.volunteering.rules.certificates import digest
from timebank.volunteering.rules.gifts import Source
from timebank.volunteering.rules.policy import PolicyCalendar
from timebank.volunteering.rules.records import reckon

# Records are proved in batches, so that a city's history fits into memory.
BATCH = 500

RULE_VERSION = "a record is reckoned by the version in force on the day of the service"
RULE_MINUTES = "own, donation-only and refused minutes are what the version makes of those served"
RULE_FACTS = "what a certificate says has the digest under which it was issued"
RULE_COUNTED = "a certificate counts the records that stand behind it, and says their minutes"
RULE_PRINTED = "each printed line goes on from the balance of the one before it"
RULE_ENTRY = "an entry moves what its row says, from where and to where it says"


def findings(session: Session, community_id: int | None = None) -> Iterator[Finding]:
    """Yield every row of the time bank that disagrees with its posting or its policy."""
    communities = select(HoursPolicy.community_id).distinct().order_by(HoursPolicy.community_id)
    if community_id is not None:
        communities = communities.where(HoursPolicy.community_id == community_id)
    for one in session.scalars(communities).all():
        yield from _record_findings(session, one)
        yield from _gift_findings(session, one)
        yield from postings.findings(session, one)
        yield from need_results.findings(session, one)
        yield from desk_findings(session, one)
        yield from _certificate_findings(session, one)
        yield from _passbook_findings(session, one)
        yield from ended_findings(session, one)
        yield from rights_findings(session, one)
        yield from brought_findings(session, one)
    yield from clearing_proof.findings(session, community_id)


def _record_findings(session: Session, community_id: int) -> Iterator[Finding]:
    """Yield the records whose figures or entries are not as they should be."""
    calendar = policies.calendar(session, community_id)
    last_id = 0
    while True:
        rows = session.scalars(
            select(ServiceRecord)
            .where(
                ServiceRecord.community_id == community_id,
                ServiceRecord.id > last_id,
                ServiceRecord.entry_id.is_not(None),
            )
            .order_by(ServiceRecord.id)
            .limit(BATCH)
            .execution_options(populate_existing=True)
        ).all()
        if not rows:
            return
        last_id = rows[-1].id
        ids = [row.entry_id for row in rows if row.entry_id is not None]
        moved = ledger_entries.moved(session, ids)
        for row in rows:
            yield from _one_record(row, calendar, moved)
        session.expunge_all()


def _one_record(
    row: ServiceRecord, calendar: PolicyCalendar, moved: dict[UUID, list[Moved]]
) -> Iterator[Finding]:
    """Yield what is wrong with one record."""
    name, policy = f"id {row.id}", calendar.on(row.served_on)
    if row.policy_version != policy.version:
        yield _finding(row, name, row.policy_version, policy.version, RULE_VERSION)
        return
    reckoning = reckon(minutes=row.minutes, rate=policy.rate_of(row.kind_id), policy=policy)
    told = (
        row.rate_percent,
        row.rounding_minutes,
        row.bonus_minutes,
        (row.credited_minutes or 0) + row.refused_minutes,
    )
    right = (
        reckoning.rate_percent,
        reckoning.rounding_minutes,
        reckoning.bonus_minutes,
        reckoning.credited_minutes,
    )
    if told != right:
        yield _finding(row, name, told, right, RULE_MINUTES)
    issued = passbook.issuance_code(row.grid_id)
    own = (row.credited_minutes or 0) - row.donation_minutes
    wanted = [
        Moved(issued, f"member:{row.volunteer_id}", own),
        Moved(issued, passbook.donation_code(row.volunteer_id), row.donation_minutes),
    ]
    right_moves = sorted(move for move in wanted if move.amount)
    is_moves = sorted(moved.get(row.entry_id, [])) if row.entry_id else []
    if is_moves != right_moves:
        yield _finding(row, name, is_moves, right_moves, RULE_ENTRY)


@dataclass(frozen=True, slots=True)
class _Said:
    """A row of a gift, and what its entry should move."""

    row_id: int
    entry_id: UUID
    move: Moved


def _gift_findings(session: Session, community_id: int) -> Iterator[Finding]:
    """Yield gifts, grants and expiries whose entries move something else than they say."""
    for table, read in _READS:
        last_id = 0
        while True:
            rows = read(session, community_id, last_id)
            if not rows:
                break
            last_id = rows[-1].row_id
            moved = ledger_entries.moved(session, [row.entry_id for row in rows])
            for row in rows:
                found = moved.get(row.entry_id, [])
                if found != [row.move]:
                    yield Finding(
                        table, f"id {row.row_id}", str(found), str([row.move]), RULE_ENTRY
                    )


def _pool_gifts(session: Session, community_id: int, after_id: int) -> list[_Said]:
    """Return gifts to pools."""
    it = PoolGift
    rows = session.execute(
        select(it.id, it.entry_id, it.person_id, it.source, it.pool_id, it.minutes)
        .where(it.community_id == community_id, it.id > after_id)
        .order_by(it.id)
        .limit(BATCH)
    )
    return [
        _Said(
            row_id,
            entry_id,
            Moved(
                _member(person_id) if source == Source.OWN else passbook.donation_code(person_id),
                pools.pool_code(pool_id),
                minutes,
            ),
        )
        for row_id, entry_id, person_id, source, pool_id, minutes in rows
    ]


def _pool_grants(session: Session, community_id: int, after_id: int) -> list[_Said]:
    """Return grants that were given."""
    it = PoolGrant
    rows = session.execute(
        select(it.id, it.entry_id, it.pool_id, it.person_id, it.minutes)
        .where(it.community_id == community_id, it.id > after_id, it.entry_id.is_not(None))
        .order_by(it.id)
        .limit(BATCH)
    )
    return [
        _Said(row_id, entry_id, Moved(pools.pool_code(pool_id), _member(person_id), minutes))
        for row_id, entry_id, pool_id, person_id, minutes in rows
        if entry_id is not None
    ]


def _family_gifts(session: Session, community_id: int, after_id: int) -> list[_Said]:
    """Return gifts by family wallets."""
    it = FamilyGift
    rows = session.execute(
        select(it.id, it.entry_id, FamilyWallet.giver_id, FamilyWallet.receiver_id, it.minutes)
        .join(FamilyWallet, FamilyWallet.id == it.wallet_id)
        .where(it.community_id == community_id, it.id > after_id)
        .order_by(it.id)
        .limit(BATCH)
    )
    return [
        _Said(row_id, entry_id, Moved(_member(giver_id), _member(receiver_id), minutes))
        for row_id, entry_id, giver_id, receiver_id, minutes in rows
    ]


def _expiries(session: Session, community_id: int, after_id: int) -> list[_Said]:
    """Return minutes that ended."""
    it = HoursExpiry
    rows = session.execute(
        select(it.id, it.entry_id, it.person_id, it.minutes)
        .where(it.community_id == community_id, it.id > after_id)
        .order_by(it.id)
        .limit(BATCH)
    )
    return [
        _Said(row_id, entry_id, Moved(_member(person_id), "expired", minutes))
        for row_id, entry_id, person_id, minutes in rows
    ]


def _certificate_findings(session: Session, community_id: int) -> Iterator[Finding]:
    """Yield the certificates whose words or sums are not those that were issued."""
    it, part = ServiceCertificate, CertificateRecord
    counted = select(func.count(part.id), func.coalesce(func.sum(part.minutes), 0)).where(
        part.certificate_id == bindparam("certificate_id")
    )
    last_id = 0
    while True:
        rows = session.scalars(
            select(it)
            .where(it.community_id == community_id, it.id > last_id)
            .order_by(it.id)
            .limit(BATCH)
            .execution_options(populate_existing=True)
        ).all()
        if not rows:
            return
        last_id = rows[-1].id
        for row in rows:
            name, told = f"id {row.id}", (row.services, row.minutes)
            found = session.execute(counted, {"certificate_id": row.id}).one()
            if told != (int(found[0]), int(found[1])):
                yield Finding(it.__tablename__, name, str(told), str(tuple(found)), RULE_COUNTED)
            if digest(row.facts or "") != row.facts_digest:
                yield Finding(it.__tablename__, name, "", row.facts_digest, RULE_FACTS)
        session.expunge_all()


def _passbook_findings(session: Session, community_id: int) -> Iterator[Finding]:
    """Yield the prints whose lines do not go on from one another."""
    it, last_id = PassbookPrint, 0
    while True:
        rows = session.execute(
            select(it.id, it.opening_minutes, it.closing_minutes)
            .where(it.community_id == community_id, it.id > last_id)
            .order_by(it.id)
            .limit(BATCH)
        ).all()
        if not rows:
            return
        last_id = rows[-1].id
        lines: dict[int, list[tuple[int, int]]] = {}
        for print_id, minutes, after in session.execute(
            select(PassbookLine.print_id, PassbookLine.minutes, PassbookLine.after_minutes)
            .where(PassbookLine.print_id.in_([row.id for row in rows]))
            .order_by(PassbookLine.print_id, PassbookLine.position)
        ):
            lines.setdefault(print_id, []).append((minutes, after))
        for print_id, opening, closing in rows:
            balance = opening
            is_right = True
            for minutes, after in lines.get(print_id, []):
                balance += minutes
                is_right = is_right and balance == after
            if not is_right or balance != closing:
                yield Finding(
                    it.__tablename__, f"id {print_id}", str(closing), str(balance), RULE_PRINTED
                )


def _endings(session: Session, community_id: int, after_id: int) -> list[_Said]:
    """Return what merges and leavings moved."""
    it = EndingEntry
    rows = session.execute(
        select(it.id, it.entry_id, it.debit_code, it.credit_code, it.minutes)
        .where(it.community_id == community_id, it.id > after_id)
        .order_by(it.id)
        .limit(BATCH)
    )
    return [
        _Said(row_id, entry_id, Moved(debit_code, credit_code, minutes))
        for row_id, entry_id, debit_code, credit_code, minutes in rows
    ]


_Read = Callable[[Session, int, int], list[_Said]]
_READS: tuple[tuple[str, _Read], ...] = (
    ("pool_gift", _pool_gifts),
    ("pool_grant", _pool_grants),
    ("family_gift", _family_gifts),
    ("hours_expiry", _expiries),
    ("ending_entry", _endings),
)


def _member(person_id: int) -> str:
    """Return the code of a member's own account."""
    return f"member:{person_id}"


def _finding(
    row: ServiceRecord, name: str, is_value: object, should_be: object, rule: str
) -> Finding:
    """Return what is wrong with a record."""
    return Finding("service_record", name, str(is_value), str(should_be), rule, row.community_id)
