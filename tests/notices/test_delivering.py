"""What leaves the house leaves after the commit, signed, by consent, never at night, once."""

import email
import email.policy
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tests.make.access import make_actor
from tests.make.community import make_community, make_person
from tests.make.receivers import MailHouse, Service, mail_house, service
from timebank.access.errors import TriedTooOftenError
from timebank.access.models import UserAccount
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.db import transaction
from timebank.notices import errors
from timebank.notices.models.deliveries import Contact, Delivery
from timebank.notices.models.messages import Message
from timebank.notices.queries import deliveries as queries
from timebank.notices.rules import channels as rules
from timebank.notices.rules.channels import Channel, Channels, Gate, MailServer
from timebank.notices.rules.notice import Notice
from timebank.notices.service import (
    channels,
    codes,
    confirming,
    delivering,
    digest,
    reading,
    senders,
)
from timebank.notices.service.telling import take_back, tell

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)
NIGHT = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)
PHONE = "13800138000"


@dataclass(frozen=True)
class Frost(Notice):
    """“{what}”改到明天。"""

    code = "test_frost"
    heading = "改期"

    what: str


@dataclass
class Town:
    """A reader who can be reached, and the receivers of what is sent."""

    session: Session
    reader: Actor
    admin: Actor
    other: Service
    mail: MailHouse

    def want(self, *wanted: Channel) -> None:
        """Let the reader choose channels."""
        for channel in wanted:
            channels.choose_channel(
                self.session,
                actor=self.reader,
                channel=channel,
                is_on=True,
                address="li@example.cn" if channel is Channel.MAIL else "",
            )
            if channel is Channel.MAIL:
                confirming.confirm_address(self.session, actor=self.reader, code=self.code())

    def code(self) -> str:
        """The code of the address that the reader told."""
        wanted = select(Contact).where(Contact.channel == Channel.MAIL)
        return codes.code_of(self.session.scalars(wanted).one())

    def choose_mail(self) -> None:
        """Let the reader tell an address that they have not confirmed yet."""
        channels.choose_channel(
            self.session,
            actor=self.reader,
            channel=Channel.MAIL,
            is_on=True,
            address="li@example.cn",
        )
        self.session.commit()

    def letters(self) -> list[str]:
        """The words of the mails that came."""
        read = [
            email.message_from_bytes(raw, policy=email.policy.default) for _, raw in self.mail.mails
        ]
        return [one.get_content() for one in read]

    def tell(self, key: str = "f:1") -> None:
        """Tell the reader something."""
        to = [self.reader.person_id or 0]
        tell(self.session, actor=self.admin, to=to, notice=Frost("扫雪"), key=key, url="/tasks/1")
        self.session.commit()

    def deliver(self, at: datetime = NOON) -> int:
        """Let the worker deliver."""
        with clock.fixed_at(at):
            return delivering.deliver({})

    def rows(self) -> list[tuple[str, str, int, str]]:
        """Where the deliveries stand."""
        self.session.expire_all()
        found = self.session.scalars(select(Delivery).order_by(Delivery.id))
        return [(row.channel, row.state, row.tries, row.problem) for row in found]


@pytest.fixture
def town(session: Session) -> Iterator[Town]:
    community_id = make_community(session).id
    person = make_person(session, community_id=community_id, phone=PHONE)
    reader = make_actor(
        session,
        community_id=community_id,
        roles=[("volunteer", "own", None)],
        person_id=person.id,
    )
    with service() as other, mail_house() as mail, clock.fixed_at(NOON):
        before = channels.ways()
        channels.use(
            Channels(
                mail=MailServer("127.0.0.1", mail.port, "bank@jiulong.example", security="none"),
                sms=Gate(other.url, "geheim"),
                hook=Gate(other.url, "geheim"),
                base_url="https://bank.example/",
            )
        )
        yield Town(session, reader, make_actor(session, community_id=community_id), other, mail)
        channels.use(before)


def test_without_a_choice_nothing_leaves_the_house(town: Town) -> None:
    town.tell()

    assert town.deliver() == 0
    assert town.rows() == []


def test_each_chosen_channel_gets_the_message_once(town: Town) -> None:
    town.want(Channel.MAIL, Channel.SMS, Channel.HOOK)
    town.tell()

    assert [town.deliver(), town.deliver()] == [3, 0]

    assert [row[:3] for row in town.rows()] == [
        (channel, "sent", 1) for channel in ("mail", "sms", "hook")
    ]
    ((to, raw),) = town.mail.mails
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert (to, mail["Subject"]) == ("li@example.cn", "九龙社区：改期")
    assert mail.get_content().splitlines() == [
        "“扫雪”改到明天。",
        "",
        "https://bank.example/tasks/1",
    ]
    sms, hook = (post.told for post in town.other.posts)
    assert (sms["to"], sms["text"]) == (PHONE, "【九龙社区】“扫雪”改到明天。")
    assert (hook["person_id"], hook["code"]) == (town.reader.person_id, "test_frost")
    assert PHONE not in str(hook)


def test_a_post_is_signed_and_named(town: Town) -> None:
    town.want(Channel.HOOK)
    town.tell()
    town.deliver()

    (post,) = town.other.posts
    at = int(NOON.timestamp())
    assert post.headers["X-Timebank-Signature"] == senders.signature("geheim", post.body, at=at)
    assert len(post.headers["Idempotency-Key"]) == 36


def test_what_fails_is_tried_five_times_ever_later_under_one_name(town: Town) -> None:
    town.want(Channel.HOOK)
    town.tell()
    town.other.answers[:] = [500, 429, 503, 502, 500]

    moment, made = NOON, []
    for _ in range(8):
        made.append(town.deliver(moment))
        moment += timedelta(hours=3)

    assert made == [1, 1, 1, 1, 1, 0, 0, 0]
    assert town.rows() == [("hook", "parked", 5, "http_500")]
    assert len({post.headers["Idempotency-Key"] for post in town.other.posts}) == 1
    waits = [rules.wait_before_next(tries) for tries in (1, 2, 3, 4)]
    assert waits == sorted(waits)


@pytest.mark.parametrize("answer", [301, 400, 404, 410])
def test_what_is_refused_for_good_is_not_tried_again(town: Town, answer: int) -> None:
    town.want(Channel.HOOK)
    town.tell()
    town.other.answers[:] = [answer]

    town.deliver()

    assert town.rows() == [("hook", "parked", 1, f"http_{answer}")]


def test_a_refused_address_is_told_without_the_address(
    town: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    town.want(Channel.MAIL)
    town.tell()
    town.mail.refuses["li@example.cn"] = 550

    town.deliver()

    assert town.rows() == [("mail", "parked", 1, "address_refused")]
    said = capsys.readouterr()
    assert "li@example.cn" not in said.out + said.err
    assert "扫雪" not in said.out + said.err


def test_nobody_listening_is_a_failure_like_others(town: Town) -> None:
    town.want(Channel.HOOK)
    town.tell()
    channels.use(replace(channels.ways(), hook=Gate("http://127.0.0.1:9/", "geheim")))

    town.deliver()

    assert town.rows() == [("hook", "failed", 1, "ConnectionRefusedError")]


@pytest.mark.parametrize(
    ("clock_text", "allowed"),
    [("2026-11-23T21:59", None), ("2026-11-23T22:00", "2026-11-24T07:00"),
     ("2026-11-24T06:59", "2026-11-24T07:00"), ("2026-11-24T07:00", None)],
)  # fmt: skip
def test_mail_and_sms_wait_for_the_morning(clock_text: str, allowed: str | None) -> None:
    moment = datetime.fromisoformat(f"{clock_text}:00+08:00")
    then = datetime.fromisoformat(f"{allowed or clock_text}:00+08:00")

    assert rules.next_allowed(Channel.MAIL, moment) == then
    assert rules.next_allowed(Channel.SMS, moment) == then
    assert rules.next_allowed(Channel.HOOK, moment) == moment


def test_a_late_try_waits_for_the_morning_too(town: Town) -> None:
    town.want(Channel.SMS)
    with clock.fixed_at(NIGHT - timedelta(hours=2)):
        town.tell()
        transaction(delivering.spread)

    town.deliver(NIGHT)
    assert town.rows() == [("sms", "waiting", 0, "")]
    assert town.other.posts == []

    town.deliver(NIGHT + timedelta(hours=8))
    assert town.rows() == [("sms", "sent", 1, "")]


def test_two_workers_never_send_the_same(town: Town) -> None:
    town.want(Channel.HOOK)
    town.tell()
    transaction(delivering.spread)

    first = transaction(delivering.claim)
    assert first is not None
    assert transaction(delivering.claim) is None

    with clock.fixed_at(NOON + rules.LEASE + timedelta(seconds=1)):
        second = transaction(delivering.claim)  # the first worker has vanished
        assert second is not None
        transaction(lambda session: delivering.mark_failed(
            session, first, problem="late", is_final=True
        ))  # fmt: skip
        transaction(lambda session: delivering.mark_sent(session, second))
    assert town.rows() == [("hook", "sent", 2, "")]


def test_a_worker_killed_at_its_last_try_leaves_it_parked(town: Town) -> None:
    town.want(Channel.HOOK)
    town.tell()
    transaction(delivering.spread)
    for number in range(rules.TRIES_MAX):
        with clock.fixed_at(NOON + number * 2 * rules.LEASE):
            assert transaction(delivering.claim) is not None

    town.deliver(NOON + timedelta(hours=1))

    assert town.rows() == [("hook", "parked", 5, "worker_vanished")]


def test_what_is_read_taken_back_or_not_wanted_any_more_is_not_sent(town: Town) -> None:
    town.want(Channel.HOOK)
    for key in ("f:read", "f:back", "f:late"):
        town.tell(key)
    transaction(delivering.spread)
    first = town.session.scalars(select(Message.id).where(Message.key == "f:read")).one()
    reading.read_message(town.session, actor=town.reader, message_id=first)
    take_back(town.session, key="f:back")
    town.session.commit()

    town.deliver()
    assert len(town.other.posts) == 1

    town.tell("f:after")
    transaction(delivering.spread)
    channels.choose_channel(town.session, actor=town.reader, channel=Channel.HOOK, is_on=False)
    town.session.commit()
    town.deliver()
    assert len(town.other.posts) == 1


def test_a_choice_needs_a_channel_and_something_to_send_to(town: Town) -> None:
    nobody = make_actor(town.session, community_id=town.reader.community_id)
    for actor, channel, error in (
        (nobody, Channel.SMS, errors.NobodyToTellError),
        (town.reader, Channel.MAIL, errors.AddressMissingError),
    ):
        with pytest.raises(error):
            channels.choose_channel(town.session, actor=actor, channel=channel, is_on=True)
    channels.use(Channels())
    with pytest.raises(errors.ChannelClosedError):
        channels.choose_channel(town.session, actor=town.reader, channel=Channel.SMS, is_on=True)


def test_the_address_is_sealed_and_forgotten_with_the_consent(town: Town) -> None:
    town.want(Channel.MAIL)
    stored = town.session.connection().exec_driver_sql("SELECT address FROM notice_contact")
    assert "example.cn" not in stored.scalar_one()

    channels.choose_channel(town.session, actor=town.reader, channel=Channel.MAIL, is_on=False)

    row = town.session.scalars(select(Contact)).one()
    assert (row.address, row.is_on, row.ended_at) == (None, False, NOON)
    assert [one.is_on for one in queries.choices(town.session, actor=town.reader)] == [False] * 3


def test_a_letter_is_in_its_readers_language(town: Town) -> None:
    town.want(Channel.HOOK)
    reader = town.session.scalars(select(UserAccount).where(UserAccount.person_id.is_not(None)))
    reader.one().locale = "en"
    tell(
        town.session,
        actor=town.admin,
        to=[town.reader.person_id or 0],
        notice=Notice(),
        key="plain",
        url="/me",
    )
    town.session.commit()

    town.deliver()

    assert town.other.posts[0].told["text"].startswith("There is something you should know")


def test_staff_see_what_did_not_arrive_and_try_again(town: Town) -> None:
    town.want(Channel.HOOK)
    town.tell()
    town.other.answers[:] = [404]
    town.deliver()

    (seen,) = queries.undelivered(town.session, actor=town.admin).items
    assert (seen.person_name, seen.problem) == ("李桂兰", "http_404")
    delivering.retry(town.session, actor=town.admin, delivery_id=seen.id)
    town.session.commit()
    assert town.deliver() == 1
    assert queries.undelivered(town.session, actor=town.admin).items == []
    with pytest.raises(errors.DeliveryNotParkedError):
        delivering.retry(town.session, actor=town.admin, delivery_id=seen.id)
    elsewhere = make_actor(
        town.session, community_id=make_community(town.session, code="XJ", name="薛").id
    )
    with pytest.raises(errors.DeliveryNotFoundError):
        delivering.retry(town.session, actor=elsewhere, delivery_id=seen.id)


def test_nothing_but_the_code_goes_to_an_address_before_it_is_confirmed(town: Town) -> None:
    town.choose_mail()
    town.tell("f:1")
    town.deliver()

    assert town.rows() == []
    (asked,) = town.letters()
    assert (town.code() in asked, "扫雪" in asked) == (True, False)
    town.deliver()
    assert len(town.mail.mails) == 1  # the code goes once

    confirming.confirm_address(town.session, actor=town.reader, code=town.code())
    town.tell("f:2")
    town.deliver()
    assert [row[:2] for row in town.rows()] == [("mail", "sent")]
    assert "扫雪" in town.letters()[1]
    with pytest.raises(errors.NoCodeWaitingError):
        confirming.confirm_address(town.session, actor=town.reader, code=town.code())


def _wrong(town: Town, code: str) -> None:
    """Say a code that is not taken, and keep the try counted."""
    with pytest.raises(errors.AddressCodeWrongError) as refused:
        confirming.confirm_address(town.session, actor=town.reader, code=code)
    assert refused.value.aftermath is not None
    refused.value.aftermath(town.session)
    town.session.commit()


def test_a_code_holds_an_hour_and_five_tries_and_for_one_address(town: Town) -> None:
    town.choose_mail()
    first = town.code()
    with clock.fixed_at(NOON + timedelta(hours=1)):
        _wrong(town, first)
    for _ in range(rules.CODE_TRIES_MAX - 1):
        _wrong(town, "0")
    _wrong(town, first)

    channels.choose_channel(town.session, actor=town.reader, channel=Channel.MAIL, is_on=False)
    town.choose_mail()
    assert town.code() != first
    _wrong(town, first)
    confirming.confirm_address(town.session, actor=town.reader, code=town.code())
    row = town.session.scalars(select(Contact)).one()
    assert (row.confirmed_at, row.code_until, row.code_due_at) == (NOON, None, None)


def test_a_code_that_the_mail_server_did_not_take_is_sent_again(town: Town) -> None:
    town.choose_mail()
    town.mail.refuses["li@example.cn"] = 451
    town.deliver()
    town.mail.refuses.clear()
    town.deliver()
    assert town.mail.mails == []  # it is under its lease

    town.deliver(NOON + rules.LEASE)

    assert town.code() in town.letters()[0]


def test_codes_are_not_asked_for_without_end(town: Town) -> None:
    for _ in range(rules.CODES_FREE):
        town.choose_mail()
    with pytest.raises(TriedTooOftenError):
        town.choose_mail()


MONDAY_MORNING = NOON.replace(hour=1) + timedelta(days=7 - NOON.weekday())


def _rhythm(town: Town, *, is_weekly: bool) -> None:
    channels.choose_rhythm(town.session, actor=town.reader, is_weekly=is_weekly)
    town.session.commit()


def _week_over(town: Town, at: datetime = MONDAY_MORNING) -> int:
    with clock.fixed_at(at):
        count = digest.tell_of_week(town.session, community_id=town.reader.community_id)
        town.session.commit()
    return count


def test_who_reads_by_the_week_gets_one_letter_of_all_that_is_unread(town: Town) -> None:
    town.want(Channel.MAIL, Channel.HOOK)
    town.tell("f:1")
    _rhythm(town, is_weekly=True)
    town.tell("f:2")
    assert town.deliver() == 2  # the other channel goes on as before
    assert town.mail.mails == []

    assert (_week_over(town), _week_over(town), _week_over(town, NOON)) == (1, 0, 0)
    assert town.deliver(MONDAY_MORNING) == 1

    (words,) = town.letters()
    assert "2 条消息您还没看" in words
    assert words.count("改期") == 2
    assert len(town.other.posts) == 2


def test_a_week_without_anything_unread_has_no_letter(town: Town) -> None:
    town.want(Channel.MAIL)
    _rhythm(town, is_weekly=True)
    town.tell()
    reading.read_all(town.session, actor=town.reader, through_id=10**6)
    town.session.commit()

    assert _week_over(town) == 0
    assert town.deliver(MONDAY_MORNING) == 0


def test_the_rhythm_needs_a_confirmed_address_and_ends_with_it(town: Town) -> None:
    town.choose_mail()
    with pytest.raises(errors.AddressMissingError):
        channels.choose_rhythm(town.session, actor=town.reader, is_weekly=True)
    confirming.confirm_address(town.session, actor=town.reader, code=town.code())
    _rhythm(town, is_weekly=True)
    stray = update(Contact).values(is_on=False, address=None, confirmed_at=None, ended_at=NOON)
    with pytest.raises(IntegrityError), town.session.begin_nested():
        town.session.execute(stray)

    channels.choose_channel(town.session, actor=town.reader, channel=Channel.MAIL, is_on=False)
    town.want(Channel.MAIL)

    (choice, *_rest) = queries.choices(town.session, actor=town.reader)
    assert not choice.is_weekly
    town.tell()
    assert town.deliver() == 1
