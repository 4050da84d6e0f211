"""Founding a community and naming what is its own."""

from sqlalchemy.orm import Session

from timebank.community.models import Community


def found_community(
    session: Session,
    *,
    code: str,
    name: str,
    subdistrict: str = "",
    phone: str = "",
    product_name: str = "时间银行",
    points_unit: str = "小时",
) -> int:
    """Add a community and return its id; the installation's first act, before anybody acts."""
    community = Community(
        code=code.upper(),
        name=name,
        subdistrict=subdistrict,
        phone=phone,
        product_name=product_name,
        points_unit=points_unit,
    )
    session.add(community)
    session.flush()
    return community.id
