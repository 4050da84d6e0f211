"""What the answers of reports to programs hang on."""

from timebank.web.api import room_api

api = room_api("reports")
