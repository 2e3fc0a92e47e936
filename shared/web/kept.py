"""Pages kept for a moment: what a crowd asks for at the same time is written once, not once for each.

Only for visitors without any cookie, and only what is the same for all of them: a page that `public()` lets caches keep, or a
form that `same_for_all()` says differs in nothing but its key and the stamp of when it was shown. A page is at most `SECONDS`
old, and once more as old while one request writes it anew; when that gives no page, or when staff change something here, it is
forgotten at once.
"""

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.secrets import new_token
from shared.settings import KernelSettings
from shared.web.bots import form_stamp

SECONDS = 1.0
PAGES = 300
"""Addresses of which a page is kept at the most."""
LARGEST = 200_000
"""Bytes of a page that is kept: with `PAGES`, the bound of what all of them take."""
LONGEST_QUERY = 200
"""Nobody links to longer ones: they are not kept, lest somebody fill the memory with them."""

# Random, so that nothing that anybody writes can be one.
FORM_KEY = f"key-{secrets.token_hex(12)}"
FORM_STAMP = f"stamp-{secrets.token_hex(12)}"
_FILLED_IN: dict[bytes, Callable[[KernelSettings], str]] = {
    FORM_KEY.encode(): lambda _settings: new_token(),
    FORM_STAMP.encode(): form_stamp,
}
_SAME = b"x-same-for-all"
_Headers = list[tuple[bytes, bytes]]


def same_for_all(request: Request, response: Response) -> Response:
    """A page with `FORM_KEY` and `FORM_STAMP` in place of these: each visitor gets one's own. No cache but ours keeps it."""
    response.headers[_SAME.decode()] = request.scope["path"]
    return response


@dataclass
class Kept:
    """A page as it was answered."""

    status: int
    headers: _Headers
    body: bytes
    route: Any
    until: float
    with_marks: bool
    etag: bytes


class KeptPages:
    """Answers from what is kept, and keeps what may be."""

    def __init__(self, app: ASGIApp, settings: KernelSettings) -> None:
        self.app = app
        self.settings = settings
        self.pages: OrderedDict[tuple[str, bytes], Kept] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = {name: value for name, value in scope["headers"] if name in _MATTER}
        seconds: float = scope["app"].state.page_seconds
        place = scope["path"], scope["query_string"]
        too_long = len(scope["query_string"]) > LONGEST_QUERY
        if scope["method"] != "GET" or given.keys() & _PERSONAL or too_long or not seconds:
            await self.app(scope, receive, _Filling(self, scope, send, None))
            if b"cookie" in given and scope["method"] not in {"GET", "HEAD"}:
                self.pages.clear()
            return
        page, now = self.pages.get(place), time.monotonic()
        if page is not None and now < page.until:
            scope["route"] = page.route
            await self._answer(page, given.get(b"if-none-match", b""), send)
            return
        if page is not None:
            page.until = now + seconds  # while one request writes it anew, the others still get this one
        await self.app(scope, receive, _Filling(self, scope, send, (place, now + seconds)))

    async def _answer(self, page: Kept, known: bytes, send: Send) -> None:
        if page.etag and page.etag in known:
            headers = [(name, value) for name, value in page.headers if name not in _OF_BODY]
            await send({"type": "http.response.start", "status": 304, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        headers, body = list(page.headers), page.body
        if page.with_marks:
            headers, body = fill_in(headers, body, self.settings)
        await send({"type": "http.response.start", "status": page.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def forget(self, place: tuple[str, bytes]) -> None:
        """It is not there any more, or nobody knows whether it is."""
        self.pages.pop(place, None)

    def keep(self, place: tuple[str, bytes], page: Kept) -> None:
        """Until it is too old, or there are too many."""
        self.pages[place] = page
        self.pages.move_to_end(place)
        if len(self.pages) > PAGES:
            self.pages.popitem(last=False)


_PERSONAL = frozenset({b"cookie", b"authorization", b"hx-request", b"range"})
_MATTER = _PERSONAL | {b"if-none-match"}
_OF_BODY = frozenset({b"content-length", b"content-type"})


class _Filling:
    """Sends an answer on, its marks filled in; keeps it before, if it may be kept and there is a `place` for it."""

    def __init__(self, pages: KeptPages, scope: Scope, send: Send, place: tuple[tuple[str, bytes], float] | None) -> None:
        self._pages, self._scope, self._send, self._place = pages, scope, send, place
        self._start: Message | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers: _Headers = list(message["headers"])
            with_marks = any(name == _SAME for name, _ in headers)
            may_keep = self._place is not None and message["status"] == 200 and _same_for_all(headers)
            if self._place is not None and not may_keep:
                self._pages.forget(self._place[0])
            if not with_marks and not may_keep:
                await self._send(message)
                return
            self._start = {**message, "headers": [(name, value) for name, value in headers if name != _SAME]}
            self._with_marks, self._may_keep = with_marks, may_keep
            return
        if self._start is None or message["type"] != "http.response.body":
            await self._send(message)
            return
        start, self._start = self._start, None
        headers, body = start["headers"], message.get("body", b"")
        if self._may_keep and self._place is not None and not message.get("more_body") and len(body) <= LARGEST:
            place, until = self._place
            etag = next((value.removeprefix(b"W/") for name, value in headers if name == b"etag"), b"")
            page = Kept(start["status"], headers, body, self._scope.get("route"), until, self._with_marks, etag)
            self._pages.keep(place, page)
        if self._with_marks:
            headers, body = fill_in(headers, body, self._pages.settings)
        await self._send({**start, "headers": headers})
        await self._send({**message, "body": body})


def fill_in(headers: _Headers, body: bytes, settings: KernelSettings) -> tuple[_Headers, bytes]:
    """The page with this visitor's own key and stamp. An answer to HEAD has no body, and does not say how long it would be."""
    if not body:
        return [(name, value) for name, value in headers if name != b"content-length"], body
    for mark, value in _FILLED_IN.items():
        body = body.replace(mark, value(settings).encode())
    length = str(len(body)).encode()
    return [(name, length if name == b"content-length" else value) for name, value in headers], body


def _same_for_all(headers: _Headers) -> bool:
    said = any(name == _SAME or (name == b"cache-control" and b"s-maxage" in value) for name, value in headers)
    return said and not any(name == b"set-cookie" for name, _ in headers)
