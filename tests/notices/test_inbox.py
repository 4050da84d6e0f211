"""People read their own messages, in their language; others' are not there."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.make.access import log_in, make_actor
from tests.make.community import make_community, make_person
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.notices.errors import MessageNotFoundError
from timebank.notices.queries import messages as queries
from timebank.notices.rules.notice import Notice
from timebank.notices.service import reading
from timebank.notices.service.telling import tell


@dataclass(frozen=True)
class Snow(Notice):
    """“{what}”明天开始。"""

    code = "test_snow"
    heading = "明天有任务"

    what: str


@dataclass(frozen=True)
class Reader:
    """Somebody with messages, and somebody else of the same community."""

    actor: Actor
    other: Actor

    def tell(self, session: Session, key: str, what: str = "扫雪", url: str = "/me/looks") -> None:
        """Tell the reader something."""
        assert self.actor.person_id is not None
        tell(
            session,
            actor=self.other,
            to=[self.actor.person_id],
            notice=Snow(what),
            key=key,
            url=url,
        )

    def ids(self, session: Session, *, unread_only: bool = False) -> list[int]:
        """The ids of the reader's messages."""
        found = queries.inbox(session, actor=self.actor, unread_only=unread_only)
        return [one.id for one in found.items]


def json_of(answer: TestResponse) -> Any:
    """What a program reads."""
    return answer.get_json()


@pytest.fixture
def reader(session: Session) -> Reader:
    community_id = make_community(session).id
    actors = [
        make_actor(
            session,
            community_id=community_id,
            roles=[("volunteer", "own", None)],
            person_id=make_person(session, community_id=community_id, name=name).id,
        )
        for name in ("李桂兰", "王建国")
    ]
    return Reader(*actors)


def test_the_newest_stands_first_and_pages_go_on(session: Session, reader: Reader) -> None:
    for number in range(3):
        reader.tell(session, f"s:{number}")

    first = queries.inbox(session, actor=reader.actor, limit=2)
    second = queries.inbox(session, actor=reader.actor, limit=2, cursor=first.next_cursor)

    found = [one.id for one in (*first.items, *second.items)]
    assert len(found) == 3
    assert found == sorted(found, reverse=True)
    assert second.next_cursor is None
    assert queries.inbox(session, actor=reader.other).items == []


def test_what_is_opened_counts_as_read_once(session: Session, reader: Reader) -> None:
    reader.tell(session, "s:1")
    reader.tell(session, "s:2")
    newest, _ = reader.ids(session)

    opened = reading.read_message(session, actor=reader.actor, message_id=newest)
    with clock.fixed_at(clock.now() + timedelta(hours=1)):
        again = reading.read_message(session, actor=reader.actor, message_id=newest)

    assert opened.read_at == again.read_at
    assert queries.unread_count(session, reader.actor) == 1
    assert newest not in reader.ids(session, unread_only=True)


def test_others_messages_are_not_there(session: Session, reader: Reader) -> None:
    reader.tell(session, "s:1")
    (message_id,) = reader.ids(session)
    nobody = make_actor(session, community_id=reader.actor.community_id)

    for actor in (reader.other, nobody):
        with pytest.raises(MessageNotFoundError):
            reading.read_message(session, actor=actor, message_id=message_id)
        assert reading.read_all(session, actor=actor, through_id=message_id) == 0
    assert queries.unread_count(session, reader.actor) == 1
    assert queries.inbox(session, actor=nobody).items == []


def test_what_arrived_while_the_list_was_open_stays_unread(
    session: Session, reader: Reader
) -> None:
    reader.tell(session, "s:1")
    (seen,) = reader.ids(session)
    reader.tell(session, "s:2")

    assert reading.read_all(session, actor=reader.actor, through_id=seen) == 1
    assert queries.unread_count(session, reader.actor) == 1


def test_after_a_year_a_message_is_let_go(session: Session, reader: Reader) -> None:
    with clock.fixed_at(clock.now() - timedelta(days=366)):
        reader.tell(session, "s:old")
    reader.tell(session, "s:new")

    reading.drop_old(session, {})

    assert len(reader.ids(session)) == 1


def test_the_page_the_bell_and_the_api_agree(
    client: FlaskClient, session: Session, reader: Reader
) -> None:
    reader.tell(session, "s:1", what="给<独居>老人送饭")
    reader.tell(session, "s:2")
    log_in(client, session, reader.actor)

    page = client.get("/me/messages").text
    assert "“给&lt;独居&gt;老人送饭”明天开始。" in page
    assert '<span class="visually-hidden">没读的：</span>2</span>' in " ".join(page.split())

    items = json_of(client.get("/api/v1/notices"))["items"]
    assert [(one["code"], one["heading"]) for one in items] == [("test_snow", "明天有任务")] * 2
    opened = client.post(f"/me/messages/{items[0]['id']}/open")
    assert (opened.status_code, opened.location) == (303, "/me/looks")
    assert json_of(client.post(f"/api/v1/notices/{items[1]['id']}/read"))["read_at"] is not None
    assert client.post(f"/me/messages/{items[1]['id'] + 999}/open").status_code == 404

    reader.tell(session, "s:3")
    session.commit()
    assert json_of(client.get("/api/v1/notices?unread_only=true"))["items"][0]["read_at"] is None
    newest = json_of(client.get("/api/v1/notices"))["items"][0]["id"]
    assert json_of(client.post("/api/v1/notices/read", json={"through_id": newest})) == {"count": 1}
    assert client.post("/me/messages/read", data={"through_id": newest}).status_code == 303
    assert "bell-count" not in client.get("/me/messages").text
