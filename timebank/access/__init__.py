"""Who may come in, as whom, and how far: accounts, role grants, sessions, API tokens.

Nouns: user account (a login), role grant (a role within a scope, until a day), session (one
browser logged in), token (a program's key with fewer permissions), throttle (the count of failed
tries). Verbs: create a user, grant and revoke a role, log in and out, end sessions, set a
password, issue and revoke a token. Permissions are reckoned from the grants on every request,
so every change acts on the next one.
"""
