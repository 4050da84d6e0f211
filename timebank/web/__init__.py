"""The way in and out: doors, error boundary, logins, words, navigation, charts.

Nouns: door (a decorator that a view passes), visitor (who is logged in), problem (an error as
answered), key (the id by which a request has one effect). Knows no room; rooms hand it what it
needs through small hooks that the application wires.
"""
