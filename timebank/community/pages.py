"""The community's pages: people, places, the six roles, one's own data, lists from files."""

from io import BytesIO

from flask import Blueprint, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from timebank.community import queries
from timebank.community.errors import FileMissingError
from timebank.community.rules import (
    BatchState,
    ImportKind,
    KinshipKind,
    OrganisationKind,
    PersonField,
    Sex,
    SixRole,
)
from timebank.community.schemas import ConfirmIn, ImportIn, KinIn, LookIn, PersonIn, SearchIn
from timebank.community.service import people as service
from timebank.community.service.imports import batches, template
from timebank.web import words
from timebank.web.doors import (
    body,
    current_actor,
    needs,
    query,
    reads,
    returns_to,
    see_other,
    writes,
)

bp = Blueprint("community", __name__)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SEX_WORDS = {Sex.FEMALE: lazy_gettext("女"), Sex.MALE: lazy_gettext("男")}
KIN_WORDS = {
    KinshipKind.SPOUSE: lazy_gettext("配偶"),
    KinshipKind.CHILD: lazy_gettext("子女"),
    KinshipKind.PARENT: lazy_gettext("父母"),
    KinshipKind.SIBLING: lazy_gettext("兄弟姐妹"),
    KinshipKind.GRANDCHILD: lazy_gettext("孙子女"),
    KinshipKind.GRANDPARENT: lazy_gettext("祖父母"),
    KinshipKind.CHILD_IN_LAW: lazy_gettext("儿媳、女婿"),
    KinshipKind.PARENT_IN_LAW: lazy_gettext("公婆、岳父母"),
    KinshipKind.OTHER: lazy_gettext("其他亲属"),
}
ROLE_WORDS = {
    SixRole.GRID_OFFICER: lazy_gettext("网格员"),
    SixRole.PROPERTY_STEWARD: lazy_gettext("物业管家"),
    SixRole.BUILDING_HEAD: lazy_gettext("楼长"),
    SixRole.COOP_CADRE: lazy_gettext("经合社干部"),
    SixRole.PARTY_VOLUNTEER: lazy_gettext("党员志愿者"),
    SixRole.RESIDENT_REPRESENTATIVE: lazy_gettext("居民代表"),
}
ORGANISATION_WORDS = {
    OrganisationKind.COOPERATIVE: lazy_gettext("经济合作社"),
    OrganisationKind.COMPANY: lazy_gettext("共富公司"),
    OrganisationKind.PROPERTY_FIRM: lazy_gettext("物业企业"),
    OrganisationKind.CARE_CENTRE: lazy_gettext("养老服务中心"),
    OrganisationKind.CANTEEN: lazy_gettext("助老食堂"),
    OrganisationKind.POLICE_ROOM: lazy_gettext("警务室"),
    OrganisationKind.DEPARTMENT: lazy_gettext("部门"),
    OrganisationKind.COMMITTEE: lazy_gettext("委员会"),
}
IMPORT_WORDS = {
    ImportKind.PLACES: lazy_gettext("地方：网格、楼、单元"),
    ImportKind.PEOPLE: lazy_gettext("人员：住户和亲属"),
    ImportKind.ROLES: lazy_gettext("六员：谁在哪里"),
    ImportKind.ORGANISATIONS: lazy_gettext("单位：合作社、公司、部门"),
}
FIELD_WORDS = {
    PersonField.PHONE: lazy_gettext("手机号"),
    PersonField.HOME: lazy_gettext("住处"),
}
STATE_WORDS = {
    BatchState.STAGED: ("waiting", lazy_gettext("等确认")),
    BatchState.CONFIRMED: ("done", lazy_gettext("已写入")),
    BatchState.DISCARDED: ("off", lazy_gettext("没有写入")),
}


@bp.get("/people")
@needs("person.search")
@reads
def people(session: Session) -> ResponseReturnValue:
    """Find people by name, initials, card or phone."""
    asked = query(SearchIn())["q"]
    actor = current_actor()
    of_whom = {
        "community_id": actor.community_id,
        "text": asked,
        "reach": actor.reach("person.search"),
    }
    return render_template(
        "community/people.html",
        asked=asked,
        people=queries.search_persons(session, **of_whom),
        closed=queries.search_persons(session, **of_whom, closed=True),
        sexes=SEX_WORDS,
    )


@bp.get("/people/new")
@needs("person.register")
@reads
def new_person(session: Session) -> ResponseReturnValue:
    """Show the form to register one person."""
    places = service.doors_within(session, actor=current_actor())
    return render_template("community/new_person.html", places=places, sexes=SEX_WORDS)


@bp.post("/people/new")
@needs("person.register")
@returns_to(new_person)
@writes
def register_person(session: Session) -> ResponseReturnValue:
    """Register one person and show the card number."""
    person = service.register_person(session, actor=current_actor(), **body(PersonIn()))
    notice = _("已登记，卡号 %(card_no)s", card_no=person.card_no)
    return see_other(url_for(".person", person_id=person.id), notice)


@bp.get("/people/<int:person_id>")
@needs("person.search")
@reads
def person(session: Session, person_id: int) -> ResponseReturnValue:
    """Show one person, masked."""
    profile = service.profile(session, actor=current_actor(), person_id=person_id)
    return _person_page(profile)


@bp.post("/people/<int:person_id>/look")
@needs("person.unmask")
@returns_to(person)
@writes
def look(session: Session, person_id: int) -> ResponseReturnValue:
    """Show one person in full for a reason; the look is noted where they see it."""
    actor = current_actor()
    details = service.unmask(session, actor=actor, person_id=person_id, **body(LookIn()))
    profile = service.profile(session, actor=actor, person_id=person_id)
    return _person_page(service.Profile(profile.person, profile.relatives, details))


@bp.post("/people/<int:person_id>/kin")
@needs("person.register")
@returns_to(person)
@writes
def verify_kinship(session: Session, person_id: int) -> ResponseReturnValue:
    """Note that the proof of a kinship was seen."""
    service.verify_kinship(session, actor=current_actor(), person_id=person_id, **body(KinIn()))
    return see_other(url_for(".person", person_id=person_id), _("亲属关系已核实"))


def _person_page(profile: service.Profile) -> str:
    """Return the page of one person."""
    return render_template(
        "community/person.html", profile=profile, sexes=SEX_WORDS, kin_words=KIN_WORDS
    )


@bp.get("/me/profile")
@needs("profile.read")
@reads
def my_profile(session: Session) -> ResponseReturnValue:
    """Show one's own data in full."""
    profile = service.own_profile(session, actor=current_actor())
    return render_template(
        "community/my_profile.html", profile=profile, sexes=SEX_WORDS, kin_words=KIN_WORDS
    )


@bp.get("/places")
@needs("community.read")
@reads
def places(session: Session) -> ResponseReturnValue:
    """Show grids, buildings and units, who lives there and who looks after them."""
    community_id = current_actor().community_id
    return render_template(
        "community/places.html",
        places=queries.micro_grids(session, community_id),
        residents=queries.residents(session, community_id),
        holders=queries.holders(session, community_id),
        organisations=queries.organisations(session, community_id),
        role_words=ROLE_WORDS,
        organisation_words=ORGANISATION_WORDS,
    )


@bp.get("/roles")
@needs("community.read")
@reads
def roles(session: Session) -> ResponseReturnValue:
    """Show who holds the six roles."""
    holders = queries.holders(session, current_actor().community_id)
    return render_template("community/roles.html", holders=holders, role_words=ROLE_WORDS)


@bp.get("/import")
@needs("community.import")
@reads
def imports(session: Session) -> ResponseReturnValue:
    """Show the upload form, the empty lists and the last imports."""
    return render_template(
        "community/imports.html",
        batches=batches.recent(session, current_actor().community_id),
        kinds=IMPORT_WORDS,
        states=STATE_WORDS,
    )


@bp.post("/import")
@needs("community.import")
@returns_to(imports)
@writes
def stage_import(session: Session) -> ResponseReturnValue:
    """Read an uploaded list, keep it aside and go to its preview."""
    kind = body(ImportIn())["kind"]
    content, name = _uploaded()
    staged = batches.stage(
        session, actor=current_actor(), kind=kind, content=content, file_name=name
    )
    return see_other(url_for(".import_batch", batch_id=staged.id))


def _uploaded() -> tuple[bytes, str]:
    """Return the uploaded file and its name.

    Raises:
        FileMissingError: none was chosen.
    """
    file = request.files.get("file")
    if file is None or not file.filename:
        raise FileMissingError(field="file")
    return file.read(), file.filename


@bp.get("/import/<int:batch_id>")
@needs("community.import")
@reads
def import_batch(session: Session, batch_id: int) -> ResponseReturnValue:
    """Show what a staged list would do."""
    preview = batches.staged_preview(
        session, community_id=current_actor().community_id, batch_id=batch_id
    )
    return render_template(
        "community/import_batch.html",
        preview=preview,
        kinds=IMPORT_WORDS,
        states=STATE_WORDS,
        fields=FIELD_WORDS,
        say=words.say,
    )


@bp.post("/import/<int:batch_id>/confirm")
@needs("community.import")
@returns_to(import_batch)
@writes
def confirm_import(session: Session, batch_id: int) -> ResponseReturnValue:
    """Write a staged list."""
    done = batches.confirm(session, actor=current_actor(), batch_id=batch_id, **body(ConfirmIn()))
    notice = _(
        "已写入：新增 %(new)s 条，更改 %(changed)s 条",
        new=done.new_count,
        changed=done.changed_count,
    )
    return see_other(url_for(".imports"), notice)


@bp.post("/import/<int:batch_id>/discard")
@needs("community.import")
@returns_to(import_batch)
@writes
def discard_import(session: Session, batch_id: int) -> ResponseReturnValue:
    """Throw a staged list away."""
    batches.discard(session, actor=current_actor(), batch_id=batch_id)
    return see_other(url_for(".imports"), _("没有写入，文件已删除"))


@bp.get("/import/template/<any(places, people, roles, organisations):kind>.xlsx")
@needs("community.import")
@reads
def import_template(_session: Session, kind: str) -> ResponseReturnValue:
    """Hand out an empty list to fill in."""
    wanted = ImportKind(kind)
    return send_file(
        BytesIO(template.template_file(wanted)),
        mimetype=XLSX,
        as_attachment=True,
        download_name=template.template_name(wanted),
    )
