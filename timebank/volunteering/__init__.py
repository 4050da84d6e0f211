"""Hours given to neighbours: recorded, confirmed by the one served, approved, and then counted.

Nouns: kind of service, service record with its append-only history, hours policy, objection.
Verbs: record, correct, confirm, reject, withdraw, approve, unapprove, object, answer.
"""
