"""The pure rules of a case: who may move where (``flow``) and by when (``deadlines``)."""
