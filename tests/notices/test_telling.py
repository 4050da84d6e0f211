"""People are told once, in the act's own transaction, in words that they read later."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tests.make.access import make_actor
from tests.make.community import make_community, make_person
from tests.make.statements import statements_of
from timebank.kernel.actor import Actor
from timebank.notices.models.messages import Message
from timebank.notices.rules.notice import Notice, kinds, packed, unpacked
from timebank.notices.rules.telling import Draft
from timebank.notices.service.telling import take_back, tell, tell_all
from timebank.web import words

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)


@dataclass(frozen=True)
class Gathering(Notice):
    """“{what}”定在{on:day}，{at:moment}集合，算 {worth:minutes}，补贴{paid:fen}。"""

    code = "test_gathering"
    heading = "集合"

    what: str
    on: date
    at: datetime
    worth: int
    paid: int


GATHERING = Gathering("扫雪", date(2025, 1, 3), NOON, 90, 1250)


@pytest.fixture
def admin(session: Session) -> Actor:
    return make_actor(session, community_id=make_community(session).id)


def people(session: Session, admin: Actor, count: int) -> list[int]:
    return [
        make_person(session, community_id=admin.community_id, name=f"李{number}").id
        for number in range(count)
    ]


def count_of(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Message)) or 0


def test_a_notice_is_kept_and_said_again_with_its_facts(session: Session) -> None:
    again = unpacked("test_gathering", packed(GATHERING))

    assert again == GATHERING
    assert words.sentence(again.template, again.facts) == (
        f"“扫雪”定在2025年1月3日，{words.moment_text(NOON)}集合，算 1 小时 30 分，补贴¥12.50。"
    )


@pytest.mark.parametrize(
    ("code", "text"), [("gone", "{}"), ("test_gathering", '{"what": "x"}'), ("gone", None)]
)
def test_what_can_no_longer_be_said_is_the_plain_notice(code: str, text: str | None) -> None:
    assert unpacked(code, text) == Notice()


def test_two_kinds_may_not_share_a_code() -> None:
    with pytest.raises(TypeError, match="share the code"):
        type("Other", (Notice,), {"code": "test_gathering"})

    assert kinds()["test_gathering"] is Gathering


def test_the_same_key_tells_the_same_person_once(session: Session, admin: Actor) -> None:
    first, second, third = people(session, admin, 3)

    told = [
        tell(session, actor=admin, to=to, notice=GATHERING, key="g:1", url="/tasks/1")
        for to in ([first, second, first], [second, third], [third], [])
    ]

    assert told == [2, 1, 0, 0]
    assert count_of(session) == 3


def test_what_is_refused_tells_nobody(session: Session, admin: Actor) -> None:
    (person,) = people(session, admin, 1)

    refused = session.begin_nested()
    tell(session, actor=admin, to=[person], notice=GATHERING, key="g:1", url="/tasks/1")
    refused.rollback()

    assert count_of(session) == 0


def test_many_are_told_in_one_statement(app: Flask, session: Session, admin: Actor) -> None:
    told = people(session, admin, 30)
    with statements_of(app) as sent:
        assert tell(session, actor=admin, to=told, notice=GATHERING, key="g", url="/a") == 30
    assert len(sent) == 1, "\n".join(sent)

    drafts = [Draft(one, GATHERING, f"own:{one}", f"/records/{one}") for one in told]
    with statements_of(app) as sent:
        assert tell_all(session, actor=admin, drafts=drafts) == 30
    assert len(sent) == 1, "\n".join(sent)


def test_what_was_taken_back_can_be_told_again(session: Session, admin: Actor) -> None:
    first, second = people(session, admin, 2)
    tell(session, actor=admin, to=[first, second], notice=GATHERING, key="g:1", url="/tasks/1")

    assert take_back(session, key="g:1", to=[second]) == 1
    assert take_back(session, key="g:1") == 1
    assert take_back(session, key="g:1") == 0
    assert tell(session, actor=admin, to=[first], notice=GATHERING, key="g:1", url="/") == 1


def test_people_of_another_community_are_never_told(session: Session, admin: Actor) -> None:
    elsewhere = make_community(session, code="XJ", name="薛家岛社区")
    stranger = make_person(session, community_id=elsewhere.id)

    with pytest.raises(IntegrityError), session.begin_nested():
        tell(session, actor=admin, to=[stranger.id], notice=GATHERING, key="g", url="/")


@pytest.mark.parametrize("url", ["//evil.example", "/\\evil.example", "https://evil.example", ""])
def test_a_message_leads_nowhere_but_into_the_house(
    session: Session, admin: Actor, url: str
) -> None:
    (person,) = people(session, admin, 1)
    with pytest.raises(ValueError, match="path"):
        tell(session, actor=admin, to=[person], notice=GATHERING, key="g", url=url)

    row = {"community_id": admin.community_id, "person_id": person, "key": "g", "code": "c"}
    session.add(Message(**row, facts="{}", url=url, told_at=NOON))
    with pytest.raises(IntegrityError):
        session.flush()
    session.rollback()


def test_the_facts_are_not_readable_in_the_database(session: Session, admin: Actor) -> None:
    (person,) = people(session, admin, 1)
    tell(session, actor=admin, to=[person], notice=GATHERING, key="g", url="/")

    stored = session.connection().exec_driver_sql("SELECT facts FROM message").scalar_one()

    assert "扫雪" not in stored
    assert "\\u626b" not in stored
