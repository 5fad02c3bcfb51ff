"""A proof tree as an indented outline that a clerk can read and write, and back (附件1)."""
