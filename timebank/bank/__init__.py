"""The bank: statements as banks hand them out, booked line by line; the books equal the bank.

Nouns: bank account (of the money's legal owner), statement import, layout (which column of a file
means what), bank line, opening line, allocation. Every line is booked when it is imported: the
account ``bank:{id}`` against ``unclaimed:{id}``. Claiming takes a part of a line out of what is
unclaimed, by an entry of its own.

Verbs: open_account, stage, save_layout, confirm, discard; claim_plain, pair, hold, release, undo.
"""
