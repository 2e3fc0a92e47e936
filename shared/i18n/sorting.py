"""Swedish alphabetical order, as a stored text: the database compares it byte by byte and needs no collation of its own."""

import unicodedata

_AFTER_Z = str.maketrans({"å": "{", "ä": "|", "æ": "|", "ö": "}", "ø": "}"})
_KEPT = str.maketrans({"{": " ", "|": " ", "}": " ", "~": " ", "ß": "ss", "ð": "d", "þ": "th", "ł": "l", "đ": "d"})


def sort_key(text: str) -> str:
    """What to order by: a to z, then å, ä, ö; other marks, case and punctuation do not count; digits come first."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    lowered = folded.translate(_KEPT).translate(_AFTER_Z)
    plain = "".join(c for c in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() or c in "{|}" else " " for c in plain).split())
