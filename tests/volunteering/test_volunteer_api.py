"""Changes, volunteers, offers and what people say, for programs."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.make.access import log_in
from tests.make.tasks import (
    END,
    START,
    join,
    make_activity,
    make_need,
    make_need_task,
    make_team,
    sign_up_id,
)
from tests.make.volunteering import NOW
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor
from timebank.volunteering.service import rosters

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _evening() -> Iterator[None]:
    with clock.fixed_at(NOW):
        yield


class _Program:
    """Somebody's program."""

    def __init__(self, client: FlaskClient, session: Session) -> None:
        self.client, self.session = client, session

    def get(self, actor: Actor, path: str) -> Any:
        """Return the JSON at an address."""
        log_in(self.client, self.session, actor)
        answer = self.client.get(f"/api/v1/{path}")
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    def post(self, actor: Actor, path: str, status: int = 200, **told: object) -> Any:
        """Send a command and return the JSON of its answer."""
        log_in(self.client, self.session, actor)
        key = {"Idempotency-Key": str(ids.new_id())}
        answer = self.client.post(f"/api/v1/{path}", json=told, headers=key)
        assert answer.status_code == status, answer.text
        return answer.get_json(silent=True)


@pytest.fixture
def program(client: FlaskClient, session: Session) -> _Program:
    """A program that asks as whoever is named."""
    return _Program(client, session)


def test_tasks_and_needs_are_changed_with_both_values(program: _Program) -> None:
    team = make_team(program.session, count=1)
    officer, elder = team.street.officer, team.street.elder
    task_id = make_activity(program.session, team.street)
    join(program.session, task_id, team.helpers[0])
    edit: dict[str, Any] = {
        "starts_at": (START + HOUR).isoformat(), "ends_at": (END + HOUR).isoformat(),
        "places": 20, "activity": "周六义诊", "place": "二楼", "reason": "医生晚到",
        "micro_grid_id": team.street.place.id,
    }  # fmt: skip
    done = program.post(officer, f"tasks/{task_id}/change", **edit)
    assert done == {"tasks": 1, "told": 1, "asked_again": 0, "let_go": 0}
    (line,) = program.get(team.helpers[0], f"tasks/{task_id}/changes")
    assert (line["before"]["place"], line["after"]["place"]) == ("社区活动室", "二楼")

    need_id = make_need(program.session, team.street)
    need: dict[str, Any] = {
        "kind_id": team.street.kind_id, "starts_at": START.isoformat(), "minutes": 30,
        "reason": "短一点",
    }  # fmt: skip
    assert program.post(elder, f"needs/{need_id}/change", **need)["revision"] == 2
    assert len(program.get(elder, f"needs/{need_id}/changes")) == 1
    made = program.post(
        officer, "tasks/shifts", 201, kind_id=team.street.kind_id, activity="护学岗", places=2,
        starts_at=START.isoformat(), ends_at=END.isoformat(), shifts=2,
        micro_grid_id=team.street.place.id,
    )  # fmt: skip
    assert len(made["task_ids"]) == 2


def test_volunteers_are_admitted_insured_and_found(program: _Program) -> None:
    team = make_team(program.session, count=1)
    officer, admin, one = team.street.officer, team.street.admin, team.helpers[0]
    assert program.get(one, "me/volunteer-admission") == {}
    program.post(one, "volunteer-admissions", 204, words="周末有空")
    assert program.get(one, "me/volunteer-admission")["state"] == "applied"
    (waiting,) = program.get(officer, "volunteer-admissions")
    at = f"volunteer-admissions/{waiting['person_id']}"
    program.post(officer, f"{at}/check", identity_note="身份证原件")
    assert program.post(admin, f"{at}/admit")["state"] == "admitted"
    assert program.post(admin, f"{at}/suspend", reason="要核实")["state"] == "suspended"
    program.post(officer, f"{at}/check", identity_note="核实过了")
    assert program.post(admin, f"{at}/refuse", reason="不合适")["state"] == "refused"

    cover = {"insurer": "人保", "policy_number": "P-1", "from_on": "2026-01-01"}
    program.post(admin, "accident-covers", 201, until_on="2026-12-31", **cover)
    assert program.get(officer, "accident-covers")[0]["person_id"] is None
    program.post(
        officer, "volunteer-profiles", 204, person_id=one.person_id, skills=["law"], far="grid"
    )
    found = program.get(officer, "volunteers?skill=law")["items"]
    assert [(row["person_id"], row["far"]) for row in found] == [(one.person_id, "grid")]
    assert program.get(officer, f"volunteers/{one.person_id}")["skills"] == ["law"]


def test_help_is_offered_given_told_about_and_a_whole_roster_approved(program: _Program) -> None:
    team = make_team(program.session, count=1)
    street, one = team.street, team.helpers[0]
    made = program.post(
        one, "offers", 201, kind_id=street.kind_id, words="会理发", until_on="2026-12-31"
    )
    assert program.get(street.elder, "offers")["items"][0]["id"] == made["id"]
    program.post(one, f"offers/{made['id']}/close", 204)
    assert program.get(one, "me/offers")[0]["state"] == "closed"

    task_id = make_need_task(program.session, street)
    join(program.session, task_id, one)
    with clock.fixed_at(END + HOUR):
        rosters.tick_roster(
            program.session,
            actor=street.officer,
            task_id=task_id,
            volunteer_ids=[one.person_id or 0],
        )
        place = sign_up_id(program.session, task_id, one)
        said: dict[str, Any] = {"satisfaction": "good", "is_solved": True, "words": "谢谢"}
        program.post(street.elder, f"sign-ups/{place}/feedback", 201, **said)
        assert program.get(one, f"tasks/{task_id}/feedback")[0]["words"] == "谢谢"
        assert len(program.get(street.officer, "feedback?satisfaction=good")["items"]) == 1
        assert program.post(street.admin, f"tasks/{task_id}/approve") == {
            "approved": 1,
            "awaiting_second": 0,
        }
