"""The driver of SQLite, and whether its SQLite is sound; it loads nothing else.

A process that only reads a file needs no more of the house than this.
"""

import sqlite3
from types import ModuleType
from typing import cast

try:
    from pysqlite3 import dbapi2 as _bundled

    driver: ModuleType = _bundled
except ImportError:  # no wheel for this platform: the standard library's SQLite serves
    driver = sqlite3

# How much of the file a connection keeps in memory. A statement of long books takes some hundred
# pages, most of them the upper ones of its indexes: of SQLite's own 2 MiB they are soon gone.
CACHE_USUAL, CACHE_LARGE = "PRAGMA cache_size = -8192", "PRAGMA cache_size = -131072"


def is_sound() -> bool:
    """Whether this SQLite is free of the WAL-reset bug (fixed in 3.51.3, 3.50.7 and 3.44.6)."""
    version = cast("tuple[int, int, int]", driver.sqlite_version_info)
    fixed_in = {(3, 44): 6, (3, 50): 7, (3, 51): 3}
    return version >= (3, 52, 0) or version[2] >= fixed_in.get(version[:2], 10**6)
