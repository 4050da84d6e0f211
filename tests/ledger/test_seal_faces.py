"""Seals and proofs on pages and for programs: a stranger sees heads and checks proofs, no more."""

import json
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.ledger.test_faces import as_auditor, as_member, bank  # noqa: F401 - a fixture
from tests.make.community import make_community
from tests.make.ledger import SmallBank, earn, make_bank
from timebank.kernel import ids
from timebank.ledger.models.tables import Entry
from timebank.ledger.queries import seals
from timebank.ledger.rules import proofs
from timebank.ledger.service import sealing
from timebank.web.models import RequestKey


@pytest.fixture
def sealed(session: Session, bank: SmallBank) -> SmallBank:  # noqa: F811 - the fixture
    """The bank of the other faces' tests, sealed in two blocks."""
    sealing.seal_entries(session, actor=bank.actor)
    earn(session, bank, 7)
    sealing.seal_entries(session, actor=bank.actor)
    return bank


def document_of(session: Session) -> dict[str, Any]:
    first = session.scalar(select(Entry.id).order_by(Entry.number).limit(1))
    assert first is not None
    return proofs.document(seals.proof(session, first))


def checked(client: FlaskClient, document: object, **headers: str) -> str:
    text = document if isinstance(document, str) else json.dumps(document)
    answer = client.post("/seals/check", data={"proof": text}, headers=headers)
    assert answer.status_code == 200, answer.text
    return str(answer.text)


def test_everybody_sees_the_seals(client: FlaskClient, session: Session, sealed: SmallBank) -> None:
    first, second = (seals.block(session, sealed.community_id, number) for number in (1, 2))

    page, one = client.get("/seals"), client.get("/seals/1")

    assert page.status_code == one.status_code == 200
    for block in (first, second):
        assert block.head.hex() in page.text
    assert first.root.hex() in one.text
    assert "李桂兰" not in page.text + one.text
    assert client.get("/seals/3").status_code == 404
    assert client.get(f"/seals/{2**70}").status_code == 404


def test_a_community_is_asked_for_by_its_code(
    client: FlaskClient, session: Session, sealed: SmallBank
) -> None:
    other = make_bank(session, community_id=make_community(session, code="QT", name="别处").id)
    earn(session, other, 5)
    block = sealing.seal_entries(session, actor=other.actor)
    assert block is not None

    assert block.head.hex() in client.get("/seals?community=QT").text
    assert "别处" in client.get("/seals/1?community=QT").text
    assert block.head.hex() not in client.get("/seals").text
    assert client.get("/seals?community=XX").status_code == 404
    assert client.get("/api/v1/seals?community=QT").get_json()["items"][0]["head"] == (
        block.head.hex()
    )


def test_before_the_first_block_the_page_says_so(client: FlaskClient, session: Session) -> None:
    make_community(session)

    assert "还没有封存" in client.get("/seals").text


def test_a_member_prints_and_downloads_the_proof_of_their_own_entry(
    client: FlaskClient, session: Session, sealed: SmallBank
) -> None:
    own, others = session.scalars(select(Entry.id).order_by(Entry.number).limit(2)).all()
    fresh = earn(session, sealed, 3)
    browser = as_member(client, session, sealed)

    page = browser.get(f"/ledger/entries/{own}/proof")
    file = browser.get(f"/ledger/entries/{own}/proof.json")

    assert page.status_code == file.status_code == 200
    assert f"/ledger/entries/{own}/proof" in browser.get(f"/ledger/entries/{own}").text
    assert seals.block(session, sealed.community_id, 2).head.hex() in page.text
    assert "第 1 块" in page.text
    assert "<svg" in page.text
    assert "attachment" in file.headers["Content-Disposition"]
    assert proofs.check(proofs.read_proof(file.text)).holds
    assert browser.get(f"/ledger/entries/{fresh}/proof").status_code == 404
    for address in ("proof", "proof.json"):
        assert browser.get(f"/ledger/entries/{others}/{address}").status_code == 404
    assert browser.get(f"/api/v1/ledger-entries/{others}/proof").status_code == 404
    api = browser.get(f"/api/v1/ledger-entries/{own}/proof")
    assert api.get_json() == json.loads(file.text)


def test_a_stranger_checks_a_good_proof(
    client: FlaskClient, session: Session, sealed: SmallBank
) -> None:
    page = checked(client, document_of(session))

    assert "证明成立" in page
    assert "不对" not in page
    assert "到第 2 块的总封" in page
    assert "陪同就医" in page


def test_a_stranger_is_told_which_step_fails(
    client: FlaskClient, session: Session, sealed: SmallBank
) -> None:
    good = document_of(session)
    words = {**good["words"], "memo": "别的事"}
    for other, said in (
        ({**good, "words": words}, "指纹不符"),
        ({**good, "path": good["path"][::-1]}, "不在它说的第 1 块里"),
        ({**good, "block_path": []}, "不在这个总封之下"),
        ({**good, "head": "ab" * 32}, "不是我们公开的"),
    ):
        page = checked(client, other)
        assert "证明不成立" in page
        assert said in page
    assert "证明成立" in checked(client, {**good, "words": None})


def test_a_proof_of_another_house_holds_but_is_not_ours(
    client: FlaskClient, session: Session, sealed: SmallBank
) -> None:
    document = document_of(session)
    moved = json.loads(
        json.dumps(document).replace(f"block.1\\n{sealed.community_id}\\n", "block.1\\n99999\\n")
    )

    page = checked(client, moved)

    assert "不是我们公开的" in page


def test_a_proof_may_be_uploaded(client: FlaskClient, session: Session, sealed: SmallBank) -> None:
    file = (BytesIO(json.dumps(document_of(session)).encode()), "proof.json")

    answer = client.post("/seals/check", data={"file": file})

    assert answer.status_code == 200
    assert "证明成立" in answer.text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "junk",
        "[" * 5000,
        '{"format":"timebank.proof.1"}',
        "9" * 5000,
        "<script>alert(1)",
    ],
)
def test_hostile_input_gets_a_clear_answer(
    client: FlaskClient, session: Session, sealed: SmallBank, text: str
) -> None:
    for data in ({"proof": text}, {"file": (BytesIO(text.encode()), "x.json")}):
        answer = client.post("/seals/check", data=data, headers={"Accept-Language": "en"})
        assert answer.status_code == 422
        assert "This is no proof of a time bank" in answer.text
        assert "<script>alert" not in answer.text


def test_what_is_too_large_is_refused(
    client: FlaskClient, session: Session, sealed: SmallBank
) -> None:
    large = "[" * (proofs.PROOF_BYTES_MAX + 1)

    uploaded = client.post("/seals/check", data={"file": (BytesIO(large.encode()), "x.json")})
    pasted = client.post("/seals/check", data={"proof": large})

    assert uploaded.status_code == pasted.status_code == 422
    assert "256 KB" in uploaded.text


def test_marks_in_a_proof_are_shown_as_text(
    client: FlaskClient, session: Session, sealed: SmallBank
) -> None:
    good = document_of(session)
    words = {**good["words"], "memo": "<b>x</b>"}

    assert "<b>x</b>" not in checked(client, {**good, "words": words})


def test_nothing_of_a_checked_proof_is_kept(
    client: FlaskClient, session: Session, sealed: SmallBank
) -> None:
    data = {
        "proof": json.dumps(document_of(session)),
        "_key": str(ids.new_id()),
    }

    assert client.post("/seals/check", data=data).status_code == 200

    assert session.scalars(select(RequestKey)).all() == []


def test_programs_read_seals_and_what_proves_them(
    client: FlaskClient, session: Session, sealed: SmallBank
) -> None:
    first = client.get("/api/v1/seals?limit=1").get_json()
    second = client.get(f"/api/v1/seals?limit=1&cursor={first['next_cursor']}").get_json()
    proof = client.get("/api/v1/seals/consistency?from=1&to=2").get_json()

    assert [page["items"][0]["number"] for page in (first, second)] == [2, 1]
    assert second["next_cursor"] is None
    assert first["items"][0]["header"].startswith("timebank.block.1\n")
    assert proof["from"] == {"number": 1, "head": second["items"][0]["head"]}
    assert proof["to"] == {"number": 2, "head": first["items"][0]["head"]}
    for query in ("from=2&to=1", "from=0&to=1", "from=x&to=1", "to=1", f"from=1&to={2**70}"):
        assert client.get(f"/api/v1/seals/consistency?{query}").status_code == 422
    assert client.get("/api/v1/seals/consistency?from=1&to=9").status_code == 404


def test_the_program_can_be_downloaded(
    client: FlaskClient, session: Session, sealed: SmallBank
) -> None:
    assert "verify_proof.py" in client.get("/seals").text

    answer = client.get("/static/verify_proof.py")

    assert answer.status_code == 200
    assert len(answer.text.splitlines()) <= 60


def test_the_pages_speak_english(client: FlaskClient, session: Session, sealed: SmallBank) -> None:
    page = checked(client, document_of(session), **{"Accept-Language": "en"})

    assert "The proof holds" in page
    assert "Seals of the books" in client.get("/seals", headers={"Accept-Language": "en"}).text
