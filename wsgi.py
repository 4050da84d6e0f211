"""The door for WSGI servers: ``gunicorn wsgi:app``."""

import gc

from timebank.app import create_app

app = create_app()
gc.freeze()  # what is here now stays: no collection need look at it
