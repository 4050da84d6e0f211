"""The one group of operations that the room's parts share."""

from timebank.web.api import room_api

api = room_api("outreach")
