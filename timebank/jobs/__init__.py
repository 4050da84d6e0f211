"""Work that is done later, but surely: a table of jobs and the worker that empties it.

Nouns: job (one piece of work with a unique key), handler (the function that does it), lease (how
long a worker may hold a job), period (one turn of a repeated job). Verbs: enqueue, in the
transaction of whatever wants the work done; claim, run, park, retry. A job's effect and its mark
"done" are one transaction, so it happens once, however often it was tried.
"""
