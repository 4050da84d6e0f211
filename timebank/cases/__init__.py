"""The case ledger: everything that is asked of the community, from the first word to the answer.

Nouns: case (``case_file``), event (``case_event``, append-only), photo, step, deadline policy.
Verbs: ``register_case``, ``respond``, ``claim``, ``add_note``, ``resolve``, ``feed_back``,
``close``, ``reopen``, ``cancel``, ``fix_on_patrol``, ``show_reporter``.
A case is the fold of its events; ``verify`` proves it and names the row that disagrees.
"""
