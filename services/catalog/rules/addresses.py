"""What may stand in an address of this site."""

import re
from urllib.parse import urlsplit

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LONGEST_SLUG = 80
_LETTERS = str.maketrans("åäöæøéèüáàêëíóúçñ", "aaoaoeeuaaeeioucn")


def slugify(title: str) -> str:
    """A title as a part of an address: "Näringslivets gröna omställning" → "naringslivets-grona-omstallning"."""
    plain = title.casefold().translate(_LETTERS)
    slug = "-".join(re.findall(r"[a-z0-9]+", plain))
    return slug[:LONGEST_SLUG].strip("-") or "projekt"


def local_path(address: str, otherwise: str) -> str:
    r"""`address` if it is a path on this very site, else `otherwise`.

    What a sign-in leads to comes from the address bar: a link that somebody else made must not lead to another site, however
    it is written (browsers read "\" as "/" and drop tabs and line breaks).
    """
    if not address.startswith("/") or address.startswith("//") or "\\" in address or not address.isprintable() or " " in address:
        return otherwise
    try:
        parts = urlsplit(address)
    except ValueError:
        return otherwise
    return address if not parts.scheme and not parts.netloc else otherwise
