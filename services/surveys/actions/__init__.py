"""The verbs: what is done to surveys, in the caller's transaction."""
