"""What the time bank's answers to programs hang on."""

from timebank.web.api import room_api

api = room_api("volunteering")
