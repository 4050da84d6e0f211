"""Hours given to neighbours: asked for, promised, given, confirmed, approved, and then counted.

Nouns: need, task, sign-up, presence; kind of service, service record with its append-only history,
hours policy, objection.
Verbs: post, take up, decline; sign up, ask, pick, withdraw; check in, check out, tick the roster;
record, correct, confirm, reject, withdraw, approve, unapprove, object, answer.
"""
