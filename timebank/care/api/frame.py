"""What the answers of care to programs hang on."""

from timebank.web.api import room_api

api = room_api("care")
