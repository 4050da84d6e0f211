"""Income of common parts, booked to whom it belongs; and labour given to projects."""

from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.cofund.errors import sources as errors
from timebank.cofund.models.sources import Income, IncomeSource, Labour
from timebank.cofund.queries import projects as project_reads
from timebank.cofund.queries import sources as queries
from timebank.cofund.queries.sources import IncomeView, SourceView
from timebank.cofund.rules.projects import Party
from timebank.cofund.service import sources, steps
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor
from timebank.kernel.units import split
from timebank.ledger.rules.values import AccountKind, Asset, EntryDraft, Side, Transfer
from timebank.ledger.service import books as ledger_books
from timebank.ledger.service import posting as ledger_posting

PERMILLE = 1000


def open_source(
    session: Session,
    *,
    actor: Actor,
    name: str,
    other_party: Party,
    owners_permille: int,
    document_file_id: int,
) -> SourceView:
    """Open what earns on common parts, with the agreement that splits its income.

    Raises:
        SponsorError, PartsRangeError, NameTakenError, DocumentNotFoundError
    """
    if other_party is Party.RESIDENTS:
        raise errors.SponsorError(field="other_party")
    if not 0 <= owners_permille <= PERMILLE:
        raise errors.PartsRangeError(field="owners_permille")
    steps.check_document(session, actor=actor, file_id=document_file_id)
    source = IncomeSource(
        community_id=actor.community_id,
        name=name.strip(),
        other_party=other_party,
        owners_permille=owners_permille,
        document_file_id=document_file_id,
        opened_by=actor.user_id,
        opened_at=clock.now(),
    )
    sources.add_named(session, source)
    sources.note(
        session, actor=actor, act="income_opened", subject="cofund_income_source", row_id=source.id
    )
    return queries.source(session, community_id=actor.community_id, source_id=source.id)


def book_income(
    session: Session,
    *,
    actor: Actor,
    source_id: int,
    amount_fen: int,
    received_on: date,
    reference: str = "",
    key: UUID | None = None,
) -> IncomeView:
    """Book what came in from a source: the owners' part in their book, the other's in its own."""
    source = session.scalar(
        select(IncomeSource).where(
            IncomeSource.id == source_id, IncomeSource.community_id == actor.community_id
        )
    )
    if source is None:
        raise errors.SourceNotFoundError
    steps.check_amount(amount_fen)
    steps.check_day(received_on, field="received_on")
    parts = split(amount_fen, [source.owners_permille, PERMILLE - source.owners_permille])
    of = (Party.RESIDENTS, Party(source.other_party))
    base = key or ids.new_id()
    drafts = {
        party: _income_draft(
            session,
            source=source,
            party=party,
            fen=fen,
            entry_id=ids.derived_id(base, f"income:{party}"),
            on=received_on,
            reference=reference,
        )
        for party, fen in zip(of, parts, strict=True)
        if fen
    }
    for draft in drafts.values():
        ledger_posting.post(session, actor=actor, draft=draft)
    owners, other = (drafts[one].id if one in drafts else None for one in of)
    row = Income(
        community_id=source.community_id,
        source_id=source.id,
        received_on=received_on,
        amount_fen=amount_fen,
        owners_fen=parts[0],
        other_fen=parts[1],
        reference=reference.strip(),
        owners_entry_id=owners,
        other_entry_id=other,
        booked_by=actor.user_id,
        booked_at=clock.now(),
    )
    session.add(row)
    session.flush()
    sources.note(session, actor=actor, act="income_booked", subject="cofund_income", row_id=row.id)
    return queries.income_view(row)


def _income_draft(
    session: Session,
    *,
    source: IncomeSource,
    party: Party,
    fen: int,
    entry_id: UUID,
    on: date,
    reference: str,
) -> EntryDraft:
    """Return the entry of one owner's part, in that owner's own book."""
    book_id = sources.book_of(session, community_id=source.community_id, party=party)
    cash_id = ledger_books.ensure_account(
        session,
        book_id=book_id,
        asset=Asset.YUAN,
        code=f"common:{source.id}",
        name=f"{source.name} 收益资金",
        kind=AccountKind.BOUNDED,
        normal=Side.DEBIT,
        floor=0,
    )
    income_id = sources.open_account(
        session, book_id=book_id, code=f"income:{source.id}", name=f"{source.name} 收益"
    )
    return EntryDraft(
        id=entry_id,
        book_id=book_id,
        asset=Asset.YUAN,
        kind="cofund.income",
        effective_on=on,
        transfers=[Transfer(cash_id, income_id, fen)],
        memo=source.name,
        document=reference.strip(),
    )


def link_task(session: Session, *, actor: Actor, project_id: int, task_id: int) -> None:
    """Count the service records of a task as labour given to a project.

    Raises:
        TaskNotFoundError: there is none in the community, or it counts elsewhere.
    """
    project = project_reads.project(session, community_id=actor.community_id, project_id=project_id)
    if not queries.has_task(session, community_id=actor.community_id, task_id=task_id):
        raise errors.TaskNotFoundError(field="task_id")
    row = Labour(
        community_id=actor.community_id,
        project_id=project.id,
        task_id=task_id,
        linked_by=actor.user_id,
        linked_at=clock.now(),
    )
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError as error:
        raise errors.TaskNotFoundError(field="task_id") from error
    sources.note(session, actor=actor, act="labour_linked", subject="project", row_id=project.id)
