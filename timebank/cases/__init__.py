"""The case ledger: everything that is asked of the community, from the first word to the answer.

Nouns: case (``case_file``), event (``case_event``, append-only), photo, step, deadline policy.
Verbs: ``register_case``, ``respond``, ``claim``, ``add_note``, ``resolve``, ``feed_back``,
``close``, ``reopen``, ``cancel``, ``reject``, ``fix_on_patrol``, ``show_reporter``, ``ask_pause``,
``ask_extension``, ``approve``, ``decline``, ``resume``; ``draft_promises``, ``approve_promises``,
``discard_promises``, ``load_year``.
A case is the fold of its events; ``verify`` proves it and names the row that disagrees.
"""
