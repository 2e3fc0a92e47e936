"""HTML routes, one module per page group: parse, call, render or redirect."""
