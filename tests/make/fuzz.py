"""What a fuzzed community needs: callers with tokens, ids that exist, acts that are undone.

Every request is made in a transaction that is rolled back after the operation was tried, so that
each operation meets the same community, in whatever order the tests run.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from schemathesis import Case, GenerationMode
from schemathesis.schemas import APIOperation
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from tests.make import house, real
from timebank.access import queries as access_queries
from timebank.access.models import ApiToken, LoginSession, RoleGrant, UserAccount
from timebank.access.service import tokens
from timebank.care.models.desk import Booking, CareCentre, CareService, MemberCard
from timebank.care.models.slips import Redemption
from timebank.cases.models.cases import CaseFile
from timebank.cofund.models.projects import Contribution, Project, SpendingRequest
from timebank.community.models import (
    Grid,
    Household,
    ImportBatch,
    MicroGrid,
    Organisation,
    Person,
)
from timebank.kernel import clock
from timebank.kernel.actor import Actor, Channel
from timebank.kernel.db import db, transaction
from timebank.ledger.models.tables import Account, Entry
from timebank.volunteering.models.needs import Need
from timebank.volunteering.models.organisations import OrganisationLeader, OrganisationMember
from timebank.volunteering.models.policy import HoursPolicy, ServiceKind
from timebank.volunteering.models.pools import HoursPool
from timebank.volunteering.models.presence import Presence
from timebank.volunteering.models.proposals import ActivityProposal
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.models.tasks import SignUp, Task
from timebank.volunteering.models.wallet import FamilyWallet

CALLERS = ("gaojie", "zhaomin", "volunteer1", "sunli", "chenli", "grid3", "elder1")
NOBODY = "nobody"
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "5"))
IS_LONG = "FUZZ_EXAMPLES" in os.environ
# Of five requests, three fit the description and two do not.
FITTING = max(EXAMPLES * 3 // 5, 1)
STRANGE = max(EXAMPLES - FITTING, 1)

SETTINGS = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
    report_multiple_bugs=False,
)

_TABLES: dict[str, Any] = {  # Any: models of all rooms
    "session_id": LoginSession,
    "token_id": ApiToken,
    "grant_id": RoleGrant,
    "volunteer_id": Person,
    "kin_id": Person,
    "relative_id": Person,
    "household_id": Household,
    "batch_id": ImportBatch,
    "record_id": ServiceRecord,
    "kind_id": ServiceKind,
    "need_id": Need,
    "task_id": Task,
    "sign_up_id": SignUp,
    "presence_id": Presence,
    "minor_id": Person,
    "guardian_id": Person,
    "project_id": Project,
    "contribution_id": Contribution,
    "request_id": SpendingRequest,
    "centre_id": CareCentre,
    "service_id": CareService,
    "pool_id": HoursPool,
    "wallet_id": FamilyWallet,
    "leader_id": OrganisationLeader,
    "membership_id": OrganisationMember,
    "proposal_id": ActivityProposal,
    "booking_id": Booking,
    "redemption_id": Redemption,
    "case_id": CaseFile,
    "account_id": Account,
    "entry_id": Entry,
    "grid_id": Grid,
    "micro_grid_id": MicroGrid,
    "organisation_id": Organisation,
}
_SAMPLE = 8
JSON = "application/json"
# The simplest request of an operation goes to both engines, and half of the others.
ALSO_POSTGRESQL = st.sampled_from([True, False])

Request = Case[Any]  # Any: the library's own kinds of operation


@dataclass(frozen=True, slots=True)
class Town:
    """A lived-in community, how its callers prove who they are, and ids that exist there."""

    app: Flask
    proofs: dict[str, dict[str, str]]
    permissions: dict[str, frozenset[str]]
    ids: dict[str, list[Any]]  # Any: numbers, and UUIDs of entries

    def askers(self, permission: str) -> list[str]:
        """Who asks for something: mostly those who may, sometimes each of the others."""
        may = [name for name, held in self.permissions.items() if permission in held]
        return [*may * (1 + 2 * len(self.proofs) // max(len(may), 1)), *self.proofs]


@dataclass(frozen=True, slots=True)
class Towns:
    """The same community on both engines: making up a request costs more than asking it twice."""

    sqlite: Town
    postgresql: Town

    def asked(self, also_postgresql: bool) -> list[Town]:
        """Which of them is asked something; PostgreSQL as often as ``ALSO_POSTGRESQL`` says."""
        return [self.sqlite, self.postgresql] if also_postgresql else [self.sqlite]

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Roll back whatever is done meanwhile, on both engines."""
        with undone(self.sqlite.app), undone(self.postgresql.app):
            yield


@contextmanager
def town(engine_name: str) -> Iterator[Town]:
    """Open a fresh copy of the lived-in community to callers with tokens."""
    with real.real_app(engine_name, source=house.lived_in(engine_name)) as app:
        app.testing = False
        with app.app_context():
            actors = {login: actor_of_login(db.session(), login) for login in CALLERS}
            proofs = {login: _proof(actor) for login, actor in actors.items()}
            ids = _ids(db.session())
            db.session.remove()
        held = {login: frozenset(actor.permissions) for login, actor in actors.items()}
        yield Town(app, {**proofs, NOBODY: {}}, held, ids)


def actor_of_login(session: Session, login: str) -> Actor:
    """Who logs in under a name."""
    user_id = session.scalar(select(UserAccount.id).where(UserAccount.login_name == login))
    assert user_id is not None
    actor = access_queries.actor_of(session, user_id=user_id, channel=Channel.WEB)
    assert actor is not None
    return actor


def proof_of(app: Flask, login: str) -> dict[str, str]:
    """The header of a fresh token of a login."""
    with app.app_context():
        proof = _proof(actor_of_login(db.session(), login))
        db.session.remove()
    return proof


def _proof(actor: Actor) -> dict[str, str]:
    """The header of a fresh token that may do all that its owner may."""

    def issue(session: Session) -> str:
        issued = tokens.issue_token(
            session, actor=actor, name="fuzz", scopes=sorted(actor.permissions)
        )
        return issued.secret

    return {"Authorization": f"Bearer {transaction(issue)}"}


def _ids(session: Session) -> dict[str, list[Any]]:
    """Some first and last ids of every table, by the name under which programs send them."""
    found = {name: _some(session, model) for name, model in _TABLES.items()}
    found["person_id"] = list(session.scalars(select(MemberCard.person_id).limit(_SAMPLE)))
    found["number"] = list(session.scalars(select(HoursPolicy.version).limit(_SAMPLE)))
    found["recipient_id"] = found["person_id"][::-1]
    callers = UserAccount.login_name.not_in(CALLERS)
    found["user_id"] = list(session.scalars(select(UserAccount.id).where(callers).limit(_SAMPLE)))
    return {name: ids for name, ids in found.items() if ids}


def _some(session: Session, model: Any) -> list[Any]:  # Any: a model of any room
    """The first ids of a table and its last ones; where rows have states, the newest of each."""
    state = getattr(model, "state", None)
    if state is not None:
        newest = select(func.max(model.id)).group_by(state)
        return sorted(session.scalars(newest), key=str)[:_SAMPLE]
    first = session.scalars(select(model.id).order_by(model.id).limit(2))
    last = session.scalars(select(model.id).order_by(model.id.desc()).limit(_SAMPLE - 2))
    return sorted({*first, *last}, key=str)


@contextmanager
def undone(app: Flask) -> Iterator[None]:
    """Roll back whatever is done meanwhile."""
    with app.app_context():
        engines = cast("dict[str | None, Any]", db.engines)  # a connection serves as an engine here
        engine = engines[None]
        assert isinstance(engine, Engine)
        connection = engine.connect()
        outer = connection.begin()
        engines[None] = connection
        db.session.remove()
        db.session.session_factory.configure(join_transaction_mode="create_savepoint")
    try:
        yield
    finally:
        with app.app_context():
            db.session.remove()
            db.session.session_factory.configure(join_transaction_mode="conditional_savepoint")
            engines[None] = engine
            outer.rollback()
            connection.close()


def valid_body(path: str) -> dict[str, Any] | None:
    """A body that says something sensible to a command, ids still to be grounded; None: no such."""
    now = clock.now().replace(second=0, microsecond=0)
    bodies: dict[str, dict[str, Any]] = {
        "cases": {
            "source": "patrol",
            "category": "sanitation",
            "title": "楼道堆物",
            "description": "三楼楼梯口堆了旧家具",
            "micro_grid_id": 1,
        },
        "cases/{case_id}/notes": {"words": "已经联系物业，下午来看"},
        "projects": {"title": "修雨棚", "description": "单元门口漏雨"},
        "people": {"name": "王桂芳", "phone": "13900001234"},
        "care-centres": {"name": "东门助餐点", "kind": "canteen", "address": "东门 2 号"},
        "bookings": {"person_id": 1, "service_id": 1, "on_day": clock.today().isoformat()},
        "redemptions": {
            "centre_id": 1,
            "person_id": 1,
            "lines": [{"service_id": 1, "quantity": 1}],
            "proof": {"signed_slip": "纸单 88"},
        },
        "service-records": {
            "kind_id": 1,
            "volunteer_id": 1,
            "recipient_id": 1,
            "micro_grid_id": 1,
            "started_at": (now - timedelta(hours=3)).isoformat(),
            "ended_at": (now - timedelta(hours=2)).isoformat(),
        },
        "hours-policies": {
            "rate_percent": 100,
            "rounding_minutes": 1,
            "late_days": 7,
            "month_minutes_max": 3000,
            "in_force_on": (clock.today() + timedelta(days=30)).isoformat(),
        },
        "hours-pools": {"name": "助老池", "purpose": "给独居老人"},
        "hours-pools/{pool_id}/gifts": {"minutes": 30, "source": "own"},
        "hours-pools/{pool_id}/grants": {
            "person_id": 1,
            "minutes": 30,
            "need": "meal",
            "reason": "刚出院",
        },
        "me/wallets": {"receiver_id": 1, "month_minutes_max": 60},
        "family-wallets/{wallet_id}/gifts": {"minutes": 10},
        "service-kinds": {"name": "代写书信"},
        "service-records/{record_id}/reject": {"reason": "时间写错了，请改"},
        "service-records/{record_id}/withdraw": {"reason": "重复登记了"},
        "service-records/{record_id}/confirm-by-slip": {"slip_number": "纸单 77"},
        "needs": {
            "kind_id": 1,
            "starts_at": (now + timedelta(days=2)).isoformat(),
            "minutes": 60,
        },
        "needs/{need_id}/decline": {"reason": "请打 120"},
        "needs/{need_id}/withdraw": {"reason": "女儿回来了"},
        "tasks": {
            "kind_id": 1,
            "activity": "周六义诊",
            "places": 20,
            "starts_at": (now + timedelta(days=2)).isoformat(),
            "ends_at": (now + timedelta(days=2, hours=2)).isoformat(),
            "micro_grid_id": 1,
        },
        "tasks/{task_id}/cancel": {"reason": "下大雨"},
        "tasks/{task_id}/roster": {"volunteer_ids": [1]},
        "sign-ups/{sign_up_id}/turn-down": {"reason": "人够了"},
        "users": {"login_name": "xinren", "name": "新人", "password": "lake-lamp-seven-olive"},
        "users/{user_id}/password": {"password": "lake-lamp-seven-olive"},
        "member-cards/{person_id}/replace": {"reason": "卡丢了"},
        "spending-requests/{request_id}/refuse": {"reason": "发票上的单位不对"},
    }
    return bodies.get(path.removeprefix("/api/v1/"))


def sensible(operation: APIOperation[Any, Any, Any, Any], path: str) -> SearchStrategy[Request]:
    """Requests that fit the description; where a body is known that makes sense, often that one."""
    fitting: SearchStrategy[Request] = operation.as_strategy(GenerationMode.POSITIVE)
    body = valid_body(path)
    if body is None:
        return fitting
    return st.one_of(
        fitting, operation.as_strategy(GenerationMode.POSITIVE, body=body, media_type=JSON)
    )


def ground(case: Request, ids: dict[str, list[Any]], pick: int) -> None:
    """Let a generated request speak of things that exist."""
    case.body = deepcopy(case.body)
    for place in (case.path_parameters, case.query, case.body):
        _ground(place, ids, pick)


def grounded_path(path: str, ids: dict[str, list[Any]], pick: int) -> str:
    """An address of something that exists."""

    def fill(match: re.Match[str]) -> str:
        known = ids.get(match[1], [1])
        return str(known[pick % len(known)])

    return re.sub(r"\{(\w+)\}", fill, path)


def _ground(place: object, ids: dict[str, list[Any]], pick: int) -> None:
    """Replace ids inside one part of a request."""
    if isinstance(place, list):
        for part in place:
            _ground(part, ids, pick)
    if not isinstance(place, dict):
        return
    for name, value in place.items():
        if name in ids and value is not None:
            place[name] = ids[name][pick % len(ids[name])]
        elif name.removesuffix("s") in ids and isinstance(value, list):
            place[name] = [ids[name.removesuffix("s")][pick % len(ids[name.removesuffix("s")])]]
        else:
            _ground(value, ids, pick)
