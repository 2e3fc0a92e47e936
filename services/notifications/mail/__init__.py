"""Writing: facts, letters, templates, MIME and calendar objects; from a row of the ledger to the bytes of a mail."""
