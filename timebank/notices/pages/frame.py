"""What the pages of messages share: their blueprint and the bell in the frame."""

from flask import Blueprint

bp = Blueprint("notices", __name__)
