"""What staff search for where it may be somebody's name or address: posted, then sealed in the address of the page that answers:
no log and no history holds it.

    @router.get("/arbeta/personer")
    def show(request: Request, session: SessionDep, staff: OrganiserDep) -> Response:
        words = searched(request, staff)
        …

    @router.post("/arbeta/personer/sok")
    def search(request: Request, staff: OrganiserDep, form: FormDep) -> Response:
        return to_what_is_searched(request, staff, form)

The seal is bound to who asked, and holds for an hour: a link that is passed on opens nothing.
"""

import json
from datetime import datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from cryptography.fernet import InvalidToken
from fastapi import Request
from starlette.datastructures import FormData
from starlette.responses import Response

from shared.clock import now
from shared.errors import DomainError
from shared.secrets import seal, unseal
from shared.web.pages import redirect
from shared.web.staff import Staff

HOLDS = timedelta(hours=1)
LONGEST = 200
"""Characters of a search that are read."""


class SearchIsOver(DomainError):
    """Sökningen gäller inte längre. Sök igen: en sökning gäller i en timme, för den som gjorde den."""


def seal_search(words: str, staff_id: UUID, at: datetime) -> str:
    """For an address bar."""
    return seal(json.dumps({"words": words, "by": str(staff_id), "at": at.timestamp()}))


def open_search(sealed: str, staff_id: UUID, at: datetime) -> str:
    """What was sealed. Raises `SearchIsOver` for another's, an old or a broken seal."""
    try:
        asked = json.loads(unseal(sealed))
        age = at.timestamp() - asked["at"]
    except (InvalidToken, ValueError, KeyError, TypeError):
        raise SearchIsOver from None
    if asked["by"] != str(staff_id) or not 0 <= age <= HOLDS.total_seconds():
        raise SearchIsOver
    return str(asked["words"])


def searched(request: Request, staff: Staff) -> str:
    """What the page's address says that is searched for; "" if nothing is. Raises `SearchIsOver`."""
    sealed = request.query_params.get("sok")
    return open_search(sealed, staff.staff_id, now()) if sealed else ""


def to_what_is_searched(request: Request, staff: Staff, form: FormData) -> Response:
    """From `…/sok`, where a page's search was posted, to that page: with `sok` sealed, and what else narrows it in the open."""
    asked = {name: value.strip() for name, value in form.items() if isinstance(value, str) and value.strip()}
    if "sok" in asked:
        asked["sok"] = seal_search(asked["sok"][:LONGEST], staff.staff_id, now())
    page = request.scope["path"].removesuffix("/sok")
    return redirect(request, f"{page}?{urlencode(asked)}" if asked else page)
