"""The inbox's SMTP server, page and API, in one event loop. `/inkorg` is for people, `/inkorg/api/messages` for programs."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from aiosmtpd.smtp import SMTP, Envelope, Session
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from deploy.local.inbox.mail import Mail, Part, read, shown_html
from deploy.local.inbox.store import Store, Summary

FOLDER = Path(__file__).parent
PAGE = 50
LARGEST_MAIL = 30_000_000
SANDBOX = "allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"
PAGE_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'"
MAIL_POLICY = f"sandbox {SANDBOX}; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; font-src data:"
"""A mail may look as it likes; it runs no script and asks no other server for anything."""
LINK = re.compile(r"(https?://[^\s<>\"]*[^\s<>\".,;:!?)\]])")
SHOWABLE = {"image/png", "image/jpeg", "image/gif", "image/webp"}


class Delivery:
    """What aiosmtpd does with a mail: keep it, then say so."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep it. An exception is answered with 500 by aiosmtpd, so the sender keeps what we could not."""
        content = envelope.content
        raw = content.encode() if isinstance(content, str) else content or b""
        number = self._store.add(envelope.mail_from or "", envelope.rcpt_tos, raw, now=datetime.now(UTC))
        return f"250 2.0.0 kept as {number}"


class Pages:
    """The page and the API."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._templates = Environment(
            loader=FileSystemLoader(FOLDER / "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True
        )
        self._templates.filters["linked"] = linked
        self._templates.filters["clock"] = lambda at: at.astimezone().strftime("%Y-%m-%d %H.%M.%S")

    async def list(self, request: Request) -> Response:
        """All mails, newest first, page by page; `till` and `sok` choose."""
        to, search = request.query_params.get("till", ""), request.query_params.get("sok", "")
        before = _number(request.query_params.get("fore"))
        found = self._store.find(to=to, search=search, before=before, limit=PAGE + 1)
        return self._render(
            "list.html",
            mails=found[:PAGE],
            older=found[PAGE - 1].id if len(found) > PAGE else None,
            first_page=before is None,
            to=to,
            search=search,
            count=self._store.count(),
        )

    async def show(self, request: Request) -> Response:
        """One mail: its HTML in a sandboxed frame, its text, files, headers."""
        summary, mail, _ = self._mail(request)
        return self._render("mail.html", summary=summary, mail=mail, sandbox=SANDBOX)

    async def html(self, request: Request) -> Response:
        """The mail's own HTML, for the frame."""
        summary, mail, _ = self._mail(request)
        return HTMLResponse(shown_html(mail, f"/inkorg/{summary.id}"), headers={"Content-Security-Policy": MAIL_POLICY})

    async def raw(self, request: Request) -> Response:
        """The mail as it came, as text to read."""
        _, _, raw = self._mail(request)
        return Response(raw, media_type="text/plain; charset=utf-8", headers={"X-Content-Type-Options": "nosniff"})

    async def part(self, request: Request) -> Response:
        """A part to download; pictures may also be shown."""
        _, mail, _ = self._mail(request)
        number = int(request.path_params["part"])
        if number >= len(mail.parts):
            raise HTTPException(404)
        return _download(mail.parts[number], shown="visa" in request.query_params)

    async def api_list(self, request: Request) -> Response:
        """JSON, newest first: `to` is exactly a recipient, `since` a time (ISO 8601) after which it was received."""
        query = request.query_params
        try:
            since = datetime.fromisoformat(query["since"].replace(" ", "+")) if query.get("since") else None
            limit = int(query.get("limit") or -1)
        except ValueError:
            return JSONResponse({"error": "since must be a time in ISO 8601, limit a number"}, 422)
        if since is not None and since.tzinfo is None:
            since = since.replace(tzinfo=UTC)
        return JSONResponse([_as_json(mail) for mail in self._store.find(to=query.get("to", ""), since=since, limit=limit)])

    async def api_get(self, request: Request) -> Response:
        """The raw mail."""
        _, _, raw = self._mail(request)
        return Response(raw, media_type="message/rfc822")

    async def style(self, _request: Request) -> Response:
        """The page's style sheet."""
        return Response((FOLDER / "templates" / "inbox.css").read_bytes(), media_type="text/css")

    def _mail(self, request: Request) -> tuple[Summary, Mail, bytes]:
        found = self._store.get(int(request.path_params["id"]))
        if found is None:
            raise HTTPException(404)
        return found[0], read(found[1]), found[1]

    def _render(self, template: str, **context: object) -> Response:
        html = self._templates.get_template(template).render(context)
        return HTMLResponse(html, headers={"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-store"})

    async def missing(self, _request: Request, _error: Exception) -> Response:
        """A mail that is not there."""
        response = self._render("missing.html")
        response.status_code = 404
        return response


def make_app(store: Store, *, smtp_port: int, host: str = "127.0.0.1") -> Starlette:
    """The web application; while it runs, so does the SMTP server."""

    @asynccontextmanager
    async def smtp(_app: Starlette) -> AsyncIterator[None]:
        server = await asyncio.get_running_loop().create_server(
            lambda: SMTP(
                Delivery(store),
                data_size_limit=LARGEST_MAIL,
                enable_SMTPUTF8=True,
                ident="inbox",
            ),
            host,
            smtp_port,
        )
        yield
        server.close()

    pages = Pages(store)
    routes = [
        Route("/inkorg", pages.list),
        Route("/inkorg/inbox.css", pages.style),
        Route("/inkorg/api/messages", pages.api_list),
        Route("/inkorg/api/messages/{id:int}", pages.api_get),
        Route("/inkorg/{id:int}", pages.show),
        Route("/inkorg/{id:int}/html", pages.html),
        Route("/inkorg/{id:int}/raw", pages.raw),
        Route("/inkorg/{id:int}/del/{part:int}", pages.part),
    ]
    return Starlette(routes=routes, lifespan=smtp, exception_handlers={404: pages.missing})


def linked(text: str) -> Markup:
    """Plain text with its addresses as links."""
    pieces = (
        Markup('<a href="{0}">{0}</a>').format(piece) if odd % 2 else escape(piece) for odd, piece in enumerate(LINK.split(text))
    )
    return Markup("").join(pieces)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() else None


def _as_json(mail: Summary) -> dict[str, object]:
    return {
        "id": mail.id,
        "from": mail.sender,
        "to": list(mail.to),
        "subject": mail.subject,
        "date": mail.date,
        "received_at": mail.received_at.isoformat(),
        "message_id": mail.message_id,
    }


def _download(part: Part, *, shown: bool) -> Response:
    if shown and part.content_type in SHOWABLE:
        return Response(part.content, media_type=part.content_type, headers={"X-Content-Type-Options": "nosniff"})
    headers = {
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(part.filename, safe='')}",
    }
    return Response(part.content, media_type=part.content_type, headers=headers)
