"""Publicity and votes: by area and by heads, one household one ballot, counted by the law."""

from datetime import timedelta

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from tests.make.access import make_actor
from tests.make.cofund import (
    Office,
    decide,
    make_document,
    make_doors,
    make_office,
    make_project,
    publicise,
    sign,
)
from tests.make.community import make_person
from timebank.cofund.errors import votes as errors
from timebank.cofund.models.receivables import Holding
from timebank.cofund.models.votes import Vote
from timebank.cofund.queries import projects as project_reads
from timebank.cofund.queries import votes as queries
from timebank.cofund.rules import votes as rules
from timebank.cofund.rules.policy import LAWS, Matter, law_on
from timebank.cofund.rules.projects import Party, ProjectState
from timebank.cofund.rules.votes import Bar, Choice, Tally, VoteState, VoteView
from timebank.cofund.service import ballots, publicity, votes
from timebank.kernel import clock
from timebank.kernel.actor import Actor


def _opened(session: Session, office: Office, *, matter: Matter = Matter.GRAVE) -> VoteView:
    make_doors(session, office.community_id, areas=["80", "80", "80", "160"])
    project = make_project(session, office, state=ProjectState.PUBLICISED, total_fen=1000)
    return votes.open_vote(
        session,
        actor=office.admin,
        project_id=project.id,
        matter=matter,
        closes_on=clock.today() + timedelta(days=3),
    )


def _owner(session: Session, office: Office, vote: VoteView, at: int = 0) -> tuple[Actor, int]:
    """Who owns a household of the roll, made on the spot, and the household."""
    line = queries.roll(session, vote.id).items[at]
    person = make_person(session, community_id=office.community_id, name="王建国")
    session.execute(
        update(Holding)
        .where(Holding.household_id == line.owner.household_id)
        .values(owner_person_id=person.id)
    )
    actor = make_actor(
        session,
        community_id=office.community_id,
        roles=(("volunteer", "own", None),),
        person_id=person.id,
    )
    return actor, line.owner.id


def _paper(session: Session, office: Office, vote: VoteView, at: int, choice: Choice) -> None:
    owner_id = queries.roll(session, vote.id).items[at].owner.id
    for actor in (office.finance, office.other_finance):
        ballots.enter_paper(
            session,
            actor=actor,
            vote_id=vote.id,
            owner_id=owner_id,
            choice=choice,
            collected_on=clock.today(),
        )


def test_the_law_of_the_day_holds_and_knows_its_source() -> None:
    assert [law_on(law.begins_on).code for law in LAWS] == [law.code for law in LAWS]
    now = law_on(clock.today())
    assert (now.quorum_numerator, now.quorum_denominator) == (2, 3)
    assert now.thresholds[Matter.GRAVE].numerator == 3
    assert "二百七十八" in now.source


@pytest.mark.parametrize(
    ("tally", "is_passed"),
    [
        (Tally(300, 30, 200, 20, 150, 15), True),  # 2/3 take part, 3/4 of those agree
        (Tally(300, 30, 199, 20, 199, 20), False),  # too little area takes part
        (Tally(300, 30, 200, 19, 200, 19), False),  # too few heads take part
        (Tally(300, 30, 200, 20, 149, 20), False),  # too little area agrees
        (Tally(300, 30, 200, 20, 200, 14), False),  # too few heads agree
        (Tally(300, 30, 0, 0, 0, 0), False),
    ],
)
def test_area_and_heads_must_both_suffice(tally: Tally, *, is_passed: bool) -> None:
    grave = Bar(2, 3, 3, 4, is_strict=False, is_of_all=False)
    assert rules.is_passed(tally, grave) is is_passed


def test_half_is_not_more_than_half() -> None:
    ordinary = Bar(2, 3, 1, 2, is_strict=True, is_of_all=False)
    assert not rules.is_passed(Tally(30, 30, 20, 20, 10, 11), ordinary)
    assert rules.is_passed(Tally(30, 30, 20, 20, 11, 11), ordinary)


def test_a_vote_waits_for_the_publicity_and_its_objections(session: Session) -> None:
    office = make_office(session)
    make_doors(session, office.community_id)
    project = make_project(session, office, state=ProjectState.COSTED)
    publicise(session, office, project.id, days=2)
    with pytest.raises(errors.StillPublicisedError):
        decide(session, office, project.id)
    with pytest.raises(errors.CannotPubliciseError):
        publicity.publicise_project(session, actor=office.admin, project_id=project.id)


def test_an_older_notice_needs_its_photo(session: Session) -> None:
    office = make_office(session)
    project = make_project(session, office, state=ProjectState.COSTED)
    for days, document, refusal in (
        (5, None, errors.NoticeProofMissingError),
        (91, make_document(session, actor=office.admin), errors.NoticeDayError),
        (-2, None, errors.NoticeDayError),
    ):
        with pytest.raises(refusal):
            publicity.publicise_project(
                session,
                actor=office.admin,
                project_id=project.id,
                from_on=clock.today() - timedelta(days=days),
                document_file_id=document,
            )


def test_paper_ballots_count_when_two_read_them_alike(session: Session) -> None:
    office = make_office(session)
    vote = _opened(session, office)
    owner_id = queries.roll(session, vote.id).items[0].owner.id

    def enter(actor: Actor, choice: Choice) -> bool:
        return ballots.enter_paper(
            session,
            actor=actor,
            vote_id=vote.id,
            owner_id=owner_id,
            choice=choice,
            collected_on=clock.today(),
        )

    assert enter(office.finance, Choice.YES) is False
    assert enter(office.finance, Choice.YES) is False
    assert enter(office.other_finance, Choice.NO) is False
    (paper,) = queries.papers(session, vote.id)
    assert paper.is_different
    assert queries.running_tally(session, vote.id).heads_part == 0
    assert enter(office.other_finance, Choice.YES) is True
    assert queries.papers(session, vote.id) == []
    with pytest.raises(errors.BallotDoubleError):
        enter(office.admin, Choice.NO)


def test_one_household_casts_one_ballot_in_time(session: Session) -> None:
    office = make_office(session)
    vote = _opened(session, office)
    stranger, owner_id = _owner(session, office, vote)
    # The roll is as it stood when the vote opened: who became owner later is not on it.
    with pytest.raises(errors.NotOwnerError):
        ballots.cast_own(
            session, actor=stranger, vote_id=vote.id, owner_id=owner_id, choice=Choice.YES
        )
    proof = make_document(session, actor=office.finance, name="委托书.pdf")

    def proxy(name: str = "王小明", file_id: int | None = proof) -> None:
        ballots.cast_by_proxy(
            session,
            actor=office.finance,
            vote_id=vote.id,
            owner_id=owner_id,
            choice=Choice.NO,
            proxy_name=name,
            proof_file_id=file_id,
        )

    for name, file_id in (("", proof), ("王小明", None)):
        with pytest.raises(errors.ProxyProofMissingError):
            proxy(name, file_id)
    with clock.fixed_at(clock.now() + timedelta(days=4)), pytest.raises(errors.VoteOverError):
        proxy()
    proxy()
    with pytest.raises(errors.BallotDoubleError):
        proxy()
    with pytest.raises(errors.BallotDoubleError):
        _paper(session, office, vote, 0, Choice.YES)


def test_an_owner_votes_by_page_and_only_they_see_how(session: Session) -> None:
    office = make_office(session)
    (household_id, *_) = make_doors(session, office.community_id)
    person = make_person(session, community_id=office.community_id, name="王建国")
    session.execute(
        update(Holding)
        .where(Holding.household_id == household_id)
        .values(owner_person_id=person.id)
    )
    owner = make_actor(
        session,
        community_id=office.community_id,
        roles=(("volunteer", "own", None),),
        person_id=person.id,
    )
    project = make_project(session, office, state=ProjectState.PUBLICISED)
    vote = votes.open_vote(
        session,
        actor=office.admin,
        project_id=project.id,
        matter=Matter.ORDINARY,
        closes_on=clock.today(),
    )
    (own,) = queries.own_ballots(session, vote_id=vote.id, person_id=person.id)

    ballots.cast_own(
        session, actor=owner, vote_id=vote.id, owner_id=own.owner.id, choice=Choice.YES
    )

    (own,) = queries.own_ballots(session, vote_id=vote.id, person_id=person.id)
    assert own.choice is Choice.YES
    assert not hasattr(queries.roll(session, vote.id).items[0], "choice")


def test_a_vote_is_counted_by_its_arithmetic_and_named_by_its_digest(session: Session) -> None:
    office = make_office(session)
    vote = _opened(session, office)
    for at, choice in enumerate((Choice.YES, Choice.YES, Choice.NO)):
        _paper(session, office, vote, at, choice)
    with pytest.raises(errors.VoteNotOverError):
        votes.count_vote(session, actor=office.admin, vote_id=vote.id)
    _paper(session, office, vote, 3, Choice.YES)

    counted = votes.count_vote(session, actor=office.admin, vote_id=vote.id)

    assert counted.state is VoteState.PASSED
    assert counted.tally == Tally(40_000, 4, 40_000, 4, 32_000, 3)
    assert len(counted.digest) == 64
    with pytest.raises(errors.VoteDecidedError):
        votes.count_vote(session, actor=office.admin, vote_id=vote.id)
    project = project_reads.project(
        session, community_id=office.community_id, project_id=vote.project_id
    )
    assert project.state is ProjectState.VOTING


def test_a_vote_that_failed_sends_the_project_back(session: Session) -> None:
    office = make_office(session)
    project = make_project(session, office, state=ProjectState.PUBLICISED)

    failed = decide(session, office, project.id, yes=40)

    assert failed.state is VoteState.FAILED
    view = project_reads.project(session, community_id=office.community_id, project_id=project.id)
    assert view.state is ProjectState.COSTED


def test_a_recorded_vote_is_entered_by_two_alike(session: Session) -> None:
    office = make_office(session)
    project = make_project(session, office, state=ProjectState.PUBLICISED)
    tally = Tally(1000, 10, 900, 9, 800, 8)
    vote = votes.record_vote(
        session,
        actor=office.finance,
        project_id=project.id,
        matter=Matter.ORDINARY,
        voted_on=clock.today(),
        tally=tally,
        document_file_id=make_document(session, actor=office.finance),
    )
    with pytest.raises(errors.OwnRecordError):
        votes.confirm_vote(session, actor=office.finance, vote_id=vote.id, tally=tally)
    with pytest.raises(errors.PaperDifferenceError):
        votes.confirm_vote(
            session,
            actor=office.admin,
            vote_id=vote.id,
            tally=Tally(1000, 10, 900, 9, 801, 8),
        )
    with pytest.raises(errors.TallyError):
        votes.record_vote(
            session,
            actor=office.finance,
            project_id=project.id,
            matter=Matter.ORDINARY,
            voted_on=clock.today(),
            tally=Tally(1000, 10, 1001, 9, 800, 8),
            document_file_id=make_document(session, actor=office.finance),
        )


def test_small_projects_without_owners_money_need_no_vote(session: Session) -> None:
    office = make_office(session)
    firms = {Party.COMPANY: 60, Party.PROPERTY_FIRM: 40, Party.RESIDENTS: 0}
    small = make_project(session, office, state=ProjectState.PUBLICISED, total_fen=3_000_000)
    sign(session, office, small.id, 0, firms)
    for total_fen, weights in ((3_000_001, firms), (1000, None)):
        project = make_project(session, office, state=ProjectState.PUBLICISED, total_fen=total_fen)
        with pytest.raises(errors.VoteNeededError):
            sign(session, office, project.id, 0, weights or {Party.RESIDENTS: 1})


def test_the_database_keeps_votes_and_ballots(session: Session) -> None:
    office = make_office(session)
    vote = _opened(session, office)
    _paper(session, office, vote, 0, Choice.NO)
    late = (clock.today() + timedelta(days=9)).isoformat()
    columns = "community_id, vote_id, owner_id, choice, channel, cast_on, cast_at, proxy_name"
    copied = "community_id, vote_id, {owner}, choice, 'page', {day}, cast_at, ''"
    other = queries.roll(session, vote.id).items[1].owner.id
    double = copied.format(owner="owner_id", day="cast_on")
    too_late = copied.format(owner=other, day=f"'{late}'")
    for statement in (
        "UPDATE cofund_ballot SET choice = 'yes'",
        "DELETE FROM cofund_ballot",
        f"INSERT INTO cofund_ballot ({columns}) SELECT {double} FROM cofund_ballot",
        f"INSERT INTO cofund_ballot ({columns}) SELECT {too_late} FROM cofund_ballot",
        "UPDATE cofund_vote_owner SET area_hundredths = 1",
        "DELETE FROM cofund_vote",
    ):
        with pytest.raises(DatabaseError), session.begin_nested():
            session.execute(text(statement))
    for values in (
        {"state": VoteState.PASSED, "counted_at": clock.now(), "digest": "0" * 64},
        {"pass_numerator": 0},
        {"area_yes": 1},
    ):
        with pytest.raises(DatabaseError), session.begin_nested():
            session.execute(update(Vote).where(Vote.id == vote.id).values(**values))
