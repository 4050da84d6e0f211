"""How people write a door into an address."""

import re

_BUILDING = re.compile(r"(\d{1,4})\s*(?:号楼|栋|幢)", re.ASCII)
_UNIT = re.compile(r"(\d{1,3})\s*单元", re.ASCII)


def door_in(address: str) -> tuple[int | None, int | None]:
    """Return the numbers of building and unit that an address names."""
    building, unit = _BUILDING.search(address), _UNIT.search(address)
    return (int(building[1]) if building else None), (int(unit[1]) if unit else None)
