"""Telling people, in the transaction of the act that there is something to tell of."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.notices.models.messages import Message
from timebank.notices.rules import telling as rules
from timebank.notices.rules.notice import Notice, packed
from timebank.notices.rules.telling import Draft


def tell(
    session: Session, *, actor: Actor, to: Iterable[int], notice: Notice, key: str, url: str
) -> int:
    """Tell people of the actor's community something and return how many did not know it.

    ``to`` are ids of persons, ``url`` is the path of the page that the message opens. The same key
    tells the same person once, whatever crashes and however often. One statement for a thousand
    people, none for nobody. A message is no event of the trail: the act it tells of is.
    """
    return tell_all(session, actor=actor, drafts=[Draft(one, notice, key, url) for one in to])


def tell_all(session: Session, *, actor: Actor, drafts: Iterable[Draft]) -> int:
    """Tell people various things, as ``tell`` does; one statement for a thousand drafts."""
    wanted = {(draft.key, draft.to): draft for draft in drafts}
    # In one order, so that two who tell the same people never wait crosswise.
    ordered = [wanted[name] for name in sorted(wanted)]
    count = 0
    for begin in range(0, len(ordered), rules.ROWS_AT_ONCE):
        count += _add(session, actor, ordered[begin : begin + rules.ROWS_AT_ONCE])
    return count


def _add(session: Session, actor: Actor, drafts: Sequence[Draft]) -> int:
    """Write messages that are not there yet and return how many those were."""
    for draft in drafts:
        rules.check(draft)
    now = clock.now()
    rows = [
        {
            "community_id": actor.community_id,
            "person_id": draft.to,
            "key": draft.key,
            "code": draft.notice.code,
            "facts": packed(draft.notice),
            "url": draft.url,
            "told_at": now,
            "is_spread": False,
        }
        for draft in drafts
    ]
    is_lite = session.get_bind().dialect.name == "sqlite"
    add = (sqlite.insert if is_lite else postgresql.insert)(Message)
    added = add.on_conflict_do_nothing(index_elements=[Message.key, Message.person_id])
    return len(session.scalars(added.returning(Message.id), rows).all())


def take_back(session: Session, *, key: str, to: Iterable[int] | None = None) -> int:
    """Take back what is no longer so, from everybody or from some, and return how many had it.

    What was sent by mail or SMS meanwhile stays sent; what still waits is not sent any more. The
    key may tell again afterwards.
    """
    gone = delete(Message).where(Message.key == key)
    if to is not None:
        gone = gone.where(Message.person_id.in_(sorted(to)))
    return len(session.scalars(gone.returning(Message.id)).all())
