"""What somebody looks for: ids, or a person's address."""

import re
from uuid import UUID

from shared.operations.hooks import Clues
from shared.operations.timeline import MOST_IDS

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")


def read_search(typed: str) -> Clues | None:
    """The ids in what was typed or pasted (a page's address will do), or an e-mail address; None if it is neither."""
    words = typed.strip().lower()
    if ids := _ID.findall(words):
        return Clues(ids=frozenset(map(UUID, ids[:MOST_IDS])))
    return Clues(address=words) if _ADDRESS.fullmatch(words) else None
