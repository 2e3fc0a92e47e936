"""Reads that more than one caller needs: as few statements as the page can do with."""
