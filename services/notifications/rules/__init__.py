"""Decisions without input or output: what an answer means, who gets what, which line is a contact."""
