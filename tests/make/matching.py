"""Builders for matching: households that owe for a project, and lines in which they pay."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.make import bank
from tests.make.bank import Moved
from tests.make.cofund import Office, make_document, make_doors, make_project, release
from timebank.bank.queries import claims as lines
from timebank.bank.queries import statements as reads
from timebank.bank.queries.claims import WaitingLine
from timebank.cofund.models.retention import RetentionMove
from timebank.cofund.queries import projects as project_reads
from timebank.cofund.queries import receivables as receivable_reads
from timebank.cofund.rules.projects import Party, ProjectView
from timebank.cofund.rules.receivables import Instalment, LaidBy, ReceivableView
from timebank.cofund.service import income, receivables
from timebank.kernel import clock

TOTAL_FEN = 100_000
_UNITS = ("89.50", "89.50", "120.00")


@dataclass(frozen=True, slots=True)
class Scene:
    """A project, what its households owe, and the owners' bank account."""

    office: Office
    project: ProjectView
    owed: list[ReceivableView]
    account_id: int


def make_scene(session: Session, office: Office, *, doors: int = 3, is_even: bool = False) -> Scene:
    """Return a project whose households are asked to pay; unless even, every third owes more."""
    project = make_project(session, office, total_fen=TOTAL_FEN * doors)
    areas = [_UNITS[0 if is_even else at % 3] for at in range(doors)]
    homes = make_doors(session, office.community_id, areas=areas)
    receivables.raise_for_households(
        session,
        actor=office.admin,
        project_id=project.id,
        laid_by=LaidBy.FLOOR_AREA,
        instalments=[Instalment(1000, clock.today() + timedelta(days=30))],
        household_ids=homes,
    )
    owed = receivable_reads.receivables(session, project_id=project.id, limit=200).items
    return Scene(office, project, list(owed), bank.make_account(session, office.admin))


def earn(session: Session, office: Office) -> int:
    """Book the income of a charger of which the owners have 980 fen; return its row."""
    source = income.open_source(
        session, actor=office.admin, name="东门充电桩", other_party=Party.COMPANY,
        owners_permille=490, document_file_id=make_document(session, actor=office.admin),
    )  # fmt: skip
    booked = income.book_income(
        session, actor=office.finance, source_id=source.id, amount_fen=2_000,
        received_on=clock.today(),
    )  # fmt: skip
    return booked.id


def release_all(session: Session, office: Office, project_id: int) -> tuple[int, int]:
    """Release all that a project withholds; return the move and its amount."""
    withheld = project_reads.figures(session, project_id).withheld_fen
    release(session, office, project_id, withheld)
    moved = session.scalars(
        select(RetentionMove.id).where(RetentionMove.project_id == project_id)
    ).one()
    return moved, withheld


def statement(
    session: Session, scene: Scene, *paid: tuple[int, str, str], number: str = "621799990042"
) -> bytes:
    """Return a statement of payments of today, each an amount, who paid, what was said."""
    running = reads.standing(session, scene.account_id).running_fen or 1_000_000
    made = []
    for fen, who, said in paid:
        running += fen
        made.append(Moved(clock.today(), fen, running, who, said))
    return bank.mt940_file(made).replace(b"621700000042", number.encode())


def bring_in(
    session: Session, scene: Scene, *paid: tuple[int, str, str], number: str = "621799990042"
) -> list[WaitingLine]:
    """Book payments of today; return the lines that wait, those of earlier statements first."""
    content = statement(session, scene, *paid, number=number)
    bank.bring_in(session, scene.office.finance, scene.account_id, content)
    of = scene.office.community_id
    page = lines.waiting_lines(session, community_id=of)
    found = list(page.items)
    while page.next_cursor:
        page = lines.waiting_lines(session, community_id=of, cursor=page.next_cursor)
        found += page.items
    return [line for line in found if line.kind == "movement"]
