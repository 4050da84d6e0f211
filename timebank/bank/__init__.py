"""The bank: statements as banks hand them out, booked line by line; the books equal the bank.

Nouns: bank account (of the money's legal owner), statement import, layout (which column of a file
means what), bank line, opening line. Every line is booked when it is imported: the account
``bank:{id}`` against ``unclaimed:{id}``.

Verbs: open_account, stage, save_layout, confirm, discard.
"""
