"""What the pages of the time bank hang on."""

from flask import Blueprint

bp = Blueprint("volunteering", __name__)
