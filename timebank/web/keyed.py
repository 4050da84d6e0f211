"""Requests that carry a key have one effect: the answer is stored with it and replayed.

What is stored about a request can be read by nobody who has the database alone: the answer is
sealed, and the digest of what was asked is keyed.

The row is written first, in the caller's transaction: on PostgreSQL a second sender waits at the
unique key until the first has committed or failed, on SQLite at the write lock.
"""

import hashlib
import uuid
from base64 import b64decode, b64encode
from datetime import timedelta

from flask import Response, request
from sqlalchemy import CursorResult, and_, bindparam, delete, select, text, update
from sqlalchemy.orm import Session

from timebank.kernel import clock, sealed
from timebank.web import login
from timebank.web.errors import KeyInFlightError, KeyMalformedError, KeyReusedError
from timebank.web.models import RequestKey

KEY_FIELD = "_key"
KEY_HEADER = "Idempotency-Key"
ANSWERS_KEPT = timedelta(days=30)
_IGNORED_FIELDS = {KEY_FIELD, "csrf_token"}


_KEYS = RequestKey.metadata.tables[RequestKey.__tablename__]
_IS_THIS = and_(
    _KEYS.c.actor_key == bindparam("of_actor"),
    _KEYS.c.key == bindparam("of_key"),
)
# In words, for the library builds a statement with this clause anew each time. Without its answer
# yet: only an answer is sealed.
_CLAIM = text(
    """
    INSERT INTO request_key (actor_key, "key", endpoint, digest, status, content_type, answer,
                             answered_at)
    VALUES (:actor_key, :key, :endpoint, :digest, 0, '', '', :answered_at)
    ON CONFLICT DO NOTHING RETURNING 1
    """
).bindparams(
    bindparam("key", type_=_KEYS.c.key.type),
    bindparam("answered_at", type_=_KEYS.c.answered_at.type),
)
_STORED = select(_KEYS).where(_IS_THIS)
_KEEP = update(_KEYS).where(_IS_THIS)


def sent_key() -> uuid.UUID | None:
    """Return the key that the request carries, if any.

    Raises:
        KeyMalformedError: it is no UUID.
    """
    sent = request.headers.get(KEY_HEADER) or request.form.get(KEY_FIELD)
    if not sent:
        return None
    try:
        return uuid.UUID(sent)
    except ValueError as error:
        raise KeyMalformedError from error


def actor_key() -> str:
    """Return the name under which this sender's keys are kept apart from others'."""
    actor = login.actor_or_none()
    return "anonymous" if actor is None else f"user:{actor.user_id}"


def request_digest() -> str:
    """Return the keyed digest of what is asked: method, path and body, less the key itself."""
    rewind_files()
    digest = hashlib.sha256(f"{request.method} {request.full_path}\n".encode())
    if request.form or request.files:
        for name in sorted(request.form):
            if name not in _IGNORED_FIELDS:
                digest.update(repr((name, request.form.getlist(name))).encode())
        for name in sorted(request.files):
            for file in request.files.getlist(name):
                digest.update(repr((name, file.filename)).encode())
                digest.update(hashlib.sha256(file.stream.read()).digest())
        rewind_files()
    else:
        digest.update(request.get_data(cache=True))
    return sealed.blind_index(f"request:{digest.hexdigest()}")


def rewind_files() -> None:
    """Let the files that were sent be read from their beginning again."""
    for name in request.files:
        for file in request.files.getlist(name):
            file.stream.seek(0)


def claim(session: Session, key: uuid.UUID, digest: str) -> bool:
    """Claim the key for this transaction; False when another request with it has committed."""
    claim = {
        "actor_key": actor_key(),
        "key": key,
        "endpoint": request.endpoint or "",
        "digest": digest,
        "answered_at": clock.now(),
    }
    return session.scalar(_CLAIM, claim) is not None


def stored_answer(session: Session, key: uuid.UUID, digest: str) -> Response:
    """Return the first answer to this key.

    Raises:
        KeyReusedError: the key was used for another request.
        KeyInFlightError: the answer was forgotten at this very moment.
    """
    asked = {"of_actor": actor_key(), "of_key": key}
    row = session.execute(_STORED, asked).one_or_none()
    if row is None:
        raise KeyInFlightError
    if row.digest != digest:
        raise KeyReusedError
    content = b64decode(row.answer or "")
    answer = Response(content, status=row.status, content_type=row.content_type)
    answer.headers["Idempotent-Replay"] = "true"
    if row.location is not None:
        answer.location = row.location
    return answer


def keep_answer(session: Session, key: uuid.UUID, answer: Response) -> None:
    """Store the answer with the effect."""
    kept = {
        "of_actor": actor_key(),
        "of_key": key,
        "status": answer.status_code,
        "content_type": answer.content_type or "text/plain",
        "location": answer.location,
        "answer": b64encode(answer.get_data()).decode(),
    }
    session.execute(_KEEP, kept)


def sweep(session: Session) -> int:
    """Forget answers that nobody will ask for again; return how many.

    What they did stays safe: entries and holds carry their keys in the ledger for ever.
    """
    old = delete(RequestKey).where(RequestKey.answered_at < clock.now() - ANSWERS_KEPT)
    swept = session.execute(old)
    return swept.rowcount if isinstance(swept, CursorResult) else 0
