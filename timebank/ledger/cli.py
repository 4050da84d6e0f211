"""``timebank seal`` and ``timebank ledger``: sealing, keeping seals elsewhere, erasing words."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from timebank.kernel import db
from timebank.kernel.actor import Channel, program
from timebank.kernel.errors import DomainError
from timebank.ledger.queries import neighbours
from timebank.ledger.queries import seals as queries
from timebank.ledger.queries.neighbours import House
from timebank.ledger.rules import kept, proofs
from timebank.ledger.rules.blocks import BlockView
from timebank.ledger.rules.kept import Difference
from timebank.ledger.service import erasing, sealing
from timebank.web import words

T = TypeVar("T")

_community = click.option("--community", "code", help="社区代码 / code of the community")
_output = click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="写到文件 / to a file"
)


@click.group("seal")
def seal_commands() -> None:
    """封存：封账、留存、核对、证明 / Seals: seal, keep, check, prove."""


@seal_commands.command("now")
@click.option(
    "--all", "is_thorough", is_flag=True, help="从第一笔看起 / look through all of the history"
)
@with_appcontext
def seal_now(*, is_thorough: bool) -> None:
    """把还没封的都封上 / Seal whatever is not sealed yet."""
    for one in _told(lambda: db.read_only(neighbours.communities)):
        block = _sealed(one.id, is_thorough=is_thorough)
        if block is None:
            click.echo(f"{one.code}: 没有要封的 / nothing to seal")
        else:
            click.echo(f"{one.code}: {block.number} ({block.leaves}) {block.head.hex()}")


@seal_commands.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def export(file: Path) -> None:
    """把全部封存写成清单，拿到别处保存 / Write all seals to a list to keep elsewhere."""
    lines = db.read_only(_lines)
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")
    click.echo(f"✓ {file}: {len(lines)}")


@seal_commands.command("check")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
def check(file: Path) -> None:
    """拿留存的清单核对现在的账 / Compare a kept list with the present books."""
    text = file.read_text(encoding="utf-8", errors="replace")
    blocks = _told(lambda: list(kept.read_lines(text.splitlines())))
    found = kept.first_differences(blocks, db.read_only(_present))
    for one in found:
        _tell(one)
    if found:
        raise click.exceptions.Exit(1)
    click.echo(f"✓ 相符 / they agree: {len(blocks)}")


@seal_commands.command("proof")
@click.argument("entry_id", type=click.UUID)
@_output
@with_appcontext
def proof(entry_id: UUID, output: Path | None) -> None:
    """写出一笔账的证明 / Write the proof of an entry."""
    found = _told(lambda: db.read_only(lambda session: queries.proof(session, entry_id)))
    _write(proofs.document(found), output)


@seal_commands.command("consistency")
@click.argument("first", metavar="FROM", type=click.IntRange(min=1))
@click.argument("second", metavar="TO", type=click.IntRange(min=1))
@_community
@_output
@with_appcontext
def consistency(first: int, second: int, code: str | None, output: Path | None) -> None:
    """证明较晚的总封里有较早的 / Prove that a later head keeps an earlier one."""

    def find(session: Session) -> proofs.Consistency:
        house = neighbours.community(session, code)
        return queries.consistency(session, house.id, first=first, second=second)

    _write(proofs.consistency_document(_told(lambda: db.read_only(find))), output)


@click.group("ledger")
def ledger_commands() -> None:
    """账本 / The ledger."""


@ledger_commands.command("erase-words")
@click.option("--person", "person_id", type=click.IntRange(min=1), required=True, help="人 / id")
@click.option("--ground", required=True, help="为什么 / why")
@click.option("--yes", "is_sure", is_flag=True, help="不再询问 / do not ask")
@_community
@with_appcontext
def erase_words(*, person_id: int, ground: str, is_sure: bool, code: str | None) -> None:
    """抹去一个人账目和预留里的文字，数目和封存不变 / Erase the words of entries and holds."""
    house = _told(lambda: db.read_only(lambda session: neighbours.community(session, code)))
    if not is_sure:
        click.confirm("抹去以后找不回来 / what is erased is gone for ever", abort=True)
    actor = program(community_id=house.id, name="erase-words", channel=Channel.CLI)
    erased = _told(
        lambda: db.transaction(
            lambda session: erasing.erase_words_of_person(
                session, actor=actor, person_id=person_id, ground=ground
            )
        )
    )
    click.echo(f"✓ {house.code}: {erased}")


def _sealed(community_id: int, *, is_thorough: bool) -> BlockView | None:
    """Seal what a community posted since its last block."""
    actor = program(community_id=community_id, name="seal", channel=Channel.CLI)

    def seal(session: Session) -> BlockView | None:
        return sealing.seal_entries(session, actor=actor, is_thorough=is_thorough)

    return _told(lambda: db.transaction(seal))


def _lines(session: Session) -> list[str]:
    """Return the lines of all communities, in order."""
    return [
        kept.line_of(house.code, block)
        for house in neighbours.communities(session)
        for block in queries.chain(session, house.id)
    ]


def _present(session: Session) -> dict[str, dict[int, str]]:
    """Return the present lines by community and number."""

    def lines(house: House) -> dict[int, str]:
        chain = queries.chain(session, house.id)
        return {block.number: kept.line_of(house.code, block) for block in chain}

    return {house.code: lines(house) for house in neighbours.communities(session)}


def _tell(one: Difference) -> None:
    """Say what of a block differs."""
    place = f"{one.kept.community} {one.kept.number}"
    if one.line is None:
        click.echo(f"✗ {place}: 账里没有了 / no longer in the books")
        return
    was, now = json.loads(one.kept.line), json.loads(one.line)
    for name in now:
        if was.get(name) != now[name]:
            click.echo(f"✗ {place} {name}: {was.get(name)} → {now[name]}")


def _write(document: dict[str, object], output: Path | None) -> None:
    """Write a document to a file or to the screen."""
    text = json.dumps(document, ensure_ascii=False, indent=2)
    if output is None:
        click.echo(text)
    else:
        output.write_text(f"{text}\n", encoding="utf-8", newline="\n")
        click.echo(f"✓ {output}")


def _told(work: Callable[[], T]) -> T:
    """Do something; what is refused is said in words."""
    try:
        return work()
    except DomainError as error:
        raise click.ClickException(words.say(error)) from error
