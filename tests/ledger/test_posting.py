"""Posting: what an entry does, what is refused, and that asking twice changes nothing."""

from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.ledger.conftest import RealBank
from tests.make.community import make_community
from tests.make.ledger import SmallBank, draft_of, earn, make_account, make_bank, spend
from tests.make.steps import counted
from timebank.kernel import ids
from timebank.kernel.actor import program
from timebank.ledger.errors import (
    AccountDiffersError,
    AccountNotFoundError,
    AmountError,
    CrossAssetError,
    CrossBookError,
    EmptyEntryError,
    EntryNotFoundError,
    InsufficientBalanceError,
    SameAccountError,
    SameEntryOtherContentError,
    TextTooLongError,
    TooManyLinesError,
)
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.ledger.queries import entries as ledger_entries
from timebank.ledger.queries import statements as ledger_statements
from timebank.ledger.rules.values import LINES_MAX, MEMO_MAX, AccountKind, Asset, Restriction, Side
from timebank.ledger.service import books, posting, statements
from timebank.ledger.verify import proof as verify


@pytest.fixture
def bank(session: Session) -> SmallBank:
    return make_bank(session)


def posted(session: Session, account_id: int) -> int:
    return ledger_accounts.balance(session, account_id).posted


def test_an_entry_moves_every_account_it_names(session: Session, bank: SmallBank) -> None:
    first, second, _ = bank.members
    draft = draft_of(bank.book_id, (bank.issuance, first, 90), (bank.issuance, second, 30))

    entry = posting.post(session, actor=bank.actor, draft=draft)

    assert posted(session, first) == 90
    assert posted(session, second) == 30
    assert posted(session, bank.issuance) == 120
    found = ledger_entries.entry(session, entry.id)
    assert (found.id, found.number) == (entry.id, entry.number)
    assert [(one.debit_id, one.credit_id, one.amount) for one in found.transfers] == [
        (bank.issuance, first, 90),
        (bank.issuance, second, 30),
    ]
    assert found.actor_name == bank.actor.name
    assert list(verify.findings(session)) == []


def test_what_goes_out_before_it_comes_in_is_netted(session: Session, bank: SmallBank) -> None:
    first, second, _ = bank.members
    draft = draft_of(bank.book_id, (first, second, 20), (bank.issuance, first, 20))

    posting.post(session, actor=bank.actor, draft=draft)

    assert (posted(session, first), posted(session, second)) == (0, 20)


def test_an_overdraft_is_refused_with_what_is_there(session: Session, bank: SmallBank) -> None:
    earn(session, bank, 30)

    with pytest.raises(InsufficientBalanceError) as refusal:
        spend(session, bank, 31)

    assert refusal.value.facts == {"have": 30, "need": 31}
    assert posted(session, bank.members[0]) == 30
    assert posted(session, bank.redeemed) == 0


def test_a_floor_below_zero_is_a_credit_line(session: Session, bank: SmallBank) -> None:
    trusted = make_account(session, bank.book_id, "member:trusted", floor=-60)

    posting.post(
        session, actor=bank.actor, draft=draft_of(bank.book_id, (trusted, bank.redeemed, 60))
    )

    assert posted(session, trusted) == -60
    with pytest.raises(InsufficientBalanceError):
        posting.post(
            session, actor=bank.actor, draft=draft_of(bank.book_id, (trusted, bank.redeemed, 1))
        )


def test_a_debit_normal_account_never_falls_below_its_floor(
    session: Session, bank: SmallBank
) -> None:
    book_id = books.ensure_book(
        session, community_id=bank.community_id, code="owners", name="业主共有"
    )
    cash = make_account(session, book_id, "cash:1", asset=Asset.YUAN, normal=Side.DEBIT)
    fund = make_account(session, book_id, "fund:1", asset=Asset.YUAN, kind=AccountKind.OPEN)
    posting.post(
        session, actor=bank.actor, draft=draft_of(book_id, (cash, fund, 10_000), asset=Asset.YUAN)
    )

    with pytest.raises(InsufficientBalanceError):
        posting.post(
            session,
            actor=bank.actor,
            draft=draft_of(book_id, (fund, cash, 10_001), asset=Asset.YUAN),
        )

    assert posted(session, cash) == 10_000


def test_the_same_entry_twice_is_posted_once(session: Session, bank: SmallBank) -> None:
    draft = draft_of(bank.book_id, (bank.issuance, bank.members[0], 45))

    first = posting.post(session, actor=bank.actor, draft=draft)
    again = posting.post(session, actor=bank.actor, draft=draft)

    assert again == first
    assert posted(session, bank.members[0]) == 45


@pytest.mark.parametrize(
    "other",
    [{"memo": "别的事"}, {"kind": "hours.other"}, {"reason": "补录"}, {"transfers": None}],
    ids=["memo", "kind", "reason", "amount"],
)
def test_the_same_id_with_other_content_is_refused(
    session: Session, bank: SmallBank, other: dict[str, object]
) -> None:
    draft = draft_of(bank.book_id, (bank.issuance, bank.members[0], 45))
    posting.post(session, actor=bank.actor, draft=draft)
    changes = draft_of(bank.book_id, (bank.issuance, bank.members[0], 46)).transfers
    facts = {key: changes if value is None else value for key, value in other.items()}

    with pytest.raises(SameEntryOtherContentError):
        posting.post(session, actor=bank.actor, draft=replace(draft, **facts))  # type: ignore[arg-type]  # the fields vary by case

    assert posted(session, bank.members[0]) == 45


def test_more_lines_under_a_known_id_are_refused(session: Session, bank: SmallBank) -> None:
    draft = draft_of(bank.book_id, (bank.issuance, bank.members[0], 45))
    posting.post(session, actor=bank.actor, draft=draft)
    longer = draft_of(
        bank.book_id,
        (bank.issuance, bank.members[0], 45),
        (bank.issuance, bank.members[1], 45),
        entry_id=draft.id,
    )

    with pytest.raises(SameEntryOtherContentError):
        posting.post(session, actor=bank.actor, draft=longer)

    assert posted(session, bank.members[1]) == 0


@pytest.mark.parametrize("amount", [0, -5, 10**13 + 1, 2.0, True])
def test_an_amount_that_is_none_is_refused(session: Session, bank: SmallBank, amount: int) -> None:
    with pytest.raises(AmountError):
        earn(session, bank, amount)


def test_shapes_that_are_no_entries_are_refused(session: Session, bank: SmallBank) -> None:
    member = bank.members[0]
    line = (bank.issuance, member, 1)
    many = draft_of(bank.book_id, *[line] * (LINES_MAX + 1))
    long = draft_of(bank.book_id, line, memo="长" * (MEMO_MAX + 1))

    with pytest.raises(EmptyEntryError):
        posting.post(session, actor=bank.actor, draft=draft_of(bank.book_id))
    with pytest.raises(SameAccountError):
        posting.post(session, actor=bank.actor, draft=draft_of(bank.book_id, (member, member, 1)))
    with pytest.raises(TooManyLinesError):
        posting.post(session, actor=bank.actor, draft=many)
    with pytest.raises(TextTooLongError):
        posting.post(session, actor=bank.actor, draft=long)


def test_books_assets_and_communities_do_not_mix(session: Session, bank: SmallBank) -> None:
    other_book = books.ensure_book(
        session, community_id=bank.community_id, code="owners", name="业主共有"
    )
    abroad = make_account(session, other_book, "elsewhere")
    money = make_account(session, bank.book_id, "till", asset=Asset.YUAN)
    stranger = program(community_id=make_community(session, code="QT").id, name="别处")

    with pytest.raises(CrossBookError):
        posting.post(
            session, actor=bank.actor, draft=draft_of(bank.book_id, (bank.issuance, abroad, 1))
        )
    with pytest.raises(CrossAssetError):
        posting.post(
            session, actor=bank.actor, draft=draft_of(bank.book_id, (bank.issuance, money, 1))
        )
    with pytest.raises(AccountNotFoundError):
        posting.post(
            session,
            actor=stranger,
            draft=draft_of(bank.book_id, (bank.issuance, bank.members[0], 1)),
        )
    with pytest.raises(AccountNotFoundError):
        posting.post(
            session, actor=bank.actor, draft=draft_of(bank.book_id, (bank.issuance, 10**9, 1))
        )


def test_accounts_are_opened_once_and_keep_their_nature(session: Session, bank: SmallBank) -> None:
    again = make_account(session, bank.book_id, "member:1", restriction=Restriction.OWN)

    assert again == bank.members[0]
    with pytest.raises(AccountDiffersError):
        make_account(session, bank.book_id, "member:1", asset=Asset.YUAN)


def test_many_entries_are_posted_at_once(session: Session, bank: SmallBank) -> None:
    earlier = draft_of(bank.book_id, (bank.issuance, bank.members[0], 7))
    posting.post(session, actor=bank.actor, draft=earlier)
    drafts = [draft_of(bank.book_id, (bank.issuance, bank.members[1], 3)) for _ in range(1200)]
    asked = [earlier, *drafts, drafts[0]]

    posted_ids = posting.post_many(session, actor=bank.actor, drafts=asked)
    posting.post_many(session, actor=bank.actor, drafts=asked)

    assert posted_ids == [draft.id for draft in asked]
    assert posted(session, bank.members[0]) == 7
    assert posted(session, bank.members[1]) == 3600
    numbers = [ledger_entries.entry(session, draft.id).number for draft in drafts[::400]]
    assert numbers == sorted(numbers)
    assert list(verify.findings(session)) == []


def test_a_batch_is_judged_in_its_order(session: Session, bank: SmallBank) -> None:
    member = bank.members[0]
    spending = draft_of(bank.book_id, (member, bank.redeemed, 10))
    earning = draft_of(bank.book_id, (bank.issuance, member, 10))

    with pytest.raises(InsufficientBalanceError) as refusal:
        posting.post_many(session, actor=bank.actor, drafts=[spending, earning])
    assert refusal.value.facts == {"have": 0, "need": 10}
    with pytest.raises(EntryNotFoundError):
        ledger_entries.entry(session, earning.id)

    posting.post_many(session, actor=bank.actor, drafts=[earning, spending])
    assert posted(session, member) == 0


def test_one_wrong_content_stops_a_whole_batch(session: Session, bank: SmallBank) -> None:
    known = draft_of(bank.book_id, (bank.issuance, bank.members[0], 7))
    posting.post(session, actor=bank.actor, draft=known)
    new = draft_of(bank.book_id, (bank.issuance, bank.members[1], 7))

    with pytest.raises(SameEntryOtherContentError):
        posting.post_many(session, actor=bank.actor, drafts=[new, replace(known, memo="别的")])

    assert posted(session, bank.members[1]) == 0


def test_a_statement_counts_back_page_by_page(session: Session, bank: SmallBank) -> None:
    member = bank.members[0]
    for amount in (60, 30, 10):
        earn(session, bank, amount)
    spend(session, bank, 45)

    newest = ledger_statements.statement(session, member, limit=3)
    rest = ledger_statements.statement(session, member, cursor=newest.next_cursor, limit=3)

    lines = [*newest.items, *rest.items]
    assert [line.amount for line in lines] == [-45, 10, 30, 60]
    assert [line.balance_after for line in lines] == [55, 100, 90, 60]
    assert lines[0].counter_code == "redeemed:1"
    assert rest.next_cursor is None


# What PostgreSQL reads for the same question follows from what its planner thinks of the tables.
@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_what_lines_say_is_looked_up_only_for_those_of_the_page(
    session: Session, bank: SmallBank
) -> None:
    for _ in range(20):
        for member in (0, 1):
            earn(session, bank, 10, member=member)
        spend(session, bank, 5)  # the first has lines on both sides

    steps = []
    for member in bank.members[:2]:
        ledger_statements.statement(session, member, limit=10)
        with counted(session) as found:
            ledger_statements.statement(session, member, limit=10)
        steps += found

    assert steps[0] < 1.5 * steps[1]


def test_an_open_account_has_a_statement_too(session: Session, bank: SmallBank) -> None:
    earn(session, bank, 60)
    earn(session, bank, 5, member=1)

    lines = ledger_statements.statement(session, bank.issuance).items

    assert [(line.amount, line.balance_after) for line in lines] == [(5, 65), (60, 60)]


def test_an_unknown_account_has_no_balance(session: Session, bank: SmallBank) -> None:
    with pytest.raises(AccountNotFoundError):
        ledger_accounts.balance(session, 10**9)
    with pytest.raises(AccountNotFoundError):
        ledger_statements.statement(session, 10**9)
    with pytest.raises(EntryNotFoundError):
        ledger_entries.entry(session, ids.new_id())


def test_a_posting_reads_no_other_entries_before_the_table_is_known(young_bank: RealBank) -> None:
    """As long as a young table was not analysed, a plan could go through all entries of a book."""
    many, bank = 40, young_bank.bank
    read = text(
        "SELECT sum(idx_tup_fetch + seq_tup_read) FROM pg_stat_xact_user_tables"
        " WHERE relname IN ('ledger_entry', 'ledger_transfer')"
    )

    def post_some(session: Session) -> int:
        for _ in range(many):
            earn(session, bank, 1)
            for when in ("IMMEDIATE", "DEFERRED"):  # what is asked at the commit is asked now
                session.execute(text(f"SET CONSTRAINTS ALL {when}"))
        return int(session.scalars(read).one())

    def post(session: Session) -> int:
        return -post_some(session) + post_some(session)

    assert young_bank.write(post) <= 4 * many


def pages_kept(session: Session) -> object:
    """How many pages SQLite keeps for this connection; nothing on PostgreSQL."""
    if session.get_bind().dialect.name == "sqlite":
        return session.scalar(text("PRAGMA cache_size"))
    return None


def test_what_is_written_piece_by_piece_is_one_act(
    session: Session, bank: SmallBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statements, "_AT_ONCE", 2)
    monkeypatch.setattr(statements, "_CACHE_FROM", 3)
    before = pages_kept(session)
    lines = [(bank.issuance, bank.members[at % 2], 10 + at) for at in range(5)]
    drafts = [draft_of(bank.book_id, line) for line in lines]

    posting.post_many(session, actor=bank.actor, drafts=drafts)

    assert [posted(session, one) for one in bank.members] == [10 + 12 + 14, 11 + 13, 0]
    first, second, third = bank.members
    too_much = [*lines, (third, first, 1)]
    with pytest.raises(InsufficientBalanceError):
        posting.post_many(
            session,
            actor=bank.actor,
            drafts=[draft_of(bank.book_id, line) for line in too_much],
        )
    assert [posted(session, one) for one in (first, second, third)] == [36, 24, 0]
    assert pages_kept(session) == before
    assert list(verify.findings(session)) == []
