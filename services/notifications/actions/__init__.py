"""The verbs of notifications, one module a noun: session in, rules applied, facts recorded."""
