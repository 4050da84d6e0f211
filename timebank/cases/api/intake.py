"""What comes in, for programs: likely duplicates, more reporters, signs, lists from above."""

from collections.abc import Sequence

from marshmallow import Schema, fields
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from timebank.cases.api.cases import api
from timebank.cases.queries import alike as alike_queries
from timebank.cases.queries import case_lists as list_queries
from timebank.cases.queries import following
from timebank.cases.queries import signs as sign_queries
from timebank.cases.queries.alike import AlikeLine
from timebank.cases.queries.case_lists import CaseListView
from timebank.cases.queries.following import Followed, FollowedLine
from timebank.cases.rules.flow import Category
from timebank.cases.rules.geo import Point
from timebank.cases.rules.reporting import Satisfaction
from timebank.cases.rules.signs import PlaceSign
from timebank.cases.schemas.intake import (
    AlikeIn,
    AlikeOut,
    AnswerIn,
    CaseListOut,
    FollowedLineOut,
    FollowedOut,
    JoinIn,
    SignIn,
    SignOut,
    SignsIn,
)
from timebank.cases.service import answering, case_lists, joining, reporters
from timebank.cases.service import signs as sign_verbs
from timebank.cases.service.history import Photo
from timebank.kernel.paging import Page
from timebank.web.api import PageIn, gives, gives_page, takes
from timebank.web.doors import current_actor, needs, reads, writes


class CaseListFileIn(Schema):
    """A list of cases from above."""

    file = fields.Raw(required=True, metadata={"type": "string", "format": "binary"})


@api.get("/cases/alike")
@needs("case.open")
@reads
@takes(AlikeIn, where="query")
@gives(AlikeOut, many=True)
def alike_cases(
    session: Session, *, micro_grid_id: int, category: Category | None, text: str
) -> Sequence[AlikeLine]:
    """Open cases that may be the same as one about to be reported."""
    return alike_queries.alike(
        session,
        community_id=current_actor().community_id,
        micro_grid_id=micro_grid_id,
        category=category,
        text=text,
    )


@api.post("/cases/<int:case_id>/reporters")
@needs("case.open")
@writes(keyed=True)
@takes(JoinIn)
@gives(None, status=204)
def join_case(
    session: Session,
    case_id: int,
    *,
    micro_grid_id: int,
    words: str = "",
    photos: Sequence[Photo] = (),
    reporter_person_id: int | None = None,
    reporter_name: str | None = None,
    reporter_phone: str | None = None,
) -> None:
    """Add a voice to an open case nearby: one's own, or for staff that of whoever told them."""
    joining.join_as(
        session,
        actor=current_actor(),
        case_id=case_id,
        micro_grid_id=micro_grid_id,
        words=words,
        photos=photos,
        reporter_person_id=reporter_person_id,
        reporter_name=reporter_name,
        reporter_phone=reporter_phone,
    )


@api.post("/cases/<int:case_id>/photos/<int:photo_id>/show")
@needs("case.work")
@writes(keyed=True)
@gives(None, status=204)
def show_photo(session: Session, case_id: int, photo_id: int) -> None:
    """Let the reporters see a photo on their page."""
    reporters.show_photo(session, actor=current_actor(), case_id=case_id, photo_id=photo_id)


@api.post("/cases/<int:case_id>/photos/<int:photo_id>/hide")
@needs("case.work")
@writes(keyed=True)
@gives(None, status=204)
def hide_photo(session: Session, case_id: int, photo_id: int) -> None:
    """Take a photo off the reporters' page again."""
    reporters.hide_photo(session, actor=current_actor(), case_id=case_id, photo_id=photo_id)


@api.get("/my-cases")
@needs("case.read")
@reads
@takes(PageIn, where="query")
@gives_page(FollowedLineOut)
def my_cases(session: Session, *, limit: int, cursor: str | None = None) -> Page[FollowedLine]:
    """What the caller reported, first or with others, newest first."""
    return following.joined_cases(session, actor=current_actor(), cursor=cursor, limit=limit)


@api.get("/my-cases/<int:case_id>")
@needs("case.read")
@reads
@gives(FollowedOut)
def my_case(session: Session, case_id: int) -> Followed:
    """A case as its reporter follows it."""
    reporter = following.by_person(session, actor=current_actor(), case_id=case_id)
    return following.followed(session, reporter)


@api.post("/my-cases/<int:case_id>/answers")
@needs("case.read")
@writes(keyed=True)
@takes(AnswerIn)
@gives(FollowedOut)
def answer_case(
    session: Session,
    case_id: int,
    *,
    is_solved: bool,
    satisfaction: Satisfaction | None = None,
    words: str = "",
) -> Followed:
    """Say whether it is solved; "no" begins the next round."""
    actor = current_actor()
    reporter = following.by_person(session, actor=actor, case_id=case_id)
    answering.answer(
        session,
        reporter=reporter,
        actor=actor,
        is_solved=is_solved,
        satisfaction=satisfaction,
        words=words,
    )
    return following.followed(session, reporter)


@api.get("/place-signs")
@needs("sign.manage")
@reads
@takes(SignsIn, where="query")
@gives_page(SignOut)
def place_signs(
    session: Session,
    *,
    limit: int,
    cursor: str | None = None,
    micro_grid_id: int | None = None,
    with_retired: bool = False,
) -> Page[PlaceSign]:
    """Signs on lamp posts within reach, newest first."""
    return sign_queries.signs(
        session,
        actor=current_actor(),
        micro_grid_id=micro_grid_id,
        with_retired=with_retired,
        cursor=cursor,
        limit=limit,
    )


@api.post("/place-signs")
@needs("sign.manage")
@writes(keyed=True)
@takes(SignIn)
@gives(SignOut, status=201)
def make_sign(
    session: Session, *, micro_grid_id: int, description: str, point: Point | None = None
) -> PlaceSign:
    """Make a sign for a place."""
    code = sign_verbs.make_sign(
        session,
        actor=current_actor(),
        micro_grid_id=micro_grid_id,
        description=description,
        point=point,
    )
    return sign_queries.sign_of_code(session, code)


@api.post("/place-signs/<int:sign_id>/retire")
@needs("sign.manage")
@writes(keyed=True)
@gives(None, status=204)
def retire_sign(session: Session, sign_id: int) -> None:
    """Take a sign down for good."""
    sign_verbs.retire_sign(session, actor=current_actor(), sign_id=sign_id)


@api.get("/case-lists")
@needs("case.import")
@reads
@gives(CaseListOut, many=True)
def case_lists_from_above(session: Session) -> Sequence[CaseListView]:
    """The last lists from above, without their lines."""
    return list_queries.recent_lists(session, actor=current_actor())


@api.post("/case-lists")
@needs("case.import")
@writes
@takes(CaseListFileIn, where="files")
@gives(CaseListOut, status=201)
def stage_case_list(session: Session, *, file: FileStorage) -> CaseListView:
    """Dry run: read a list from above, keep it a day, and tell what it would do."""
    return case_lists.stage_list(
        session, actor=current_actor(), content=file.read(), file_name=file.filename or ""
    )


@api.get("/case-lists/<int:list_id>")
@needs("case.import")
@reads
@gives(CaseListOut)
def case_list(session: Session, list_id: int) -> CaseListView:
    """What a staged list would do as things stand now, or what a settled one did."""
    return case_lists.staged_list(session, actor=current_actor(), list_id=list_id)


@api.post("/case-lists/<int:list_id>/confirm")
@needs("case.import")
@writes(keyed=True)
@gives(CaseListOut)
def confirm_case_list(session: Session, list_id: int) -> CaseListView:
    """Enter the new cases of a list, all or none; those known already stay as they are."""
    return case_lists.confirm_list(session, actor=current_actor(), list_id=list_id)


@api.post("/case-lists/<int:list_id>/discard")
@needs("case.import")
@writes(keyed=True)
@gives(CaseListOut)
def discard_case_list(session: Session, list_id: int) -> CaseListView:
    """Throw a staged list away."""
    return case_lists.discard_list(session, actor=current_actor(), list_id=list_id)
