"""The proof of the books, by what is derived again."""
