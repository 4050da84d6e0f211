"""What people are told: at once on the page, later by mail or SMS if they want it so.

Nouns: notice (a kind of sentence with its facts, defined by the room whose act it tells of),
message (one notice for one person), channel (page, mail, SMS, another service), contact (a person's
address on a channel, with their consent), delivery (one message on one channel).

Verbs: tell, in the transaction of the act itself; take back what is no longer so; read; choose
channels; deliver, after the commit. The room tells; what is told and when, the other rooms decide.
"""
