"""Codes that a phone reads from paper."""

import segno
from markupsafe import Markup


def qr_svg(content: str, *, label: str) -> Markup:
    """Return a QR code as inline SVG, named for those who do not see it."""
    code = segno.make(content, error="m", micro=False)
    drawn = code.svg_inline(omitsize=True, border=2, title=label, svgclass="qr", lineclass=None)
    return Markup(drawn)  # noqa: S704 - drawn by segno, which escapes the label
