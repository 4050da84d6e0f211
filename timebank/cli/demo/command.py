"""``timebank demo``: the demo community in one command."""

import click
from flask import current_app
from flask.cli import with_appcontext

from timebank.cli import schema
from timebank.cli.demo import load
from timebank.cli.demo.cast import PASSWORD
from timebank.cli.demo.counter import PIN
from timebank.cli.upkeep import PORT, check_is_free, owner_engine, serve_here
from timebank.community import queries as community_queries
from timebank.kernel import db
from timebank.ledger.queries import proofs

ANEW = (
    "换一个空的 TIMEBANK_HOME 或者空的数据库，再来一次 / the demo was made by another version or"
    " broke off; begin anew with an empty TIMEBANK_HOME or database"
)
LOGINS = (
    ("volunteer1", "志愿者", "volunteer: balance, passbook"),
    ("elder1", "老人", "elder: confirm service"),
    ("zhaomin", "养老服务中心柜台", "counter of the care centre"),
    ("liuyan", "助老大食堂柜台", "counter of the canteen"),
    ("sunli", "中心主管", "manager of centre and canteen"),
    ("chenli", "财务", "finance"),
    ("wangjing", "财务（第二人）", "finance, second person"),
    ("grid3", "第三网格网格员", "grid officer"),
    ("steward3", "第三网格物业管家", "property steward"),
    ("gaojie", "社区管理员", "community administrator"),
    ("zhouwen", "社区管理员（第二人）", "community administrator, second person"),
    ("operator", "运维", "operator"),
    ("auditor", "审计", "auditor"),
    ("lintao", "龙湖社区管理员", "administrator of the neighbouring community"),
    ("heping", "龙湖食堂主管", "manager of the neighbour's canteen"),
    ("longhu1", "龙湖社区志愿者", "volunteer of the neighbouring community"),
)


@click.command("demo")
@click.option("--host", default="127.0.0.1", show_default=True, help="地址 / address")
@click.option("--port", type=PORT, default=8000, show_default=True, help="端口 / port")
@click.option("--seed", default=load.SEED, show_default=True, help="种子数 / seed number")
@click.option("--no-serve", is_flag=True, help="只装数据，不启动 / load only")
@with_appcontext
def demo(host: str, port: int, seed: int, *, no_serve: bool) -> None:
    """装好演示社区九龙社区并启动 / Load the demo community and serve it."""
    if current_app.config["IS_PRODUCTION"]:
        raise click.ClickException("正式环境不装演示数据 / no demo data in production")
    if not no_serve:
        check_is_free(host, port)
    engine = owner_engine()
    schema.upgrade(engine)
    is_of_this_version = not schema.lacking(engine)
    engine.dispose()
    if not is_of_this_version:
        raise click.ClickException(f"演示数据是别的版本装的。{ANEW}")
    known = db.read_only(community_queries.communities)
    if not known:
        _load(seed)
    elif known[0].code != "JL":
        raise click.ClickException("数据库里已有别的社区 / the database holds another community")
    elif db.read_only(lambda session: proofs.last_proof(session, known[0].id)) is None:
        # The proof of the books is the last that a loading does.
        raise click.ClickException(f"演示数据没有装完。{ANEW}")
    _print_logins(host, port)
    if not no_serve:
        serve_here(host=host, port=port)


def _load(seed: int) -> None:
    """Load files and life, with a bar that moves."""
    click.echo("导入九龙社区的名册 / importing the registers …")
    community_id = load.load_files()
    with click.progressbar(length=1000, label="过一年 / living a year") as bar:
        shown = 0

        def told(done: int, waiting: int) -> None:
            nonlocal shown
            reached = done * 1000 // max(done + waiting, 1)
            if reached > shown:
                bar.update(reached - shown)
                shown = reached

        load.live_a_year(community_id, seed=seed, told=told)
        bar.update(1000 - shown)
    load.prove()


def _print_logins(host: str, port: int) -> None:
    """Print a login for each role."""
    click.echo(f"\n密码都是 / all passwords: {PASSWORD}    会员卡密码 / card PIN: {PIN}\n")
    for login, chinese, english in LOGINS:
        click.echo(f"  {login:<12}{chinese} / {english}")
    click.echo(f"\nhttp://{host}:{port}/\n")
