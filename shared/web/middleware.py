"""What surrounds every request: correlation, language, security headers, the origin check, and the last catch.

Plain ASGI, no BaseHTTPMiddleware: that one costs a task and a queue per request, and loses context variables.
"""

import time
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.i18n import LANGUAGES, SWEDISH, in_language, language
from shared.observability import correlated
from shared.settings import KernelSettings
from shared.web import metrics
from shared.web.failures import failure
from shared.web.staff import cookie_name

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


class Correlation:
    """Gives the request its id, tells it to the caller, and measures the request."""

    def __init__(self, app: ASGIApp, service: str) -> None:
        self.app = app
        self.service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["x-correlation-id"] = str(correlation)
            await send(message)

        with correlated() as correlation:
            try:
                await self.app(scope, receive, send_with_id)
            finally:
                metrics.observe(self.service, scope, status, time.perf_counter() - started)


class SpokenLanguage:
    """`/en/projekt` is `/projekt` in English: routes know one address, and `path()` writes the other."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        first, _, rest = scope["path"].removeprefix("/").partition("/")
        if first in LANGUAGES and first != SWEDISH:
            raw_path = scope.get("raw_path") or scope["path"].encode()
            scope.update(path=f"/{rest}", raw_path=raw_path[len(first) + 1 :] or b"/")
        with in_language(first):
            await self.app(scope, receive, send)


class SecurityHeaders:
    """What every answer says: what a browser may load, and who may keep a copy (nobody, unless the page says so)."""

    def __init__(self, app: ASGIApp, settings: KernelSettings) -> None:
        self.app = app
        self.headers = {
            "content-security-policy": _POLICY,
            "x-content-type-options": "nosniff",
            "referrer-policy": "same-origin",
            "permissions-policy": "camera=(), geolocation=(), microphone=(), browsing-topics=()",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
        }
        if settings.public_url.startswith("https://"):
            self.headers["content-security-policy"] += "; upgrade-insecure-requests"
            self.headers["strict-transport-security"] = "max-age=63072000; includeSubDomains"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
                is_page = headers.get("content-type", "").startswith("text/html")
                if is_page:
                    headers.setdefault("content-language", language())
                if is_page or message["status"] == 304:
                    headers.add_vary_header("Cookie, HX-Request")
            await send(message)

        await self.app(scope, receive, send_with_headers)


class Failures:
    """Catches what no handler knew, so that even then a person gets a page, with all headers and in their language."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def send_and_note(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, send_and_note)
        except Exception as error:
            if begun:
                raise
            await failure(Request(scope), error)(scope, receive, send)


class HeadRequests:
    """HEAD is answered like GET, without the body: link checkers and mail scanners ask so, and routes know only GET."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return
        as_get = {**scope, "method": "GET"}

        async def send_without_body(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        await self.app(as_get, receive, send_without_body)
        scope["route"] = as_get.get("route")


class BodyLimit:
    """Refuses a body that is too large, before it is read when its length is told, else as soon as it has grown too long.

    FastAPI's own limit stands outside every middleware and answers in plain text; this one is answered with a page.
    """

    def __init__(self, app: ASGIApp, limit: int, larger: Mapping[str, int]) -> None:
        self.app = app
        self.limit = limit
        self.larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = next((size for prefix, size in self.larger.items() if scope["path"].startswith(prefix)), self.limit)
        told = Headers(scope=scope).get("content-length", "")
        if told.isdigit() and int(told) > limit:
            raise HTTPException(413)
        size = 0

        async def receive_and_count() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > limit:
                raise HTTPException(413)
            return message

        await self.app(scope, receive_and_count, send)


class SameOrigin:
    """Refuses what another site makes a browser post here (CSRF), by what the browser itself says of the origin.

    Sec-Fetch-Site where there is one, else Origin against Host. Neither: no browser of these years, so let it pass, unless it
    carries a session. Safe methods change nothing and pass. `exempt` are path prefixes that anybody may post to.
    """

    _SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

    def __init__(self, app: ASGIApp, settings: KernelSettings, exempt: Sequence[str] = ()) -> None:
        self.app = app
        self.exempt = tuple(exempt)
        self.own = urlsplit(settings.public_url).netloc
        self.cookie = cookie_name(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._may_pass(scope):
            raise HTTPException(403)
        await self.app(scope, receive, send)

    def _may_pass(self, scope: Scope) -> bool:
        if scope["method"] in self._SAFE or scope["path"].startswith(self.exempt):
            return True
        headers = Headers(scope=scope)
        if site := headers.get("sec-fetch-site"):
            return site in {"same-origin", "none"}
        if origin := headers.get("origin"):
            return urlsplit(origin).netloc in {headers.get("host"), self.own}
        return f"{self.cookie}=" not in headers.get("cookie", "")
