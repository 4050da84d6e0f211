"""What is printed in a passbook lands on the row that the paper has for it."""

from io import BytesIO
from typing import Any

import pytest
from playwright.sync_api import Browser
from pypdf import PdfReader
from sqlalchemy import select

from tests.make.house import House, open_page
from timebank.kernel.db import db
from timebank.volunteering.models.passbook_prints import PassbookLine, PassbookPrint
from timebank.volunteering.rules.passbook_prints import Layout

A4_TENTHS_MM = 2970
TENTHS_MM_IN_POINT = 254 / 72
NEAR = 6  # tenths of a millimetre: what a printer's feed is off by, and less than a tenth of a row


def _last_print(house: House) -> tuple[int, list[int]]:
    """A print of the demo's year that does not begin at the top, and its places."""
    with house.app.app_context():
        row = db.session.scalars(
            select(PassbookPrint)
            .where(PassbookPrint.first_position > 1, PassbookPrint.voided_at.is_(None))
            .order_by(PassbookPrint.id.desc())
            .limit(1)
        ).one()
        places = db.session.scalars(
            select(PassbookLine.position)
            .where(PassbookLine.print_id == row.id)
            .order_by(PassbookLine.position)
        ).all()
        db.session.remove()
    return row.id, list(places)


@pytest.mark.browser
def test_each_line_lands_on_its_row(browser: Browser, house: House) -> None:
    print_id, positions = _last_print(house)
    page = open_page(browser, house, "zhaomin", width=1280)
    page.goto(f"{house.base}/passbook-prints/{print_id}")
    printed = PdfReader(BytesIO(page.pdf(prefer_css_page_size=True)))
    page.context.close()

    found: list[tuple[int, float]] = []
    for number, sheet in enumerate(printed.pages):

        def note(text: str, cm: Any, tm: Any, *_: Any, sheet_no: int = number) -> None:
            if text.strip()[:2] == "20":  # a line begins with its day
                up = (tm[5] * cm[3] + cm[5]) * TENTHS_MM_IN_POINT
                found.append((sheet_no, A4_TENTHS_MM - up))

        sheet.extract_text(visitor_text=note)
    ruling = Layout()
    places = [ruling.place(position) for position in positions]
    wanted = [
        (place.page - places[0].page, float(ruling.down_tenths_mm(place.line))) for place in places
    ]
    assert [sheet for sheet, _ in found] == [sheet for sheet, _ in wanted]
    for (_, down), (_, right) in zip(found, wanted, strict=True):
        assert abs(down - right) <= NEAR, (found, wanted)
