"""The trail's verbs: record, record a look, store a file."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.trail import rules
from timebank.trail.errors import (
    FileEmptyError,
    FileKindError,
    FileTooBigError,
    ImageBrokenError,
    ImageHugeError,
    ReasonMissingError,
)
from timebank.trail.models import FileContent, PersonLook, StoredFile, TrailEvent

# Nobody asks for the number of an event when it is written.
_RECORD = insert(TrailEvent.metadata.tables[TrailEvent.__tablename__]).inline()

Fact = str | int | bool | None | list[str] | list[int]


def record(
    session: Session,
    *,
    actor: Actor,
    action: str,
    subject_type: str,
    subject_id: object,
    summary: str = "",
    facts: Mapping[str, Fact] | None = None,
) -> None:
    """Add an event to the trail, in the transaction of the act itself.

    ``action`` is ``room.verb``; summary and facts carry no private fields.
    """
    act = Act(action, subject_type, subject_id, summary, facts or {})
    session.execute(_RECORD, _row(actor, act))


@dataclass(frozen=True, slots=True)
class Act:
    """One of several events of one actor at one moment."""

    action: str
    subject_type: str
    subject_id: object
    summary: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)


def record_many(session: Session, *, actor: Actor, acts: Sequence[Act]) -> None:
    """Add several events of one actor to the trail, in one statement however many they are."""
    if acts:
        session.execute(_RECORD, [_row(actor, act) for act in acts])


def _row(actor: Actor, act: Act) -> dict[str, object]:
    """Return the row of an event that happens now."""
    return {
        "community_id": actor.community_id,
        "at": clock.now(),
        "actor_user_id": actor.user_id,
        "actor_person_id": actor.person_id,
        "actor_name": actor.name,
        "channel": actor.channel.value,
        "address": actor.address,
        "action": act.action,
        "subject_type": act.subject_type,
        "subject_id": str(act.subject_id),
        "summary": act.summary[:500],
        "facts": dict(act.facts),
    }


def record_look(
    session: Session, *, actor: Actor, person_id: int, fields: Sequence[str], reason: str
) -> None:
    """Note that private fields of a person were shown.

    Raises:
        ReasonMissingError: no reason was given.
    """
    if not reason.strip():
        raise ReasonMissingError(field="reason")
    session.add(
        PersonLook(
            community_id=actor.community_id,
            at=clock.now(),
            person_id=person_id,
            actor_user_id=actor.user_id,
            actor_name=actor.name,
            address=actor.address,
            fields=list(fields),
            reason=reason.strip()[:200],
        )
    )


def store_file(
    session: Session, *, actor: Actor, content: bytes, name: str, purpose: str, field: str = "file"
) -> int:
    """Keep a file and return its id; the same bytes are kept once.

    ``purpose`` is a short word such as ``case_photo``, ``agreement`` or ``import``: photos must
    be images, imports tables. Images are drawn anew as JPEG, which leaves behind place, device
    and anything hidden in them. ``field`` is where the form asks for it: there the refusal stands.

    Raises:
        FileEmptyError, FileTooBigError, FileKindError: it is not taken.
        ImageBrokenError, ImageHugeError: the image cannot be drawn anew.
    """
    media_type = _accepted_type(content, rules.kinds_for(purpose), field)
    if media_type in rules.IMAGES:
        content, media_type = redrawn(content, field=field), rules.JPEG
    file = StoredFile(
        community_id=actor.community_id,
        content_id=_keep(session, community_id=actor.community_id, content=content),
        media_type=media_type,
        name=rules.clean_name(name),
        purpose=purpose,
        stored_by=actor.user_id,
        stored_at=clock.now(),
    )
    session.add(file)
    session.flush()
    record(
        session,
        actor=actor,
        action="trail.file_stored",
        subject_type="stored_file",
        subject_id=file.id,
        facts={"media_type": media_type, "purpose": purpose, "bytes": len(content)},
    )
    return file.id


def _accepted_type(content: bytes, allowed: frozenset[str], field: str) -> str:
    """Return the media type of a file that is taken."""
    if not content:
        raise FileEmptyError(field=field)
    if len(content) > rules.FILE_BYTES_MAX:
        raise FileTooBigError(field=field, limit_mb=rules.FILE_BYTES_MAX // 1024**2)
    media_type = rules.media_type_of(content)
    if media_type not in allowed:
        raise FileKindError(field=field, allowed=rules.names_of(allowed))
    return media_type


def redrawn(content: bytes, *, field: str = "file") -> bytes:
    """Return an image as a JPEG of at most 1600 px a side, upright, without its metadata.

    Raises:
        ImageBrokenError: it cannot be read.
        ImageHugeError: it holds more pixels than a camera makes.
    """
    try:
        with Image.open(BytesIO(content), formats=("JPEG", "PNG", "WEBP")) as image:
            if image.width * image.height > rules.IMAGE_PIXELS_MAX:
                raise ImageHugeError(field=field)
            image.draft("RGB", (rules.IMAGE_SIDE_MAX, rules.IMAGE_SIDE_MAX))
            upright = ImageOps.exif_transpose(image).convert("RGBA")
    except Image.DecompressionBombError as error:
        raise ImageHugeError(field=field) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise ImageBrokenError(field=field) from error
    upright.thumbnail((rules.IMAGE_SIDE_MAX, rules.IMAGE_SIDE_MAX))
    sheet = Image.new("RGB", upright.size, "white")
    sheet.paste(upright, mask=upright.getchannel("A"))
    drawn = BytesIO()
    sheet.save(drawn, "JPEG", quality=85, optimize=True)
    return drawn.getvalue()


def _keep(session: Session, *, community_id: int, content: bytes) -> int:
    """Return the id of these bytes, kept once for each community."""
    digest = hashlib.sha256(content).hexdigest()
    known = select(FileContent.id).where(
        FileContent.community_id == community_id, FileContent.sha256 == digest
    )
    found = session.scalar(known)
    if found is not None:
        return found
    kept = FileContent(
        community_id=community_id, sha256=digest, size_bytes=len(content), content=content
    )
    try:
        with session.begin_nested():
            session.add(kept)
    except IntegrityError:  # somebody kept the same bytes at this very moment
        return session.scalars(known).one()
    return kept.id
