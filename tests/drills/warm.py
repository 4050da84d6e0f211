"""Everything is loaded once, before processes are forked: their workers start at once."""

from tests.make import real
from timebank.app import create_app

real.release(create_app(real.test_settings("sqlite://")))
