"""What was taken in from others is exactly what its list says."""

import hashlib
import json

from tests.house.trees import PACKAGE

VENDOR = PACKAGE / "static" / "vendor"


def test_vendored_files_match_their_list() -> None:
    listed = json.loads((VENDOR / "VENDOR.json").read_text(encoding="utf-8"))
    for entry in listed["files"]:
        path = PACKAGE / "static" / entry["file"]
        assert hashlib.sha256(path.read_bytes()).hexdigest() == entry["sha256"], path.name
        assert entry["version"]
        assert entry["licence"]
