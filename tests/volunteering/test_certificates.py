"""Certificates of service: issued from the books, drawn again to the byte, checked by strangers."""

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make.access import make_actor
from tests.make.volunteering import DAY, NOW, Street, make_approved, make_confirmed, make_street
from timebank.access.errors import TriedTooOftenError
from timebank.community.errors import PersonNotFoundError
from timebank.kernel import clock, ids
from timebank.trail.models import PersonLook
from timebank.volunteering import verify
from timebank.volunteering.errors import certificates as errors
from timebank.volunteering.models.certificates import (
    CertificatePaper,
    CertificateRecord,
    CertificateWithdrawal,
    ServiceCertificate,
)
from timebank.volunteering.queries import certificates as reads
from timebank.volunteering.rules import certificates as rules
from timebank.volunteering.rules.certificates import (
    CertificateView,
    Facts,
    Ground,
    Language,
    Served,
    Standing,
    Wanted,
)
from timebank.volunteering.service import certificate_checks, certificates, handing_over, review
from timebank.volunteering.service import certificate_paper as paper

YEAR = Wanted(since_on=DAY.replace(month=1, day=1), through_on=DAY, purpose="申请积分入学")
BASE = "https://timebank.example.org/c/"
# What the fixed facts below look like on paper; a library that draws otherwise is noticed here.
GOLDEN = "39e1bf0291879524fd273ac31057b3fddc6651ac908f66da30778cb3555ebba1"


@pytest.fixture(autouse=True)
def _evening() -> Iterator[None]:
    with clock.fixed_at(NOW):
        yield


def _issue(session: Session, street: Street, wanted: Wanted = YEAR, **more: Any) -> CertificateView:
    told: dict[str, Any] = {"actor": street.volunteer, "key": ids.new_id(), "check_base": BASE}
    told |= more
    actor = told["actor"]
    certificate_id = certificates.issue(session, wanted=wanted, **told)
    return reads.certificate(session, actor=actor, certificate_id=certificate_id)


def _refused(session: Session, statement: Any, rule: str) -> None:
    with pytest.raises(DBAPIError, match=rule), session.begin_nested():
        session.execute(statement)


def _copy(session: Session, certificate_id: int) -> dict[str, Any]:
    """The columns of a certificate for another row, past every service."""
    row = session.get_one(ServiceCertificate, certificate_id)
    told = {c.name: getattr(row, c.name) for c in row.__table__.columns if c.name != "id"}
    return told | {"code": rules.new_code(), "act_key": ids.new_id()}


def _facts() -> Facts:
    services = (
        Served(1, "2026-10-01", "09:00", "10:35", "陪伴聊天", "", 95, "九龙社区"),
        Served(2, "2026-10-18", "13:00", "14:00", "社区活动", "重阳节义诊", 60, "九龙共富公司"),
    )
    return Facts(
        layout=rules.LAYOUT,
        community="九龙社区",
        number="JL-2026-0007",
        code="23456789ABCDEFGS",
        check_url=f"{BASE}23456789ABCDEFGS",
        language=Language.BOTH.value,
        issuer="九龙社区居民委员会",
        seal_place="居民委员会公章",
        contact="0532-0000-0600",
        name="周秀兰",
        volunteer_number="JL-00417",
        id_number_masked="370*************12",
        since_on="2026-01-01",
        through_on="2026-11-18",
        issued_on="2026-11-18",
        issued_at="2026-11-18T12:00:00+00:00",
        purpose="申请积分入学",
        minutes=155,
        kinds=rules.kind_sums(services),
        services=services,
    )


def test_a_code_catches_every_wrong_sign_and_every_swap() -> None:
    code = rules.new_code()
    assert rules.tidy_code(rules.code_text(code).lower()) == code

    for at in range(rules.CODE_SIGNS):
        wrong = rules.SIGNS[(rules.SIGNS.index(code[at]) + 7) % len(rules.SIGNS)]
        with pytest.raises(errors.CodeMistypedError):
            rules.tidy_code(code[:at] + wrong + code[at + 1 :])
    for at in range(rules.CODE_SIGNS - 1):
        swapped = code[:at] + code[at + 1] + code[at] + code[at + 2 :]
        if swapped != code:
            with pytest.raises(errors.CodeMistypedError):
                rules.tidy_code(swapped)
    with pytest.raises(errors.CodeMistypedError):
        rules.tidy_code("0" * rules.CODE_SIGNS)


def test_facts_come_back_as_they_were_kept() -> None:
    assert rules.read(rules.written(_facts())) == _facts()


def test_the_paper_says_what_the_law_asks_and_can_be_copied() -> None:
    content = paper.draw(_facts())
    sheet = PdfReader(BytesIO(content))
    text = "".join(page.extract_text() for page in sheet.pages).replace("\n", "")

    for word in (
        "志愿服务记录证明", "JL-2026-0007", "周秀兰", "JL-00417", "370*************12",
        "2026年1月1日", "2026年11月18日", "2 小时 35 分钟", "申请积分入学", "九龙社区居民委员会",
        "居民委员会公章", "陪伴聊天", "重阳节义诊", "九龙共富公司", "无偿", "2345-6789-ABCD-EFGS",
        "Certificate of Volunteer Service Record",
    ):  # fmt: skip
        assert word in text, word
    assert "¥" not in text
    assert sheet.metadata is not None
    assert sheet.metadata.title == "志愿服务记录证明 JL-2026-0007"
    assert sheet.metadata.author == "九龙社区居民委员会"
    assert str(sheet.root_object["/Lang"]) == "zh-CN"


def test_the_same_facts_are_the_same_bytes_for_ever() -> None:
    assert rules.digest(paper.draw(_facts())) == GOLDEN


def test_a_sign_that_the_font_lacks_is_named_and_nothing_is_issued(session: Session) -> None:
    street = make_street(session)
    make_approved(session, street)
    street.volunteer_person.name = "周\U00030edd兰"
    session.flush()

    with pytest.raises(errors.SignsUnknownError) as refusal:
        _issue(session, street)
    assert refusal.value.facts == {"signs": "\U00030edd"}
    assert session.scalars(select(ServiceCertificate)).all() == []
    street.volunteer_person.name = "周喆兰"  # one of those that were added to the font
    assert _issue(session, street).number == 1


def test_it_counts_approved_service_of_the_period_and_kinds_alone(session: Session) -> None:
    street = make_street(session)
    make_approved(session, street)
    make_approved(session, street, start="13:00", end="13:50")
    make_confirmed(session, street, start="15:00", end="16:00")
    withdrawn = make_approved(session, street, start="18:00", end="19:00")
    review.unapprove_service(
        session, actor=street.admin, record_id=withdrawn, key=ids.new_id(), reason="重复"
    )

    found = _issue(session, street)

    assert (found.minutes, found.services, found.number_text) == (145, 2, "JL-2026-0001")
    facts = reads.facts_of(session, found.id)
    assert facts.name == "周秀兰"
    assert "孙桂英" not in rules.written(facts)  # whom it was for stands on no paper
    with pytest.raises(errors.NothingToCertifyError):
        _issue(session, street, replace(YEAR, kind_ids=(street.kind_id + 1,)))
    with pytest.raises(errors.NothingToCertifyError):
        _issue(session, street, replace(YEAR, through_on=YEAR.since_on))
    with pytest.raises(errors.PeriodToComeError):
        _issue(session, street, replace(YEAR, through_on=DAY.replace(day=19)))
    with pytest.raises(errors.PeriodEmptyError):
        _issue(session, street, replace(YEAR, since_on=DAY, through_on=DAY.replace(day=1)))
    with pytest.raises(errors.NoServiceOfOwnError):
        _issue(session, street, actor=street.admin)


def test_a_double_click_issues_one_and_numbers_have_no_gaps(session: Session) -> None:
    street = make_street(session)
    make_approved(session, street)
    key = ids.new_id()

    first, again = _issue(session, street, key=key), _issue(session, street, key=key)
    second = _issue(session, street)

    assert first == again
    assert (first.number, second.number) == (1, 2)
    for number in (2, 4):
        told = _copy(session, first.id) | {"number": number}
        _refused(session, insert(ServiceCertificate).values(**told), "service_certificate_next")
    _refused(session, update(ServiceCertificate).values(minutes=1), "append-only|permission")
    _refused(session, delete(CertificateRecord), "append-only|permission")


def test_the_database_takes_no_record_that_is_not_approved_or_comes_late(session: Session) -> None:
    street = make_street(session)
    make_approved(session, street)
    waiting = make_confirmed(session, street, start="13:00", end="14:00")
    found = _issue(session, street)
    late = make_approved(session, street, start="15:00", end="16:00")
    row: dict[str, Any] = {"community_id": found.community_id, "certificate_id": found.id}
    row["minutes"] = 60
    put = insert(CertificateRecord)

    _refused(session, put.values(record_id=late, **row), "certificate_record_late")
    told = _copy(session, found.id) | {"number": 2, "services": 2}
    session.execute(insert(ServiceCertificate).values(**told))
    rules_broken = [one.rule for one in verify.findings(session, street.community.id)]
    assert rules_broken == [verify.RULE_COUNTED]  # it counts two and none stands behind it
    row["certificate_id"] = session.scalar(
        select(ServiceCertificate.id).where(ServiceCertificate.number == 2)
    )
    _refused(session, put.values(record_id=waiting, **row), "certificate_record_approved")
    session.execute(put.values(record_id=late, **row))


def test_staff_issue_on_a_signed_slip_and_the_look_is_noted(session: Session) -> None:
    street = make_street(session)
    make_approved(session, street)
    who = street.volunteer_person.id
    elsewhere = make_actor(
        session,
        community_id=street.community.id,
        roles=(("grid_officer", "grid", street.place.grid_id + 1),),
    )

    with pytest.raises(errors.SlipMissingError):
        _issue(session, street, actor=street.officer, person_id=who)
    with pytest.raises(PersonNotFoundError):
        _issue(session, street, actor=elsewhere, person_id=who, slip_number="Z1")
    found = _issue(session, street, actor=street.officer, person_id=who, slip_number="Z1")

    assert found.issued_by_name == "赵强"
    look = session.scalars(select(PersonLook)).one()
    assert (look.person_id, look.actor_name) == (who, "赵强")
    with pytest.raises(errors.CertificateNotFoundError):
        reads.certificate(session, actor=elsewhere, certificate_id=found.id)
    with pytest.raises(errors.CertificateNotFoundError):
        reads.certificate(session, actor=street.elder, certificate_id=found.id)


def test_the_paper_comes_back_to_the_byte(session: Session) -> None:
    street = make_street(session)
    make_approved(session, street)
    found = _issue(session, street)

    handed = handing_over.paper_of(session, actor=street.volunteer, certificate_id=found.id)

    assert (handed.number, handed.is_first, handed.is_same) == (found.number_text, True, True)
    handing_over.keep_paper(session, handed=handed)
    handing_over.keep_paper(session, handed=replace(handed, digest="0" * 64))
    again = handing_over.paper_of(session, actor=street.volunteer, certificate_id=found.id)
    assert (again.content, again.is_first, again.is_same) == (handed.content, False, True)
    _refused(session, update(CertificatePaper).values(digest="0" * 64), "append-only|permission")
    assert found.code in rules.written(reads.facts_of(session, found.id))
    assert "周秀兰" not in str(
        session.connection()
        .exec_driver_sql("SELECT facts FROM service_certificate")  # sealed at rest
        .scalar()
    )


def _check(session: Session, code: str, address: str = "203.0.113.7") -> rules.Checked:
    return certificate_checks.counting_guesses(
        lambda: certificate_checks.check(session, code=code, address=address), address=address
    )


def test_a_stranger_sees_totals_and_more_only_with_consent(session: Session) -> None:
    street = make_street(session)
    make_approved(session, street)
    found = _issue(session, street)

    seen = _check(session, rules.code_text(found.code))
    assert (seen.standing, seen.name, seen.minutes) == (Standing.VALID, "周**", 95)
    assert (seen.services, seen.purpose, seen.volunteer_number) == ((), "", "")

    certificates.set_consent(
        session, actor=street.volunteer, certificate_id=found.id, is_given=True
    )
    seen = _check(session, found.code)
    assert (seen.name, len(seen.services), seen.purpose) == ("周秀兰", 1, "申请积分入学")
    with pytest.raises(errors.SlipMissingError):
        certificates.set_consent(
            session, actor=street.officer, certificate_id=found.id, is_given=False
        )
    certificates.set_consent(
        session, actor=street.officer, certificate_id=found.id, is_given=False, slip_number="Z2"
    )
    assert _check(session, found.code).services == ()


def test_what_is_taken_back_later_shows_as_corrected(session: Session) -> None:
    street = make_street(session)
    make_approved(session, street)
    wrong = make_approved(session, street, start="13:00", end="14:00")
    found = _issue(session, street)

    review.unapprove_service(
        session, actor=street.admin, record_id=wrong, key=ids.new_id(), reason="没有去"
    )

    seen = _check(session, found.code)
    assert (seen.standing, seen.minutes, seen.minutes_now) == (Standing.CORRECTED, 155, 95)
    handed = handing_over.paper_of(session, actor=street.volunteer, certificate_id=found.id)
    assert handed.is_same


def test_issuing_draws_nothing_so_that_the_next_number_never_waits_for_a_drawing(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    street = make_street(session)
    make_approved(session, street)
    monkeypatch.setattr(paper, "draw", lambda _facts: pytest.fail("drawn within the act"))
    assert _issue(session, street).number_text


def test_a_withdrawn_one_stays_and_says_so(session: Session) -> None:
    street = make_street(session)
    make_approved(session, street)
    found = _issue(session, street, replace(YEAR, shows_more=True))

    def withdraw(actor: Any) -> None:
        certificates.withdraw(
            session,
            actor=actor,
            certificate_id=found.id,
            ground=Ground.WRONG_FACTS,
            reason="名字写错",
        )

    with pytest.raises(errors.WithdrawsOwnError):
        withdraw(replace(street.admin, person_id=street.volunteer_person.id))
    withdraw(street.admin)
    with pytest.raises(errors.CertificateWithdrawnError):
        withdraw(street.admin)

    seen = _check(session, found.code)
    assert (seen.standing, seen.withdrawn_on, seen.withdrawn_ground) == (
        Standing.WITHDRAWN,
        DAY,
        Ground.WRONG_FACTS,
    )
    assert (seen.name, seen.services) == ("周**", ())
    _refused(session, delete(CertificateWithdrawal), "append-only|permission")


def test_guessing_is_slowed_down_and_mistyping_tells_nothing(session: Session) -> None:
    street = make_street(session)
    make_approved(session, street)
    found = _issue(session, street)

    for _ in range(rules.TRIES_FREE):
        with pytest.raises(errors.CertificateUnknownError):
            _check(session, rules.new_code())
    with pytest.raises(TriedTooOftenError):
        _check(session, found.code)
    assert _check(session, found.code, address="203.0.113.8").standing is Standing.VALID
    with pytest.raises(errors.CodeMistypedError):
        _check(session, found.code[:-1], address="203.0.113.8")


def test_what_is_made_public_names_nobody(session: Session) -> None:
    street = make_street(session)
    make_approved(session, street)
    _issue(session, street)
    community_id = street.community.id
    assert reads.made_public(session, community_id) == (0, [])

    certificates.name_issuer(
        session,
        actor=street.admin,
        issuer_name="九龙社区居民委员会",
        seal_place="公章",
        contact="",
        publicity_days=7,
    )

    days, lines = reads.made_public(session, community_id)
    assert (days, [(one.number, one.name) for one in lines]) == (7, [("JL-2026-0001", "周**")])
    assert reads.facts_of(session, _issue(session, street).id).issuer == "九龙社区居民委员会"


def test_the_proof_holds_certificates_against_their_records(session: Session) -> None:
    street = make_street(session)
    make_approved(session, street)
    _issue(session, street)
    assert list(verify.findings(session, street.community.id)) == []
