"""Sending: the connection to the mail server, and the loop that empties the ledger into it."""
