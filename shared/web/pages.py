"""What a page function answers with: a page, a redirect, or a page that caches may keep."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from shared.i18n import language
from shared.web import flash as flashes
from shared.web.staff import current_staff
from shared.web.templating import path


def render(request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """The page. With a status of 400 and up nothing that the request changed is kept (see `shared.web.sessions`)."""
    request.state.refused = status >= 400
    settings = request.app.state.settings
    notice = flashes.read(request, settings)
    html = request.app.state.templates.get_template(template).render(
        request=request,
        staff=current_staff(request),
        lang=language(),
        here=request.scope["path"],
        public_url=settings.public_url,
        flash=notice,
        **context,
    )
    response = HTMLResponse(html, status_code=status)
    if notice:
        flashes.clear(response, settings)
    return response


def redirect(request: Request, to: str, *, flash: str = "") -> RedirectResponse:
    """303 to a page of this site, in the language of this request. `flash` is said once at the top of that page (for staff)."""
    response = RedirectResponse(path(to), status_code=303)
    if flash:
        flashes.write(response, flash, request.app.state.settings)
    return response


def public(request: Request, response: Response, *, seconds: int = 60) -> Response:
    """Let shared caches keep a page that is the same for every visitor, and let browsers ask whether it has changed.

    A signed-in member of staff gets their own copy: the header shows their name.
    """
    if response.status_code != 200 or current_staff(request) is not None:
        return response
    etag = f'W/"{hashlib.sha256(response.body).hexdigest()[:20]}"'
    headers = {"cache-control": f"public, max-age=0, s-maxage={seconds}, stale-if-error=600", "etag": etag}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return response


@dataclass(frozen=True)
class Pagination:
    """Which part of a long list is shown. `{{ content.pagination(pages) }}` writes the links; the first page is number 1."""

    number: int
    total: int
    """How many things there are in all."""
    address: str
    query: Mapping[str, str]
    size: int = 25

    @classmethod
    def of(cls, request: Request, total: int, size: int = 25) -> "Pagination":
        """The page that the address asks for (`?sida=3`), or the nearest there is."""
        asked = request.query_params.get("sida", "1")
        last = max(1, -(-total // size))
        number = min(max(1, int(asked)), last) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 1
        others = {name: value for name, value in request.query_params.items() if name != "sida"}
        return cls(number, total, request.scope["path"], others, size)

    @property
    def last(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def offset(self) -> int:
        """For the query: `.limit(pages.size).offset(pages.offset)`."""
        return (self.number - 1) * self.size

    def link(self, number: int) -> str:
        """The address of page `number`, with the same search."""
        query = urlencode({**self.query, **({"sida": number} if number > 1 else {})})
        return path(self.address) + (f"?{query}" if query else "")

    def numbers(self) -> list[int | None]:
        """The numbers to show: the first, the last, and those around this one; None where some are left out."""
        near = {1, self.last, *range(max(1, self.number - 1), min(self.last, self.number + 1) + 1)}
        shown: list[int | None] = []
        for number in sorted(near):
            if shown and number - (shown[-1] or 0) > 1:
                shown.append(number - 1 if number - (shown[-1] or 0) == 2 else None)
            shown.append(number)
        return shown
