"""The proof of co-funding: each figure that is kept follows from what lies beneath it."""
