"""The application: the only module that knows every room."""

import importlib.util
import pkgutil
from datetime import timedelta
from pathlib import Path
from types import ModuleType

import click
from flask import Flask
from flask.cli import FlaskGroup
from flask_migrate import Migrate
from sqlalchemy.orm import Session
from werkzeug.middleware.proxy_fix import ProxyFix

from timebank import settings as settings_module
from timebank.access import queries as access_queries
from timebank.access.service import accounts, sessions
from timebank.care.pages import residents
from timebank.care.queries import catalogue as care_catalogue
from timebank.care.service import neighbours as care_neighbours
from timebank.care.service import nightly as care_nightly
from timebank.care.service import promises as care_promises
from timebank.cases.service import nightly as case_nightly
from timebank.cli import backup, schema, upkeep
from timebank.cli.demo.command import demo
from timebank.cli.verify import verify
from timebank.cofund.service import match_runs
from timebank.cofund.service import reminders as cofund_reminders
from timebank.cofund.service import retention as cofund_retention
from timebank.community import queries as community_queries
from timebank.community.errors import PersonNotFoundError
from timebank.deliberation.service import following as deliberation_following
from timebank.jobs import service as jobs
from timebank.kernel import passwords, sealed
from timebank.kernel.db import db, engine_options, prepare_engine
from timebank.ledger.queries.neighbours import neighbours as ledger_neighbours
from timebank.ledger.service import folding, proving
from timebank.ledger.service import holds as ledger_holds
from timebank.ledger.service import sealing as ledger_sealing
from timebank.notices.queries import messages as message_queries
from timebank.notices.rules.channels import Channels, Gate, MailServer
from timebank.notices.service import channels, delivering, digest, reading
from timebank.outreach.queries import key_people
from timebank.outreach.service import reminding as outreach_reminding
from timebank.reports.service import case_months
from timebank.settings import Sending, Settings
from timebank.volunteering.pages import clearing_member as elsewhere_pages
from timebank.volunteering.pages import disputes as dispute_pages
from timebank.volunteering.pages import gifts as gift_pages
from timebank.volunteering.pages import leaving as leaving_pages
from timebank.volunteering.pages import policy as policy_pages
from timebank.volunteering.pages import records as volunteering_pages
from timebank.volunteering.pages import statements as statement_pages
from timebank.volunteering.service import (
    checkins,
    clearing_deciding,
    clearing_sheets,
    closing,
    leaving,
    month_summaries,
    moving,
    needs,
    rights,
    risk,
    rolling,
    spot_checks,
    tidings,
)
from timebank.volunteering.service import expiry as hours_expiry
from timebank.web import (
    api,
    assets,
    boundary,
    context,
    health,
    keyed,
    login,
    logs,
    panels,
    preferences,
    security,
    sizes,
    words,
)
from timebank.web.context import Sign
from timebank.web.house import House
from timebank.web.paths import RowIdConverter

ROOT = Path(__file__).parent.parent


def create_app(settings: Settings | None = None) -> Flask:
    """Return the service, ready to answer."""
    settings = settings or settings_module.load()
    app = House("timebank", root_path=str(Path(__file__).parent), template_folder=str(_templates()))
    _configure(app, settings)
    app.url_map.converters["int"] = RowIdConverter
    sealed.use_keys(
        current=settings_module.key_id(settings.field_key),
        keys={settings_module.key_id(settings.field_key): settings.field_key},
        index_key=settings.index_key,
    )
    passwords.use_pepper(settings.password_pepper.encode())
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
    Migrate(app, db, directory=str(ROOT / "migrations"), render_as_batch=True)
    channels.use(_ways(settings.sending))
    words.init_app(app)
    login.init_app(app)
    security.init_app(app)
    boundary.init_app(app)
    context.init_app(app)
    health.init_app(app)
    logs.init_app(app)
    assets.init_app(app)
    app.register_blueprint(preferences.bp)
    _open_rooms(app)
    _add_commands(app)
    _wire_access()
    _wire_places()
    health.ready_when("schema", schema.complaint)
    context.use_sign(app, _sign)
    context.use_bell(app, message_queries.unread_count)
    _wire_jobs()
    _wire_panels()
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]  # Flask's documented way
    return app


def main() -> None:
    """Run the command line."""
    group = FlaskGroup(
        create_app=create_app,
        add_default_commands=False,
        add_version_option=False,
        help="时间银行：社区的时间、共筹和案件 / a community's hours, projects and cases",
    )
    group.params = []  # Flask's own options choose an application; this one is chosen
    group()


def _templates() -> Path:
    """Return the folder of the templates."""
    return ROOT / "templates"


def _configure(app: Flask, settings: Settings) -> None:
    """Set what Flask leaves open: cookies, sizes, hosts."""
    app.config.update(
        SECRET_KEY=settings.secret_key,
        PASSWORD_PEPPER=settings.password_pepper,
        IS_PRODUCTION=settings.is_production,
        SESSION_COOKIE_NAME="__Host-timebank" if settings.is_production else "timebank",
        SESSION_COOKIE_SECURE=settings.is_production,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        PERMANENT_SESSION_LIFETIME=timedelta(days=30),
        SESSION_REFRESH_EACH_REQUEST=False,
        MAX_CONTENT_LENGTH=sizes.BODY_BYTES_MAX,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
        MAX_FORM_PARTS=1000,
        TRUSTED_HOSTS=list(settings.trusted_hosts) or None,
        OWNER_DATABASE_URI=settings.owner_database_url,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.database_url),
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # the default provider has it
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the default provider has it


ROOMS = (
    "jobs",
    "trail",
    "access",
    "community",
    "ledger",
    "notices",
    "bank",
    "volunteering",
    "cofund",
    "care",
    "deliberation",
    "outreach",
    "cases",
    "reports",
)


def _open_rooms(app: Flask) -> None:
    """Register every room's faces."""
    apis: list[api.RoomApi] = []
    for room in ROOMS:
        if _has(room, "pages"):
            _open_pages(app, room)
        if _has(room, "api"):
            parts = _parts_of(f"timebank.{room}.api")
            apis += dict.fromkeys(part.api for part in parts if hasattr(part, "api"))
        if _has(room, "models"):
            _parts_of(f"timebank.{room}.models")
    api.init_app(app, apis)


def _ways(sending: Sending) -> Channels:
    """Return the ways of sending that the settings describe."""
    mail = MailServer(
        host=sending.smtp_host,
        port=sending.smtp_port,
        sender=sending.smtp_from,
        user=sending.smtp_user,
        password=sending.smtp_password,
        security=sending.smtp_security,
    )
    return Channels(
        mail=mail if sending.smtp_host else None,
        sms=Gate(sending.sms_url, sending.sms_secret) if sending.sms_url else None,
        hook=Gate(sending.webhook_url, sending.webhook_secret) if sending.webhook_url else None,
        base_url=sending.base_url,
    )


def _add_commands(app: Flask) -> None:
    """Register the commands of the whole service and of the rooms."""
    for room in filter(lambda one: _has(one, "cli"), ROOMS):
        for name, command in vars(importlib.import_module(f"timebank.{room}.cli")).items():
            if isinstance(command, click.Command) and name.endswith("commands"):
                app.cli.add_command(command)
    for command in (
        demo,
        verify,
        upkeep.init,
        upkeep.serve,
        upkeep.doctor,
        backup.backup,
        backup.restore,
        upkeep.config,
    ):
        app.cli.add_command(command)


def _wire_access() -> None:
    """Let the front door ask ``access`` who somebody is, and keep their preferences there."""
    login.use_hooks(
        by_session=access_queries.actor_for_session,
        by_bearer=access_queries.actor_for_bearer,
        touch=sessions.touch_session,
    )
    preferences.keep_with(
        lambda session, actor, text_size, locale: accounts.set_preferences(
            session, actor=actor, text_size=text_size, locale=locale
        )
    )


def _wire_jobs() -> None:
    """Let the worker do the rooms' periodic work."""
    jobs.register("ledger.expire_holds", ledger_holds.expire_holds)
    jobs.register("ledger.seal", ledger_sealing.seal_everywhere)
    jobs.register("ledger.fold", folding.fold_deltas)
    jobs.register("ledger.verify", proving.prove_books)
    jobs.register("cofund.remind", cofund_reminders.remind_everywhere)
    jobs.register("cofund.retention", cofund_retention.remind_due)
    jobs.register(deliberation_following.JOB, deliberation_following.remind)
    for name, work in (*care_nightly.JOBS.items(), *case_nightly.JOBS.items()):
        jobs.register(name, work)
    jobs.register(outreach_reminding.JOB, outreach_reminding.remind_everywhere)
    jobs.register("volunteering.expire", hours_expiry.expire_everywhere)
    jobs.register("volunteering.month_notices", month_summaries.give_notices_everywhere)
    jobs.register("volunteering.close_forgotten", checkins.close_forgotten)
    jobs.register(tidings.JOB, tidings.remind_of_tasks)
    jobs.register("volunteering.close_past", closing.close_past_tasks)
    jobs.register("volunteering.continue_needs", needs.continue_needs)
    jobs.register("volunteering.roll_months", rolling.roll_everywhere)
    jobs.register("volunteering.score_risk", risk.score_risk)
    jobs.register("volunteering.draw_checks", spot_checks.draw_checks)
    jobs.register("volunteering.lapse_rights", rights.lapse_rights)
    jobs.register("volunteering.lapse_transfers", clearing_deciding.lapse_transfers)
    jobs.register("volunteering.make_sheets", clearing_sheets.make_sheets)
    jobs.register(moving.JOB, moving.move_due)
    jobs.register(leaving.JOB, leaving.remind_everywhere)
    jobs.register(match_runs.JOB, match_runs.do_batch)
    jobs.register(case_months.JOB, case_months.keep)
    jobs.register(case_months.EVERYWHERE_JOB, case_months.keep_everywhere)
    jobs.register_outside(delivering.JOB, delivering.deliver)
    jobs.register("notices.drop_old", reading.drop_old)
    jobs.register("notices.tell_weekly", digest.tell_everywhere)
    jobs.register("access.sweep", lambda session, _payload: sessions.sweep(session))
    jobs.register("jobs.sweep", lambda session, _payload: jobs.sweep(session))
    jobs.register("web.sweep_keys", lambda session, _payload: keyed.sweep(session))


def _wire_panels() -> None:
    """Put the panels of higher rooms on the pages of lower ones."""
    panels.register("my_time", dispute_pages.rights_panel)
    panels.register("my_time", statement_pages.month_panel)
    panels.register("my_time", leaving_pages.ends_panel)
    panels.register("my_time", policy_pages.expiry_panel)
    panels.register("my_time", residents.redeemable_panel)
    panels.register("my_time", gift_pages.giving_panel)
    panels.explain_entries_with(volunteering_pages.records_behind)
    panels.explain_entries_with(gift_pages.lines_behind)
    panels.explain_entries_with(elsewhere_pages.lines_from_elsewhere)
    panels.explain_entries_with(residents.redemptions_behind)


def _wire_places() -> None:
    """Tell ``access`` and ``ledger`` what they may not ask the rooms beside them."""
    access_queries.neighbours.grids = _grid_names
    access_queries.neighbours.centres = care_catalogue.centre_names
    access_queries.neighbours.person_name = _person_name
    ledger_neighbours.communities = community_queries.communities
    care_promises.keep_with_hours()
    care_neighbours.neighbours.looked_after_for = key_people.looked_after_for


def _sign(session: Session, community_id: int | None) -> Sign:
    """Return the sign of a community; for strangers, of the first one in the house."""
    known = community_queries.communities(session)
    chosen = [one for one in known if one.id == community_id] or known
    if not chosen:
        return context.PLAIN_SIGN
    house = chosen[0]
    return Sign(product_name=house.product_name, community_name=house.name, phone=house.phone)


def _grid_names(session: Session, community_id: int) -> dict[int, str]:
    """Return the names of a community's grids by id."""
    places = community_queries.micro_grids(session, community_id)
    return {place.grid_id: place.grid_name for place in places}


def _person_name(session: Session, community_id: int, person_id: int) -> str | None:
    """Return the name of a person of a community, or None when there is no such person."""
    try:
        found = community_queries.person(session, community_id=community_id, person_id=person_id)
    except PersonNotFoundError:
        return None
    return found.name


def _open_pages(app: Flask, room: str) -> None:
    """Register what a room's pages hang on; pages in a folder share the room's one blueprint."""
    parts = _parts_of(f"timebank.{room}.pages")
    for blueprint in dict.fromkeys(part.bp for part in parts if hasattr(part, "bp")):
        app.register_blueprint(blueprint)


def _parts_of(name: str) -> list[ModuleType]:
    """Import a module and, when it is a folder, everything in it."""
    module = importlib.import_module(name)
    names = [part.name for part in pkgutil.iter_modules(getattr(module, "__path__", []))]
    return [module, *(importlib.import_module(f"{name}.{part}") for part in names)]


def _has(room: str, face: str) -> bool:
    return importlib.util.find_spec(f"timebank.{room}.{face}") is not None
