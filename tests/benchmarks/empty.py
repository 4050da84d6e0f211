"""The least that Flask can do, on a server like ours: what every other route is held against."""

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

app = Flask("empty")


@app.get("/")
def nothing() -> ResponseReturnValue:
    """Answer a small JSON and think about nothing."""
    return jsonify(status="ok")
