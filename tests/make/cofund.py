"""Builders for co-funding: projects brought to a state through the verbs themselves."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy.orm import Session

from tests.make.access import make_actor
from tests.make.community import make_community, make_household, make_micro_grid
from timebank.cofund.queries import projects as queries
from timebank.cofund.rules.policy import Matter
from timebank.cofund.rules.projects import (
    Basis,
    CostLine,
    Method,
    Party,
    ProjectState,
    ProjectView,
    SpendingView,
)
from timebank.cofund.rules.retention import MoveKind
from timebank.cofund.rules.votes import Tally, VoteView
from timebank.cofund.service import (
    agreements,
    bills,
    endings,
    money,
    projects,
    publicity,
    register,
    retention,
    votes,
)
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.trail.service import store_file

Step = Callable[[Session, "Office", int, int, Mapping[Party, int]], None]
SHARES = {Party.COMPANY: 40, Party.PROPERTY_FIRM: 30, Party.RESIDENTS: 30}


@dataclass(frozen=True, slots=True)
class Office:
    """A community with those who handle its projects: administrator and two of finance."""

    community_id: int
    admin: Actor
    finance: Actor
    other_finance: Actor
    retention_permille: int = 0


def make_office(session: Session, *, code: str = "JL") -> Office:
    """Return a new community with the people of its projects."""
    community_id = make_community(session, code=code).id
    finance = (("finance", "community", None),)
    return Office(
        community_id=community_id,
        admin=make_actor(session, community_id=community_id),
        finance=make_actor(session, community_id=community_id, roles=finance, name="陈立"),
        other_finance=make_actor(session, community_id=community_id, roles=finance, name="许敏"),
    )


def make_document(session: Session, *, actor: Actor, name: str = "合同.pdf") -> int:
    """Return the id of a stored document."""
    return store_file(
        session, actor=actor, content=b"%PDF-1.4\n%%EOF\n", name=name, purpose="document"
    )


def make_project(
    session: Session,
    office: Office,
    *,
    state: ProjectState = ProjectState.AGREED,
    total_fen: int = 28_600_000,
    weights: Mapping[Party, int] | None = None,
    title: str = "7号楼北侧电动自行车充电棚",
    case_id: int | None = None,
) -> ProjectView:
    """Return a project in a state; where money is needed, everybody has paid in full."""
    project = projects.propose_project(
        session, actor=office.admin, title=title, place_text="7号楼北侧", case_id=case_id
    )
    if state is ProjectState.CANCELLED:
        return endings.cancel_project(
            session, actor=office.admin, project_id=project.id, reason="居民改用车库"
        )
    if state is ProjectState.RETENTION and not office.retention_permille:
        office = replace(office, retention_permille=30)
    for step in _steps_to(state):
        step(session, office, project.id, total_fen, weights or SHARES)
    return queries.project(session, community_id=office.community_id, project_id=project.id)


def _steps_to(state: ProjectState) -> list[Step]:
    """Return what brings a project to a state; nothing is released on the way to retention."""
    return list(_STEPS[: _ORDER.index(state) - (state is ProjectState.RETENTION)])


def pay_in(session: Session, office: Office, project_id: int, party: Party, amount_fen: int) -> int:
    """Receive money of one party today and return the contribution's id."""
    return money.receive_contribution(
        session,
        actor=office.finance,
        project_id=project_id,
        party=party,
        amount_fen=amount_fen,
        received_on=clock.today(),
        payer_name="九龙共富公司",
        method=Method.BANK,
    ).id


def ask(
    session: Session,
    office: Office,
    project_id: int,
    amount_fen: int,
    *,
    actor: Actor | None = None,
) -> SpendingView:
    """Return a new spending request on the project's first cost line."""
    actor = actor or office.finance
    return bills.request_spending(
        session,
        actor=actor,
        project_id=project_id,
        cost_line_id=queries.cost_lines(session, project_id)[0].id,
        amount_fen=amount_fen,
        payee="宏达棚架厂",
        purpose="棚架首款",
        document_file_id=make_document(session, actor=actor),
        contract_file_id=make_document(session, actor=actor),
    )


def spend(session: Session, office: Office, project_id: int, amount_fen: int) -> SpendingView:
    """Ask, approve and pay an amount today."""
    request = ask(session, office, project_id, amount_fen)
    bills.approve_spending(session, actor=office.admin, request_id=request.id)
    return bills.pay_spending(
        session, actor=office.finance, request_id=request.id, paid_on=clock.today()
    )


def _cost(
    session: Session, office: Office, project_id: int, total_fen: int, _: Mapping[Party, int]
) -> None:
    first = total_fen * 3 // 5
    lines = [CostLine("棚架和地坪", first), CostLine("配电和充电桩", total_fen - first)]
    projects.cost_project(session, actor=office.admin, project_id=project_id, lines=lines)


def publicise(session: Session, office: Office, project_id: int, *, days: int = 9) -> None:
    """Hang a costing at the doors some days ago, with its photo."""
    publicity.publicise_project(
        session,
        actor=office.admin,
        project_id=project_id,
        from_on=clock.today() - timedelta(days=days),
        document_file_id=make_document(session, actor=office.admin, name="公示照片.pdf"),
    )


def decide(session: Session, office: Office, project_id: int, *, yes: int = 90) -> VoteView:
    """Record the vote of a meeting of 100 owners of yesterday, entered by two."""
    tally = Tally(1_000_000, 100, 950_000, 95, yes * 10_000, yes)
    vote = votes.record_vote(
        session,
        actor=office.finance,
        project_id=project_id,
        matter=Matter.ORDINARY,
        voted_on=clock.today() - timedelta(days=1),
        tally=tally,
        document_file_id=make_document(session, actor=office.finance, name="表决结果.pdf"),
    )
    return votes.confirm_vote(session, actor=office.admin, vote_id=vote.id, tally=tally)


def _publicise(
    session: Session, office: Office, project_id: int, _: int, __: Mapping[Party, int]
) -> None:
    publicise(session, office, project_id)


def _vote(
    session: Session, office: Office, project_id: int, _: int, __: Mapping[Party, int]
) -> None:
    decide(session, office, project_id)


def sign(
    session: Session, office: Office, project_id: int, _: int, weights: Mapping[Party, int]
) -> None:
    agreements.agree_project(
        session,
        actor=office.admin,
        project_id=project_id,
        signed_on=clock.today(),
        basis=Basis.AGREEMENT,
        weights=weights,
        retention_permille=office.retention_permille,
    )


def _fund(
    session: Session, office: Office, project_id: int, _: int, __: Mapping[Party, int]
) -> None:
    for one in queries.figures(session, project_id).parties:
        if one.owed_fen:
            pay_in(session, office, project_id, one.party, one.owed_fen)


def _start(
    session: Session, office: Office, project_id: int, _: int, __: Mapping[Party, int]
) -> None:
    spend(session, office, project_id, queries.figures(session, project_id).agreed_fen // 3)


def _accept(
    session: Session, office: Office, project_id: int, _: int, __: Mapping[Party, int]
) -> None:
    endings.accept_project(
        session, actor=office.admin, project_id=project_id, note="三方到场，通电正常"
    )


def _settle(
    session: Session, office: Office, project_id: int, _: int, __: Mapping[Party, int]
) -> None:
    endings.settle_project(session, actor=office.admin, project_id=project_id)


def _release(
    session: Session, office: Office, project_id: int, _: int, __: Mapping[Party, int]
) -> None:
    withheld = queries.figures(session, project_id).withheld_fen
    if withheld:
        release(session, office, project_id, withheld)


def release(session: Session, office: Office, project_id: int, amount_fen: int) -> None:
    """Release withheld money before its day, with a reason, past two persons."""
    asked = retention.ask_move(
        session,
        actor=office.finance,
        project_id=project_id,
        kind=MoveKind.RELEASE,
        amount_fen=amount_fen,
        payee="宏达棚架厂",
        reason="厂家以保函代替",
    )
    retention.decide_move(session, actor=office.admin, move_id=asked.id, is_approved=True)


def _close(
    session: Session, office: Office, project_id: int, _: int, __: Mapping[Party, int]
) -> None:
    endings.close_project(session, actor=office.admin, project_id=project_id)


_ORDER = (
    ProjectState.DRAFT,
    ProjectState.COSTED,
    ProjectState.PUBLICISED,
    ProjectState.VOTING,
    ProjectState.AGREED,
    ProjectState.FUNDING,
    ProjectState.ACTIVE,
    ProjectState.ACCEPTED,
    ProjectState.SETTLED,
    ProjectState.RETENTION,
    ProjectState.CLOSED,
)
_STEPS = (
    *(_cost, _publicise, _vote, sign, _fund, _start, _accept),
    *(_settle, _release, _close),
)


def make_doors(
    session: Session, community_id: int, *, areas: Sequence[str] = ("89.50", "89.50", "120.00")
) -> list[int]:
    """Return households behind one stair, each in the register of owners with its floor area."""
    place = make_micro_grid(session, community_id, building_no=7)
    rooms = [f"{floor}01" for floor in range(1, len(areas) + 1)]
    ids = [
        make_household(session, micro_grid_id=place.id, community_id=community_id, room_no=room).id
        for room in rooms
    ]
    lines = [f"7-1-{room}, {area}, 业主{room}" for room, area in zip(rooms, areas, strict=True)]
    admin = make_actor(session, community_id=community_id)
    register.keep_register(session, actor=admin, text="\n".join(lines))
    return ids
