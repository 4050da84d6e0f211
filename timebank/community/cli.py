"""``timebank import``: lists from files, shown first and written when confirmed."""

from pathlib import Path

import click
from flask.cli import with_appcontext

from timebank.community import queries
from timebank.community.rules import CommunityView, ImportKind
from timebank.community.service.imports import batches
from timebank.community.service.imports.batches import Preview
from timebank.kernel import db
from timebank.kernel.actor import Channel, program
from timebank.kernel.errors import DomainError
from timebank.web import words


@click.group("import")
def import_commands() -> None:
    """从表格导入地方、人员、六员、单位 / Bring in places, people, roles, organisations."""


def _command(kind: ImportKind, help_text: str) -> click.Command:
    """Return the command that imports one kind of list."""

    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.option("--dry-run", is_flag=True, help="只看，不写入 / show only, write nothing")
    @click.option("--yes", is_flag=True, help="不再问，直接写入 / write without asking")
    @click.option("--community", "code", help="社区代码 / code of the community")
    @with_appcontext
    def run(*, file: Path, dry_run: bool, yes: bool, code: str | None) -> None:
        _import(kind, file, is_dry=dry_run, is_sure=yes, code=code)

    return click.command(kind.value, help=help_text)(run)


for _kind, _help in (
    (ImportKind.PLACES, "网格、楼、单元 / grids, buildings, units"),
    (ImportKind.PEOPLE, "住户和亲属 / residents and their kin"),
    (ImportKind.ROLES, "六员 / holders of the six roles"),
    (ImportKind.ORGANISATIONS, "合作社、公司、部门 / co-operatives, company, departments"),
):
    import_commands.add_command(_command(_kind, _help))


def _import(kind: ImportKind, file: Path, *, is_dry: bool, is_sure: bool, code: str | None) -> None:
    """Show what a file would do and, when confirmed, write it."""
    community = _community(code)
    content = file.read_bytes()
    try:
        shown = db.read_only(
            lambda session: batches.preview(
                session,
                community_id=community.id,
                kind=kind,
                content=content,
                file_name=file.name,
            )
        )
        _tell(shown)
        if shown.wrong_count:
            raise click.exceptions.Exit(1)
        if is_dry or not shown.may_be_written:
            return
        if not is_sure:
            click.confirm("写入吗 / Write", abort=True)
        actor = program(community_id=community.id, name="import", channel=Channel.CLI)
        done = db.transaction(
            lambda session: batches.write(
                session, actor=actor, kind=kind, content=content, file_name=file.name
            )
        )
    except DomainError as error:
        raise click.ClickException(words.say(error)) from error
    click.echo(f"已写入 / written: {done.new_count} + {done.changed_count}")


def _community(code: str | None) -> CommunityView:
    """Return the community that is meant; the only one needs no code."""
    known = db.read_only(queries.communities)
    meant = [one for one in known if code in {None, one.code}]
    if len(meant) != 1:
        codes = ", ".join(one.code for one in known) or "-"
        message = f"请用 --community 指明社区 / say which community: {codes}"
        raise click.UsageError(message)
    return meant[0]


def _tell(shown: Preview) -> None:
    """Print the counts and what is wrong."""
    click.echo(
        f"新增 {shown.new_count}，更改 {shown.changed_count}，不变 {shown.unchanged_count}，"
        f"有错 {shown.wrong_count} / {shown.new_count} new, {shown.changed_count} changed,"
        f" {shown.unchanged_count} unchanged, {shown.wrong_count} wrong"
    )
    for problem in shown.problems:
        click.echo(f"第 {problem.line} 行“{problem.title}”：{words.say(problem.error)}", err=True)
    for one in shown.kept:
        click.echo(
            f"第 {one.line} 行 {one.label}：表上 {one.listed}，后来改成 {one.now}，不动"
            f" / row {one.line}: the list says {one.listed}, people put it right: {one.now}; kept"
        )
    if shown.unused_titles:
        click.echo(f"没有用到的列 / unused columns: {'、'.join(shown.unused_titles)}")
