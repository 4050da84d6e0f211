"""How a payee is told to everybody: a firm by its name, anybody else by the surname."""

import re

_FIRM = re.compile(r".{3,}(厂|店|社|队|院|局|站|行|所|公司|中心|集团|合作社|商行|委员会|服务部)")


def payee_shown(name: str) -> str:
    """Return a payee for everybody; who is no firm may be a person."""
    said = name.strip()
    if _FIRM.fullmatch(said):
        return said
    return said[:1] + "**" if said else ""
