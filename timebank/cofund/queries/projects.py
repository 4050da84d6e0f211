"""Reads of co-funding: projects, their figures, contributions, spending requests.

Sums of money come from the ledger's accounts, never from added-up business rows; only what went
back to a party is told apart by the refunds recorded with their entries.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Select, column, select, table
from sqlalchemy.orm import InstrumentedAttribute, Session

from timebank.cofund.errors import projects as errors
from timebank.cofund.models.projects import (
    Agreement,
    AgreementShare,
    Contribution,
    Project,
    ProjectCostLine,
    ProjectRefund,
)
from timebank.cofund.rules import projects as rules
from timebank.cofund.rules import shares as shares_rules
from timebank.cofund.rules.projects import (
    AgreementView,
    Basis,
    ContributionView,
    CostLineView,
    Method,
    Party,
    ProjectFigures,
    ProjectsOfCase,
    ProjectState,
    ProjectView,
    ShareView,
    Totals,
)
from timebank.community.models import Community, MicroGrid
from timebank.kernel.paging import PAGE_SIZE, Page, decode_id, page_of
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.ledger.rules.values import Balance

T = TypeVar("T", bound=tuple[Any, ...])

# Cases stand above this room; of theirs only number and place are asked.
_case_file = table("case_file", *map(column, ("id", "community_id", "number", "micro_grid_id")))


def project(
    session: Session, *, community_id: int | None, project_id: int, only_public: bool = False
) -> ProjectView:
    """Return one project; without a community only what is public is found.

    Raises:
        ProjectNotFoundError: there is none within reach.
    """
    wanted = select(Project).where(Project.id == project_id)
    if community_id is not None:
        wanted = wanted.where(Project.community_id == community_id)
    if only_public or community_id is None:
        wanted = wanted.where(Project.state.in_(rules.PUBLIC))
    row = session.scalar(wanted)
    if row is None:
        raise errors.ProjectNotFoundError
    return _views(session, [row])[0]


def projects(
    session: Session,
    *,
    community_id: int,
    states: Collection[ProjectState] | None = None,
    only_public: bool = False,
    cursor: str | None = None,
    limit: int = PAGE_SIZE,
) -> Page[ProjectView]:
    """Return a community's projects, newest first."""
    wanted = select(Project).where(Project.community_id == community_id)
    if states is not None:
        wanted = wanted.where(Project.state.in_(states))
    if only_public:
        wanted = wanted.where(Project.state.in_(rules.PUBLIC))
    wanted = before(wanted, Project.id, cursor)
    rows = session.scalars(wanted.order_by(Project.id.desc()).limit(limit + 1)).all()
    page = page_of(rows, limit=limit, key=lambda row: [row.id])
    return Page(_views(session, page.items), page.next_cursor)


def projects_of_case(session: Session, case_id: int) -> ProjectsOfCase:
    """Return the projects that were opened from a case, oldest first."""
    rows = session.scalars(
        select(Project).where(Project.case_id == case_id).order_by(Project.id).limit(PAGE_SIZE)
    ).all()
    items = _views(session, rows)
    return ProjectsOfCase(items, _sum([item.figures for item in items]))


def totals(session: Session, community_id: int) -> Totals:
    """Return the sums of all projects that the parties of a community have agreed on."""
    rows = session.scalars(
        select(Project).where(
            Project.community_id == community_id,
            Project.state.in_(rules.AGREED_ON),
        )
    ).all()
    return _sum(list(_figures(session, rows).values()))


def figures(session: Session, project_id: int) -> ProjectFigures:
    """Return the figures of one project.

    Raises:
        ProjectNotFoundError: there is none.
    """
    row = session.get(Project, project_id)
    if row is None:
        raise errors.ProjectNotFoundError
    return _figures(session, [row])[row.id]


def cost_lines(session: Session, project_id: int) -> list[CostLineView]:
    """Return the costing of a project in its order."""
    rows = session.scalars(
        select(ProjectCostLine)
        .where(ProjectCostLine.project_id == project_id)
        .order_by(ProjectCostLine.position)
    )
    return [CostLineView(row.id, row.label, row.amount_fen, row.quote_file_id) for row in rows]


def agreement(session: Session, project_id: int) -> AgreementView | None:
    """Return the agreement in force, if there is one."""
    row = session.scalar(
        select(Agreement)
        .join(Project, Project.id == Agreement.project_id)
        .where(Project.id == project_id, Agreement.version == Project.agreement_version)
    )
    if row is None:
        return None
    shares = session.scalars(
        select(AgreementShare)
        .where(AgreementShare.agreement_id == row.id)
        .order_by(AgreementShare.id)
    )
    return AgreementView(
        version=row.version,
        signed_on=row.signed_on,
        basis=Basis(row.basis),
        total_fen=row.total_fen,
        digest=row.digest,
        document_file_id=row.document_file_id,
        shares=tuple(ShareView(Party(one.party), one.weight, one.amount_fen) for one in shares),
    )


def contributions(
    session: Session, *, project_id: int, cursor: str | None = None, limit: int = PAGE_SIZE
) -> Page[ContributionView]:
    """Return what came in for a project, newest first, with what was undone."""
    wanted = select(Contribution).where(Contribution.project_id == project_id)
    wanted = before(wanted, Contribution.id, cursor)
    rows = session.scalars(wanted.order_by(Contribution.id.desc()).limit(limit + 1)).all()
    return page_of(
        [contribution_view(row) for row in rows], limit=limit, key=lambda view: [view.id]
    )


def contribution(session: Session, *, community_id: int, contribution_id: int) -> ContributionView:
    """Return one contribution.

    Raises:
        ContributionNotFoundError: there is none in this community.
    """
    row = session.scalar(
        select(Contribution).where(
            Contribution.id == contribution_id, Contribution.community_id == community_id
        )
    )
    if row is None:
        raise errors.ContributionNotFoundError
    return contribution_view(row)


def case_number(session: Session, *, community_id: int, case_id: int) -> str | None:
    """Return the number of a case of this community; None when there is no such case."""
    return session.scalar(
        select(_case_file.c.number).where(
            _case_file.c.id == case_id, _case_file.c.community_id == community_id
        )
    )


def case_grids(session: Session, case_ids: Collection[int]) -> dict[int, int]:
    """Return the grids in which some cases lie."""
    if not case_ids:
        return {}
    at = MicroGrid.id == _case_file.c.micro_grid_id
    lie_in = select(_case_file.c.id, MicroGrid.grid_id).join(MicroGrid, at)
    return dict(session.execute(lie_in.where(_case_file.c.id.in_(case_ids))).tuples().all())


def public_community_id(session: Session, code: str | None) -> int | None:
    """Return whose projects a stranger asks for: the community named, else the first one."""
    wanted = select(Community.id).order_by(Community.id).limit(1)
    return session.scalar(wanted if code is None else wanted.where(Community.code == code))


def fund_accounts(session: Session, project_id: int) -> dict[Party, int]:
    """Return the account that gathers each party's money, under the agreement in force."""
    shares = _shares(session, [project_id])[project_id]
    return {Party(share.party): share.fund_account_id for share in shares}


def contribution_view(row: Contribution) -> ContributionView:
    """Return a contribution's row as a value."""
    return ContributionView(
        id=row.id,
        project_id=row.project_id,
        party=Party(row.party),
        amount_fen=row.amount_fen,
        received_on=row.received_on,
        payer_name=row.payer_name,
        method=Method(row.method),
        reference=row.reference,
        entry_id=row.entry_id,
        recorded_at=row.recorded_at,
        undone_at=row.undone_at,
        undone_reason=row.undone_reason,
        is_of_household=row.receivable_id is not None,
    )


def before(wanted: Select[T], key: InstrumentedAttribute[int], cursor: str | None) -> Select[T]:
    """Continue a newest-first list after a cursor."""
    if not cursor:
        return wanted
    return wanted.where(key < decode_id(cursor))


def _views(session: Session, rows: Sequence[Project]) -> list[ProjectView]:
    """Return projects as values with their figures."""
    sums = _figures(session, rows)
    return [_view(row, sums[row.id]) for row in rows]


def _view(row: Project, sums: ProjectFigures) -> ProjectView:
    """Return a project's row as a value."""
    state = ProjectState(row.state)
    begun = (row.proposed_at, row.costed_at, row.publicised_at, row.voting_at, row.agreed_at)
    built = (row.funding_at, row.active_at, row.accepted_at, row.settled_at, row.retention_at)
    reached = dict(zip(rules.LIFE, (*begun, *built), strict=False))
    if state in rules.ENDED:
        reached[state] = row.ended_at
    return ProjectView(
        id=row.id,
        community_id=row.community_id,
        number=row.number,
        title=row.title,
        description=row.description,
        place_text=row.place_text,
        micro_grid_id=row.micro_grid_id,
        case_id=row.case_id,
        due_on=row.due_on,
        state=state,
        reached_at={state: at for state, at in reached.items() if at is not None},
        acceptance_note=row.acceptance_note,
        acceptance_file_id=row.acceptance_file_id,
        publicised_from=row.publicised_from,
        publicised_to=row.publicised_to,
        retention_permille=row.retention_permille,
        defects_until=row.defects_until,
        accepted_on=row.accepted_on,
        end_reason=row.end_reason,
        figures=sums,
    )


def _figures(session: Session, rows: Sequence[Project]) -> dict[int, ProjectFigures]:
    """Return the figures of some projects, in four queries however many they are."""
    ids = [row.id for row in rows]
    shares = _shares(session, ids)
    refunds: dict[int, dict[Party, int]] = defaultdict(dict)
    for refund in session.scalars(select(ProjectRefund).where(ProjectRefund.project_id.in_(ids))):
        of, party = refunds[refund.project_id], Party(refund.party)
        of[party] = of.get(party, 0) + refund.amount_fen
    accounts = {share.fund_account_id for of in shares.values() for share in of}
    for row in rows:
        accounts |= {id_ for id_ in (*_accounts_of(row),) if id_ is not None}
    balances = ledger_accounts.balances(session, sorted(accounts)) if accounts else {}
    return {row.id: _figures_of(row, shares[row.id], refunds[row.id], balances) for row in rows}


def _accounts_of(row: Project) -> tuple[int | None, int | None, int | None]:
    """Return the accounts of a project's own."""
    return row.cash_account_id, row.cost_account_id, row.retention_account_id


def _figures_of(
    row: Project,
    shares: Sequence[AgreementShare],
    refunded: Mapping[Party, int],
    balances: Mapping[int, Balance],
) -> ProjectFigures:
    """Return one project's figures from its accounts."""
    cash = balances.get(row.cash_account_id or 0)
    cost = balances.get(row.cost_account_id or 0)
    withheld = balances.get(row.retention_account_id or 0)
    withheld_fen = withheld.posted if withheld else 0
    return shares_rules.reckon(
        agreed={Party(share.party): share.amount_fen for share in shares},
        received={
            Party(share.party): balances[share.fund_account_id].posted
            + refunded.get(Party(share.party), 0)
            for share in shares
        },
        refunded=refunded,
        spent_fen=(cost.posted if cost else 0) + withheld_fen,
        withheld_fen=withheld_fen,
        held_fen=cash.held if cash else 0,
        is_ended=ProjectState(row.state) in rules.ENDED,
    )


def _shares(session: Session, project_ids: Sequence[int]) -> dict[int, list[AgreementShare]]:
    """Return the shares of the agreements in force, by project."""
    rows = session.execute(
        select(Project.id, AgreementShare)
        .join(Agreement, Agreement.project_id == Project.id)
        .join(AgreementShare, AgreementShare.agreement_id == Agreement.id)
        .where(Project.id.in_(project_ids), Agreement.version == Project.agreement_version)
        .order_by(AgreementShare.id)
    )
    found: dict[int, list[AgreementShare]] = defaultdict(list)
    for project_id, share in rows:
        found[project_id].append(share)
    return found


def _sum(sums: Sequence[ProjectFigures]) -> Totals:
    """Return the totals of some projects' figures."""
    names = ("agreed_fen", "received_fen", "spent_fen", "left_fen")
    return Totals(len(sums), *(sum(getattr(one, name) for one in sums) for name in names))
