"""整理时的解读: what the words of a printed cell of proofs say of their logic (附件1)."""
