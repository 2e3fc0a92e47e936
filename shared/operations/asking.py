"""What somebody looks for, and how it travels: ids in the open; an address sealed, so that no log or history holds it.

The seal is bound to who asked, and holds for an hour: a link that is passed on opens nothing.
"""

import json
import re
from datetime import datetime, timedelta
from uuid import UUID

from cryptography.fernet import InvalidToken

from shared.errors import DomainError
from shared.operations.hooks import Clues
from shared.operations.timeline import MOST_IDS
from shared.secrets import seal, unseal

HOLDS = timedelta(hours=1)
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")


class SearchIsOver(DomainError):
    """Sökningen gäller inte längre. Sök igen: en sökning på en adress gäller i en timme, för den som gjorde den."""


def read_search(typed: str) -> Clues | None:
    """The ids in what was typed or pasted (a page's address will do), or an e-mail address; None if it is neither."""
    words = typed.strip().lower()
    if ids := _ID.findall(words):
        return Clues(ids=frozenset(map(UUID, ids[:MOST_IDS])))
    return Clues(address=words) if _ADDRESS.fullmatch(words) else None


def seal_address(address: str, staff_id: UUID, now: datetime) -> str:
    """For an address bar."""
    return seal(json.dumps({"address": address, "by": str(staff_id), "at": now.timestamp()}))


def open_address(sealed: str, staff_id: UUID, now: datetime) -> str:
    """What was sealed. Raises `SearchIsOver` for another's, an old or a broken seal."""
    try:
        asked = json.loads(unseal(sealed))
        age = now.timestamp() - asked["at"]
    except (InvalidToken, ValueError, KeyError, TypeError):
        raise SearchIsOver from None
    if asked["by"] != str(staff_id) or not 0 <= age <= HOLDS.total_seconds():
        raise SearchIsOver
    return str(asked["address"])
