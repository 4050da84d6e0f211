"""The hall: what people say goes in, meetings decide with a quorum, decisions are followed up.

Nouns: opinion, support, meeting, seat, agenda item (``agenda_item``), stance of a side, decision,
quorum rule (versioned), note on the minutes (append-only).
Verbs: ``give_opinion``, ``support``, ``sort``, ``join``, ``answer``; ``plan_meeting``, ``seat``,
``add_item``, ``invite``, ``sign_in``, ``hold``, ``discuss``, ``decide``, ``conclude``,
``write_minutes``, ``sign``, ``publish``; ``finish``, ``close``, ``send_back``, ``link_case``.
A signed record does not change: the database refuses it, corrections are addenda.
"""
