"""The neighbourhood: its places, its people and who looks after which door.

Nouns: community, grid, building, micro-grid (one unit of one building), household, person,
kinship, organisation, role holder (one of the six roles at one place), import batch.

Verbs: found a community, register a person, verify kinship, unmask personal fields with a
reason, appoint and release role holders, stage an import, confirm it, discard it.
"""
