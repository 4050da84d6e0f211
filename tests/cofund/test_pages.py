"""Pages of co-funding: the right figures, refused forms with their words, strangers outside."""

from datetime import timedelta
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.make.access import log_in, make_actor
from tests.make.cofund import Office, ask, make_document, make_office, make_project, pay_in, spend
from timebank.cofund.queries import bills as bill_reads
from timebank.cofund.queries import projects as queries
from timebank.cofund.rules.projects import Party, ProjectState, SpendingState
from timebank.cofund.service import bills
from timebank.kernel import clock


@pytest.fixture
def office(session: Session) -> Office:
    return make_office(session)


def _half_paid(session: Session, office: Office) -> int:
    project = make_project(session, office, total_fen=28_600_000)
    pay_in(session, office, project.id, Party.COMPANY, 11_440_000)
    pay_in(session, office, project.id, Party.PROPERTY_FIRM, 6_006_000)
    spend(session, office, project.id, 13_860_000)
    return project.id


def test_the_project_page_shows_every_sum(
    session: Session, client: FlaskClient, office: Office
) -> None:
    project_id = _half_paid(session, office)
    log_in(client, session, office.finance)

    page = client.get(f"/projects/{project_id}")

    assert page.status_code == 200
    for words in (
        "7号楼北侧电动自行车充电棚",
        "¥286,000.00",
        "¥174,460.00",
        "¥138,600.00",
        "¥35,860.00",
        "¥25,740.00",
        "施工中",
        "棚架首款",
        "记收款",
    ):
        assert words in page.text
    assert "签三方协议" not in page.text


def test_a_quote_is_kept_beside_its_item_and_goes_along_when_the_costing_changes(
    session: Session, client: FlaskClient, office: Office
) -> None:
    project = make_project(session, office, state=ProjectState.DRAFT)
    log_in(client, session, office.admin)
    at = f"/projects/{project.id}"
    rows = {"lines.0.label": "棚架", "lines.0.amount_fen": "1000"}
    more = {"lines.1.label": "地坪", "lines.1.amount_fen": "20"}

    wrong = client.post(f"{at}/cost", data={**rows, "quote.0": (BytesIO(b"MZ\x00"), "报价.exe")})
    assert (wrong.status_code, 'id="error-quote.0-1"' in wrong.text) == (422, True)
    assert queries.cost_lines(session, project.id) == []

    sent = {**rows, **more, "quote.0": (BytesIO(b"%PDF-1.4\n%%EOF\n"), "报价.pdf")}
    assert client.post(f"{at}/cost", data=sent).status_code == 303
    first, second = queries.cost_lines(session, project.id)
    assert (first.quote_file_id is None, second.quote_file_id) == (False, None)
    assert f"/files/{first.quote_file_id}" in client.get(at).text

    kept = {"lines.0.quote_file_id": first.quote_file_id}
    changed = {**rows, **kept, "lines.0.amount_fen": "1100"}
    assert client.post(f"{at}/cost", data=changed).status_code == 303
    (line,) = queries.cost_lines(session, project.id)
    assert (line.amount_fen, line.quote_file_id) == (110_000, first.quote_file_id)

    stranger = make_office(session, code="XX")
    foreign = make_document(session, actor=stranger.admin)
    bent = {**rows, "lines.0.quote_file_id": foreign}
    assert client.post(f"{at}/cost", data=bent).status_code == 422
    emptied = {**rows, "lines.1.quote_file_id": first.quote_file_id}
    assert client.post(f"{at}/cost", data=emptied).status_code == 303
    assert [one.quote_file_id for one in queries.cost_lines(session, project.id)] == [None]


def test_the_list_shows_states_and_totals(
    session: Session, client: FlaskClient, office: Office
) -> None:
    _half_paid(session, office)
    make_project(session, office, state=ProjectState.DRAFT, title="绿化补种")
    log_in(client, session, office.admin)

    page = client.get("/projects")
    drafts = client.get("/projects?state=draft")

    assert "¥286,000.00" in page.text
    assert "绿化补种" in page.text
    assert "立一个项目" in page.text
    assert "绿化补种" in drafts.text
    assert "充电棚" not in drafts.text


def test_an_empty_list_says_what_will_stand_there(
    session: Session, client: FlaskClient, office: Office
) -> None:
    log_in(client, session, office.admin)

    assert "立第一个项目" in client.get("/projects").text
    assert "这一步没有项目" in client.get("/projects?state=closed").text
    assert "没有等着办的付款" in client.get("/spending").text
    assert "还没有公示的项目" in client.get("/public/projects").text


def test_a_project_walks_from_proposal_to_closing_on_pages(
    session: Session, client: FlaskClient, office: Office
) -> None:
    log_in(client, session, office.admin)
    proposed = client.post(
        "/projects/new", data={"title": "环路补坑", "place_text": "3号楼西", "due_on": ""}
    )
    assert proposed.status_code == 303
    project_id = int(proposed.location.split("/")[-2])

    costed = client.post(
        f"/projects/{project_id}/cost",
        data={
            "lines.0.label": "沥青",
            "lines.0.amount_fen": "1,000.01",
            "lines.1.label": "人工",
            "lines.1.amount_fen": "２０",
            "lines.2.label": "",
            "lines.2.amount_fen": "",
        },
    )
    days_ago = clock.today() - timedelta(days=9)
    shown = client.post(
        f"/projects/{project_id}/publicise",
        data={
            "from_on": days_ago.isoformat(),
            "document": (BytesIO(b"%PDF-1.4\n%%EOF\n"), "张贴.pdf"),
        },
    )
    sums = {
        "area_total": "9000.00",
        "heads_total": "100",
        "area_part": "8000.50",
        "heads_part": "90",
        "area_yes": "7000",
        "heads_yes": "80",
    }
    recorded = client.post(
        f"/projects/{project_id}/vote/recorded",
        data={
            **sums,
            "matter": "grave",
            "voted_on": clock.today().isoformat(),
            "document": (BytesIO(b"%PDF-1.4\n%%EOF\n"), "结果.pdf"),
        },
    )
    log_in(client, session, office.finance)
    assert "再录一遍" in client.get(recorded.location).text
    confirmed = client.post(f"{recorded.location}/confirm", data=sums)
    assert (shown.status_code, recorded.status_code, confirmed.status_code) == (303, 303, 303)
    assert "88.89%" in client.get(f"{recorded.location}/print").text
    log_in(client, session, office.admin)
    agreed = client.post(
        f"/projects/{project_id}/agree",
        data={
            "signed_on": clock.today().isoformat(),
            "basis": "agreement",
            "company": "40",
            "property_firm": "30",
            "residents": "30",
            "retention_permille": "0",
            "document": (BytesIO(b"%PDF-1.4\n%%EOF\n"), "协议.pdf"),
        },
    )
    assert (costed.status_code, agreed.status_code) == (303, 303)
    view = queries.project(session, community_id=office.community_id, project_id=project_id)
    assert [one.agreed_fen for one in view.figures.parties] == [40801, 30600, 30600]

    log_in(client, session, office.finance)
    received = client.post(
        f"/projects/{project_id}/contributions/new",
        data={
            "party": "company",
            "amount_fen": "408.01",
            "received_on": clock.today().isoformat(),
            "payer_name": "九龙共富公司",
            "method": "bank",
        },
    )
    line_id = queries.cost_lines(session, project_id)[0].id
    asked = client.post(
        f"/projects/{project_id}/spending-requests/new",
        data={
            "cost_line_id": str(line_id),
            "amount_fen": "400",
            "payee": "青路养护",
            "purpose": "沥青",
            "document": (BytesIO(b"%PDF-1.4\n%%EOF\n"), "发票.pdf"),
        },
    )
    assert (received.status_code, asked.status_code) == (303, 303)
    request_id = bill_reads.spending_requests(session, community_id=office.community_id).items[0].id

    log_in(client, session, office.admin)
    approved = client.post(f"/spending/{request_id}/approve")
    log_in(client, session, office.finance)
    assert "记下已付" in client.get("/spending").text
    paid = client.post(f"/spending/{request_id}/pay", data={"paid_on": clock.today().isoformat()})
    assert (approved.status_code, paid.status_code) == (303, 303)

    log_in(client, session, office.admin)
    accepted = client.post(f"/projects/{project_id}/accept", data={"note": "路面平整"})
    settled = client.post(f"/projects/{project_id}/settle")
    assert "结算单" in client.get(f"/projects/{project_id}/settlement").text
    closed = client.post(f"/projects/{project_id}/close")
    assert settled.status_code == 303
    assert (accepted.status_code, closed.status_code) == (303, 303)
    page = client.get(f"/projects/{project_id}")
    assert "已结项" in page.text
    assert "¥8.01" in page.text


def test_a_refused_form_keeps_what_was_typed(
    session: Session, client: FlaskClient, office: Office
) -> None:
    project = make_project(session, office, total_fen=100_000)
    log_in(client, session, office.finance)

    answer = client.post(
        f"/projects/{project.id}/contributions/new",
        data={
            "party": "company",
            "amount_fen": "400.01",
            "received_on": clock.today().isoformat(),
            "payer_name": "九龙共富公司",
            "method": "cash",
        },
    )

    assert answer.status_code == 422
    assert "只欠 ¥400.00" in answer.text
    assert 'value="400.01"' in answer.text
    assert 'value="九龙共富公司"' in answer.text
    assert queries.figures(session, project.id).received_fen == 0


@pytest.mark.parametrize(
    ("path", "form", "words"),
    [
        ("/projects/new", {"title": ""}, "这一项要填"),
        ("/projects/new", {"title": "补路", "case_id": "99999"}, "没有找到起因案件"),
        ("/projects/{id}/cost", {}, "还有"),
        ("/projects/{id}/cost", {"lines.0.label": "一"}, "这一项要填"),
        (
            "/projects/{id}/cost",
            {"lines.0.label": "一", "lines.0.amount_fen": "一百"},
            "金额要写成",
        ),
        (
            "/projects/{id}/agree",
            {"basis": "agreement", "signed_on": "{today}"},
            "不能是负数，也不能全是零",
        ),
        (
            "/projects/{id}/agree",
            {"basis": "amounts", "signed_on": "{today}", "company": "1"},
            "两个数要一样",
        ),
    ],
)
def test_a_form_says_what_is_wrong(
    session: Session,
    client: FlaskClient,
    office: Office,
    *,
    path: str,
    form: dict[str, str],
    words: str,
) -> None:
    state = ProjectState.VOTING if "/agree" in path else ProjectState.COSTED
    project = make_project(session, office, state=state)
    log_in(client, session, office.admin)

    today = clock.today().isoformat()
    data = {name: value.format(today=today) for name, value in form.items()}
    answer = client.post(path.format(id=project.id), data=data)

    assert answer.status_code == 422
    assert words in answer.text


def test_a_request_without_a_document_is_refused(
    session: Session, client: FlaskClient, office: Office
) -> None:
    project = make_project(session, office, state=ProjectState.FUNDING)
    log_in(client, session, office.finance)
    line_id = queries.cost_lines(session, project.id)[0].id
    facts = {
        "cost_line_id": str(line_id),
        "amount_fen": "1",
        "payee": "青路养护",
        "purpose": "定金",
    }

    missing = client.post(f"/projects/{project.id}/spending-requests/new", data=facts)
    wrong = client.post(
        f"/projects/{project.id}/spending-requests/new",
        data={**facts, "document": (BytesIO(b"MZ\x00\x01"), "发票.pdf")},
    )

    assert (missing.status_code, wrong.status_code) == (422, 422)
    assert "请附上合同" in missing.text
    assert 'value="青路养护"' in missing.text
    waiting = bill_reads.spending_requests(session, community_id=office.community_id)
    assert list(waiting.items) == []


def test_more_than_came_in_is_not_approved_and_the_page_says_so(
    session: Session, client: FlaskClient, office: Office
) -> None:
    project = make_project(session, office)
    pay_in(session, office, project.id, Party.COMPANY, 1000)
    request = ask(session, office, project.id, 1001)
    log_in(client, session, office.admin)

    answer = client.post(f"/spending/{request.id}/approve")

    assert answer.status_code == 409
    assert "账上能用的只有 ¥10.00" in answer.text


def test_own_requests_have_no_button_and_no_way(
    session: Session, client: FlaskClient, office: Office
) -> None:
    project = make_project(session, office, state=ProjectState.FUNDING)
    request = ask(session, office, project.id, 1000)
    log_in(client, session, office.finance)

    page = client.get("/spending")
    answer = client.post(f"/spending/{request.id}/approve")

    assert "撤回申请" in page.text
    assert "批准 ¥10.00" not in page.text
    assert answer.status_code == 403


def test_requests_are_refused_and_withdrawn(
    session: Session, client: FlaskClient, office: Office
) -> None:
    project = make_project(session, office, state=ProjectState.FUNDING)
    first, second = (ask(session, office, project.id, 1000).id for _ in range(2))
    log_in(client, session, office.admin)
    refused = client.post(f"/spending/{first}/refuse", data={"reason": "发票抬头不对"})
    silent = client.post(f"/spending/{second}/refuse", data={"reason": " "})
    log_in(client, session, office.finance)
    withdrawn = client.post(f"/spending/{second}/withdraw")

    assert (refused.status_code, silent.status_code, withdrawn.status_code) == (303, 422, 303)
    states = [
        one.state
        for one in bill_reads.spending_requests(
            session, community_id=office.community_id, project_id=project.id
        ).items
    ]
    assert states == [SpendingState.WITHDRAWN, SpendingState.REFUSED]


def test_a_contribution_is_undone_on_its_page(
    session: Session, client: FlaskClient, office: Office
) -> None:
    project = make_project(session, office)
    paid = pay_in(session, office, project.id, Party.COMPANY, 500)
    log_in(client, session, office.finance)

    refused = client.post(f"/projects/{project.id}/contributions/{paid}/undo", data={"reason": ""})
    undone = client.post(
        f"/projects/{project.id}/contributions/{paid}/undo", data={"reason": "付错了"}
    )

    assert (refused.status_code, undone.status_code) == (422, 303)
    page = client.get(f"/projects/{project.id}/contributions")
    assert "已撤回" in page.text
    assert "付错了" in page.text


def test_a_project_is_cancelled_with_a_reason(
    session: Session, client: FlaskClient, office: Office
) -> None:
    project = make_project(session, office, state=ProjectState.FUNDING)
    log_in(client, session, office.admin)

    silent = client.post(f"/projects/{project.id}/cancel", data={})
    cancelled = client.post(f"/projects/{project.id}/cancel", data={"reason": "改由厂家承建"})
    again = client.post(f"/projects/{project.id}/cancel", data={"reason": "改由厂家承建"})

    statuses = (silent.status_code, cancelled.status_code, again.status_code)
    assert statuses == (422, 303, 409)
    assert "改由厂家承建" in client.get(f"/projects/{project.id}").text


def test_the_forms_open_filled(session: Session, client: FlaskClient, office: Office) -> None:
    project = make_project(session, office, state=ProjectState.ACTIVE)
    costed = make_project(session, office, state=ProjectState.AGREED, total_fen=123_456)
    log_in(client, session, office.admin)
    assert 'value="740.73"' in client.get(f"/projects/{costed.id}/cost").text
    assert "¥1,234.56" in client.get(f"/projects/{costed.id}/agree").text
    assert client.get(f"/projects/{project.id}/accept").status_code == 200
    assert client.get("/projects/new").status_code == 200
    log_in(client, session, office.finance)
    assert client.get(f"/projects/{project.id}/spending-requests/new").status_code == 200
    assert client.get(f"/projects/{project.id}/contributions/new").status_code == 200


def test_the_print_sheet_has_every_part(
    session: Session, client: FlaskClient, office: Office
) -> None:
    project_id = _half_paid(session, office)
    log_in(client, session, office.finance)

    page = client.get(f"/projects/{project_id}/print")

    for words in ("一、三方出资", "¥286,000.00", "棚架首款", "¥138,600.00", "居民代表"):
        assert words in page.text


def test_strangers_see_figures_but_nobodys_name(
    session: Session, client: FlaskClient, office: Office
) -> None:
    project_id = _half_paid(session, office)
    draft = make_project(session, office, state=ProjectState.DRAFT, title="还没定的事")

    listed = client.get("/public/projects")
    page = client.get(f"/public/projects/{project_id}")

    assert "充电棚" in listed.text
    assert "还没定的事" not in listed.text
    assert client.get(f"/public/projects/{draft.id}").status_code == 404
    assert "¥286,000.00" in page.text
    for name in ("九龙共富公司", "宏达棚架厂", "陈立", "高洁"):
        assert name not in page.text


def test_a_resident_sees_what_is_public_with_masked_payers(
    session: Session, client: FlaskClient, office: Office
) -> None:
    project_id = _half_paid(session, office)
    draft = make_project(session, office, state=ProjectState.DRAFT)
    resident = make_actor(
        session, community_id=office.community_id, roles=(("volunteer", "own", None),)
    )
    log_in(client, session, resident)

    page = client.get(f"/projects/{project_id}")

    assert page.status_code == 200
    assert "九龙共富公司" not in page.text
    assert "记收款" not in page.text
    assert client.get(f"/projects/{draft.id}").status_code == 404


def test_what_belongs_to_others_is_not_there(
    session: Session, client: FlaskClient, office: Office
) -> None:
    project_id = _half_paid(session, office)
    request = ask(session, office, project_id, 1)
    elsewhere = make_office(session, code="XJ")
    log_in(client, session, elsewhere.finance)
    for path in ("", "/print", "/contributions", "/contributions/new", "/spending-requests/new"):
        assert client.get(f"/projects/{project_id}{path}").status_code == 404
    log_in(client, session, elsewhere.admin)
    for path in ("cost", "agree", "accept"):
        assert client.get(f"/projects/{project_id}/{path}").status_code == 404
    assert client.post(f"/spending/{request.id}/approve").status_code == 404
    assert client.post(f"/projects/{project_id}/close").status_code == 404


def test_a_late_payment_day_is_refused(
    session: Session, client: FlaskClient, office: Office
) -> None:
    project = make_project(session, office, state=ProjectState.FUNDING)
    request = ask(session, office, project.id, 1000)
    bills.approve_spending(session, actor=office.admin, request_id=request.id)
    log_in(client, session, office.finance)

    tomorrow = (clock.today() + timedelta(days=1)).isoformat()
    answer = client.post(f"/spending/{request.id}/pay", data={"paid_on": tomorrow})

    assert answer.status_code == 422
    assert "不能在今天以后" in answer.text


def test_pages_speak_english(session: Session, client: FlaskClient, office: Office) -> None:
    project_id = _half_paid(session, office)
    log_in(client, session, office.finance)

    page = client.get(f"/projects/{project_id}", headers={"Accept-Language": "en"})

    assert "Property firm" in page.text
    assert "还欠" not in page.text
