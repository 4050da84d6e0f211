"""What was done and what was looked at, by whom, kept for good; and the files that go with it.

Nouns: event (somebody did something), look (somebody saw a person's private fields), file (a
stored photo or document). Verbs: record, record a look, store a file. Events and looks are only
ever added, in the transaction of the act itself; the database refuses to change them.
"""
