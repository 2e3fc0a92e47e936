"""The verbs, one module per noun: a session in, rules applied, facts recorded. They never commit."""
