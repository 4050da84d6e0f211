"""Between communities: agreed by both, held to the limit, right in both books at every moment."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make.community import make_kin
from tests.make.neighbours import LIMIT, House, agree, earn, have, make_houses, make_member
from tests.make.volunteering import DAY, NOW
from timebank.community.rules import KinshipKind
from timebank.kernel import clock, ids
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.ledger.rules.values import Asset, EntryDraft, Transfer
from timebank.ledger.service import posting
from timebank.volunteering import verify
from timebank.volunteering.errors import clearing as errors
from timebank.volunteering.errors.gifts import (
    GiftsNotAllowedError,
    NoAccountToGiveError,
    NotEnoughToGiveError,
)
from timebank.volunteering.models.clearing import ClearingPair, ClearingTerms
from timebank.volunteering.models.clearing_moves import ClearingMove
from timebank.volunteering.models.clearing_transfers import ClearingOrigin, ClearingTransfer
from timebank.volunteering.queries import clearing as reads
from timebank.volunteering.queries import clearing_transfers as transfer_reads
from timebank.volunteering.rules.clearing import Purpose, TransferState, TransferView
from timebank.volunteering.service import (
    books,
    clearing,
    clearing_deciding,
    clearing_moves,
    clearing_sending,
)
from timebank.volunteering.service import clearing_reversals as reversals


@pytest.fixture(autouse=True)
def _evening() -> Any:
    with clock.fixed_at(NOW):
        yield


def _send(
    session: Session, one: House, other: House, minutes: int, to_id: int | None = None
) -> int:
    return clearing_sending.send(
        session,
        actor=one.member,
        key=ids.new_id(),
        to_person_id=to_id or other.person.id,
        minutes=minutes,
    )


def _stands(session: Session, one: House, other: House) -> tuple[int, int]:
    """What each book says of the other on its clearing account."""
    return _claim(session, one, other), _claim(session, other, one)


def _claim(session: Session, house: House, other: House) -> int:
    account_id = reads.clearing_account_id(session, community_id=house.id, other_id=other.id)
    return 0 if account_id is None else ledger_accounts.balance(session, account_id).posted


def _view(session: Session, house: House, transfer_id: int) -> TransferView:
    return transfer_reads.transfer(session, community_id=house.id, transfer_id=transfer_id)


def _refused(session: Session, statement: Any, rule: str) -> None:
    with pytest.raises(DBAPIError, match=rule), session.begin_nested():
        session.execute(statement)


def test_what_is_accepted_stands_in_both_books_and_nothing_before(session: Session) -> None:
    here, there = make_houses(session)
    agree(session, here, there)
    earn(session, here, 100, on=DAY - timedelta(days=40))
    earn(session, here, 50)

    transfer_id = _send(session, here, there, 120)
    assert (have(session, here), have(session, there)) == ((150, 30), (0, 0))
    assert _stands(session, here, there) == (0, 0)

    clearing_deciding.accept(session, actor=there.manager, transfer_id=transfer_id)
    assert (have(session, here), have(session, there)) == ((30, 30), (120, 120))
    assert _stands(session, here, there) == (120, -120)
    assert transfer_reads.origins(session, transfer_id) == [
        (DAY - timedelta(days=40), 100),
        (DAY, 20),
    ]
    with pytest.raises(errors.TransferDecidedError):
        clearing_deciding.accept(session, actor=there.manager, transfer_id=transfer_id)
    ours, theirs = (reads.pairs(session, house.id)[0].we_owe_minutes for house in (here, there))
    assert (ours, theirs) == (120, -120)
    assert list(verify.findings(session)) == []


def test_an_agreement_needs_both_and_holds_from_its_day(session: Session) -> None:
    here, there = make_houses(session)
    earn(session, here, 100)
    with pytest.raises(errors.DestinationUnknownError):
        _send(session, here, there, 60)
    wanted: dict[str, Any] = {
        "other_id": there.id,
        "we_may_owe_minutes": 60,
        "they_may_owe_minutes": 600,
        "is_automatic": True,
    }
    with pytest.raises(errors.TermsInPastError):
        clearing.propose_terms(session, actor=here.admin, from_on=DAY - timedelta(days=1), **wanted)
    with pytest.raises(errors.OtherCommunityUnknownError):
        clearing.propose_terms(
            session, actor=here.admin, from_on=DAY, **(wanted | {"other_id": here.id})
        )
    later = DAY + timedelta(days=2)
    terms_id = clearing.propose_terms(session, actor=here.admin, from_on=later, **wanted)
    with pytest.raises(errors.OwnProposalError):
        clearing.sign_terms(session, actor=here.admin, terms_id=terms_id)
    with pytest.raises(errors.TermsWaitingError):
        clearing.propose_terms(
            session, actor=there.admin, from_on=DAY, **(wanted | {"other_id": here.id})
        )
    clearing.sign_terms(session, actor=there.admin, terms_id=terms_id)
    with pytest.raises(errors.TermsSettledError):
        clearing.withdraw_terms(session, actor=here.admin, terms_id=terms_id)
    with pytest.raises(errors.DestinationUnknownError):  # not in force yet
        _send(session, here, there, 60)
    with clock.fixed_at(NOW + timedelta(days=2)):
        transfer_id = _send(session, here, there, 60)
    assert _view(session, here, transfer_id).state is TransferState.DONE


def test_the_limit_is_refused_in_words_and_what_makes_a_debt_smaller_is_not(
    session: Session,
) -> None:
    here, there = make_houses(session)
    agree(session, here, there, we_may_owe=100, they_may_owe=50, is_automatic=True)
    earn(session, here, 500)
    _send(session, here, there, 80)
    with pytest.raises(errors.ClearingLimitError) as caught:
        _send(session, here, there, 30)
    assert (caught.value.facts["left"], caught.value.facts["need"]) == (20, 30)
    agree(session, here, there, we_may_owe=10, they_may_owe=50, is_automatic=True)
    with pytest.raises(errors.ClearingLimitError):
        _send(session, here, there, 1)
    view = reads.pairs(session, there.id)[0]
    assert (view.we_owe_minutes, view.we_can_send_minutes, view.they_can_send_minutes) == (
        -80,
        130,
        0,
    )


def test_a_stop_is_told_with_its_reason_and_lifted_by_who_put_it(session: Session) -> None:
    here, there = make_houses(session)
    pair_id = agree(session, here, there)
    earn(session, here, 100)
    transfer_id = _send(session, here, there, 60)
    clearing.freeze(session, actor=there.admin, pair_id=pair_id, reason="月底核账")
    with pytest.raises(errors.AlreadyFrozenError):
        clearing.freeze(session, actor=there.admin, pair_id=pair_id, reason="月底核账")
    with pytest.raises(errors.NotFrozenError):
        clearing.lift(session, actor=here.admin, pair_id=pair_id)
    for act in (
        lambda: _send(session, here, there, 10),
        lambda: clearing_deciding.accept(session, actor=there.manager, transfer_id=transfer_id),
    ):
        with pytest.raises(errors.ClearingFrozenError) as caught:
            act()
        assert caught.value.facts["reason"] == "月底核账"
    clearing.lift(session, actor=there.admin, pair_id=pair_id)
    clearing_deciding.accept(session, actor=there.manager, transfer_id=transfer_id)
    assert have(session, there) == (60, 60)


def test_kin_receive_by_their_own_word_within_the_circle(session: Session) -> None:
    here, there = make_houses(session)
    agree(session, here, there, is_automatic=True)
    earn(session, here, 100)
    son_here = make_member(session, here.id, "周强", serial=2)
    son = make_member(session, there.id, "周强", serial=2)
    stranger = make_member(session, there.id, "吴明", serial=3)
    make_kin(session, person=here.person, relative=son_here, verified_on=None)
    with pytest.raises(errors.DestinationUnknownError):  # nobody has seen a proof
        _send(session, here, there, 30, son.id)
    make_kin(session, person=there.person, relative=son, kind=KinshipKind.CHILD, verified_on=DAY)
    with pytest.raises(errors.DestinationUnknownError):
        _send(session, here, there, 30, stranger.id)
    with pytest.raises(GiftsNotAllowedError):  # the first policy lets nothing go to others
        _send(session, here, there, 30, son.id)
    found = transfer_reads.destinations(session, community_id=here.id, person_id=here.person.id)
    assert [(one.purpose, one.name) for one in found] == [
        (Purpose.OWN, "周秀兰"),
        (Purpose.KIN, "周强"),
    ]


def test_refused_withdrawn_and_lapsed_give_the_minutes_back(session: Session) -> None:
    here, there = make_houses(session)
    agree(session, here, there)
    earn(session, here, 100)
    refused, withdrawn, lapsed = (_send(session, here, there, 30) for _ in range(3))
    with pytest.raises(NotEnoughToGiveError):
        _send(session, here, there, 11)
    with pytest.raises(errors.NotSenderError):
        clearing_deciding.withdraw(session, actor=here.manager, transfer_id=withdrawn)
    with pytest.raises(errors.NotReceivingSideError):
        clearing_deciding.accept(session, actor=here.manager, transfer_id=refused)
    with pytest.raises(errors.TransferNotFoundError):
        clearing_deciding.accept(session, actor=there.member, transfer_id=refused)
    with pytest.raises(NoAccountToGiveError):
        clearing_sending.send(
            session, actor=here.admin, key=ids.new_id(), to_person_id=there.person.id, minutes=1
        )
    clearing_deciding.refuse(session, actor=there.manager, transfer_id=refused, reason="人已搬走")
    clearing_deciding.withdraw(session, actor=here.member, transfer_id=withdrawn)
    assert have(session, here) == (100, 70)
    with clock.fixed_at(NOW + timedelta(days=31)):
        assert clearing_deciding.lapse_transfers(session, {}) == 1
        assert clearing_deciding.lapse_transfers(session, {}) == 0
    assert have(session, here) == (100, 100)
    states = [_view(session, here, one).state for one in (refused, withdrawn, lapsed)]
    assert states == [TransferState.REFUSED, TransferState.WITHDRAWN, TransferState.LAPSED]


def test_minutes_that_came_from_elsewhere_rest_before_they_go_on(session: Session) -> None:
    here, there, third = make_houses(session, 3)
    for one, other in ((here, there), (there, third)):
        agree(session, one, other, is_automatic=True)
    earn(session, here, 100)
    _send(session, here, there, 60)
    with pytest.raises(errors.ArrivedLatelyError):
        _send(session, there, third, 60)
    with clock.fixed_at(NOW + timedelta(days=365)):
        _send(session, there, third, 60)
    assert have(session, third) == (60, 60)


def test_a_reversal_is_asked_by_one_side_and_agreed_by_the_other(session: Session) -> None:
    here, there = make_houses(session)
    agree(session, here, there, is_automatic=True)
    earn(session, here, 100)
    transfer_id = _send(session, here, there, 60)
    with pytest.raises(errors.ReversalNotAskedError):
        reversals.agree_reversal(session, actor=there.admin, transfer_id=transfer_id)
    reversals.ask_reversal(session, actor=here.admin, transfer_id=transfer_id, reason="转错")
    with pytest.raises(errors.OwnReversalError):
        reversals.agree_reversal(session, actor=here.admin, transfer_id=transfer_id)
    reversals.drop_reversal(session, actor=there.admin, transfer_id=transfer_id)
    reversals.ask_reversal(session, actor=there.admin, transfer_id=transfer_id, reason="转错")
    reversals.agree_reversal(session, actor=here.admin, transfer_id=transfer_id)
    assert (have(session, here), have(session, there)) == ((100, 100), (0, 0))
    assert _stands(session, here, there) == (0, 0)
    with pytest.raises(errors.TransferDecidedError):
        reversals.ask_reversal(session, actor=here.admin, transfer_id=transfer_id, reason="再来")
    assert list(verify.findings(session, there.id)) == []


def _move(row: ClearingMove, **other: Any) -> Any:
    """An insert of a move like another, but for some of its columns."""
    same = {
        column.name: getattr(row, column.name)
        for column in ClearingMove.__table__.columns
        if column.name != "id"
    }
    return insert(ClearingMove).values(same | {"number": row.number + 1} | other)


def test_the_database_refuses_what_the_verbs_would_never_write(session: Session) -> None:
    here, there = make_houses(session)
    pair_id = agree(session, here, there, we_may_owe=100, is_automatic=True)
    earn(session, here, 300)
    transfer_id = _send(session, here, there, 60)
    session.commit()
    first = session.scalars(select(ClearingMove)).one()
    low, high = earn(session, here, 1), earn(session, there, 1)
    spare = {"low_entry_id": low, "high_entry_id": high, "low_owes_minutes": 30}
    for change, rule in (
        ({"low_entry_id": high, "high_entry_id": low, "position_after": 90}, "move_entries"),
        ({"number": 3, "position_after": 30}, "move_number"),
        ({"position_after": 91}, "move_position"),
        ({"low_owes_minutes": 41, "position_after": 101}, "move_limit"),
        ({"kind": "settlement", "position_after": 90}, "move_settles"),
        (
            {"position_after": 90, "moved_on": DAY - timedelta(days=1)},
            "move_(order|entries|unagreed|limit)",
        ),
    ):
        _refused(session, _move(first, **(spare | change)), rule)
    _refused(
        session, update(ClearingMove).values(low_owes_minutes=1), "append-only|permission denied"
    )
    _refused(session, delete(ClearingOrigin), "append-only|permission denied")
    _refused(session, delete(ClearingTransfer), "clearing_transfer_kept")
    _refused(session, update(ClearingPair).values(high_id=1), "clearing_pair_fixed|low_before")
    _refused(
        session, update(ClearingTerms).values(low_limit_minutes=1), "clearing_terms_(settled|fixed)"
    )
    one = update(ClearingTransfer).where(ClearingTransfer.id == transfer_id)
    _refused(session, one.values(state="requested", decided_at=None), "clearing_transfer_|done_is")
    _refused(session, one.values(minutes=61), "clearing_transfer_asked|moved_whole")
    clearing.freeze(session, actor=here.admin, pair_id=pair_id, reason="核账")
    session.commit()
    _refused(session, _move(first, **(spare | {"position_after": 90})), "clearing_move_frozen")


def test_a_signature_is_the_other_side_s(session: Session) -> None:
    here, there = make_houses(session)
    terms_id = clearing.propose_terms(
        session,
        actor=here.admin,
        other_id=there.id,
        we_may_owe_minutes=LIMIT,
        they_may_owe_minutes=LIMIT,
        is_automatic=False,
        from_on=DAY,
    )
    session.commit()
    sign = update(ClearingTerms).where(ClearingTerms.id == terms_id)
    _refused(
        session,
        sign.values(signed_at=NOW, in_force_on=DAY, signed_by_user_id=here.member.user_id),
        "clearing_terms_other_signs",
    )
    clearing.withdraw_terms(session, actor=there.admin, terms_id=terms_id)
    with pytest.raises(errors.TermsSettledError):
        clearing.sign_terms(session, actor=there.admin, terms_id=terms_id)


def test_the_proof_names_what_one_book_has_and_no_move_names(session: Session) -> None:
    here, there = make_houses(session)
    agree(session, here, there, is_automatic=True)
    earn(session, here, 100)
    _send(session, here, there, 60)
    draft = EntryDraft(
        id=ids.new_id(),
        book_id=books.time_book(session, community_id=there.id),
        asset=Asset.MINUTES,
        kind="clearing.arrived",
        effective_on=DAY,
        transfers=[
            Transfer(
                clearing_moves.clearing_account(session, community_id=there.id, other_id=here.id),
                books.member_account(session, community_id=there.id, person_id=there.person.id),
                7,
            )
        ],
        memo="补记",
    )
    posting.post(session, actor=there.admin, draft=draft)

    found = {(one.table, one.row, one.is_value, one.should_be) for one in verify.findings(session)}

    assert found == {
        ("ledger_account", f"community {there.id} clearing:{here.id}", "-67", "-60"),
        ("ledger_entry", f"id {draft.id}", "-7", "0"),
    }
    assert [one.row for one in verify.findings(session, here.id)] != []
