"""The HTML pages: parse, call, render or redirect."""
