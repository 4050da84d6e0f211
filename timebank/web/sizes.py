"""How large a request may be: a form with photos more than anything else."""

from typing import Any

from flask import Request

BODY_BYTES_MAX = 6 * 1024 * 1024
# Six photos of a new phone: each one that is too large is then refused by name, the words kept.
FORM_WITH_FILES_BYTES_MAX = 48 * 1024 * 1024


class SizedRequest(Request):
    """A request that lets files be larger than other bodies."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Widen the limit for forms with files; they are spooled to disk, not held in memory."""
        super().__init__(*args, **kwargs)
        if self.mimetype == "multipart/form-data":
            self.max_content_length = FORM_WITH_FILES_BYTES_MAX
