"""The door for WSGI servers: ``gunicorn wsgi:app``."""

from timebank.app import create_app

app = create_app()
