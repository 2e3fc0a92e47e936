"""What a person sees when something goes wrong: what it was, and what to do next, in their language.

The JSON APIs answer the same as problem details (RFC 9457).
"""

from typing import Any
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from psycopg import OperationalError as DatabaseGone
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from shared.errors import DomainError
from shared.i18n import N_, _
from shared.observability import correlation_id, log
from shared.web.pages import render
from shared.web.sessions import abandon
from shared.web.staff import SignInNeeded
from shared.web.templating import path

_log = log(__name__)

PAGES = {
    400: (N_("Begäran gick inte att förstå"), N_("Gå tillbaka, ladda om sidan och försök igen.")),
    403: (
        N_("Du får inte göra det här"),
        N_("Gå tillbaka, ladda om sidan och försök igen. Hjälper det inte kan du kontakta oss."),
    ),
    404: (
        N_("Sidan finns inte"),
        N_("Kontrollera att adressen är rätt skriven. Sidan kan också ha flyttats eller tagits bort: leta från startsidan."),
    ),
    405: (N_("Så kan sidan inte användas"), N_("Gå till startsidan och leta dig fram därifrån.")),
    409: (N_("Det gick inte"), N_("Gå tillbaka och försök igen.")),
    410: (N_("Länken gäller inte längre"), N_("Be om en ny länk, eller gå till startsidan.")),
    413: (N_("Det du skickade är för stort"), N_("Gå tillbaka och välj en mindre fil, eller skriv en kortare text.")),
    422: (N_("Något i adressen stämmer inte"), N_("Kontrollera att länken kom med i sin helhet, eller gå till startsidan.")),
    429: (N_("Vänta en stund"), N_("Försök igen om en minut.")),
    500: (
        N_("Något gick fel hos oss"),
        N_("Felet är registrerat. Försök igen om en stund. Hjälper det inte kan du kontakta oss och ange numret nedan."),
    ),
    503: (N_("Tjänsten kan inte nås just nu"), N_("Det du skrev är inte sparat. Vänta någon minut och försök igen.")),
}


def register(app: FastAPI) -> None:
    """Have `app` answer every known failure with a page. What is unknown reaches `shared.web.middleware.Failures`."""
    for kind in (HTTPException, DomainError, RequestValidationError, SignInNeeded, DBAPIError, PoolExhausted, DatabaseGone):
        app.add_exception_handler(kind, failure)


def failure(request: Request, error: Exception) -> Response:
    """The answer to `error`: to the sign-in, or a page (problem details for an API) with the error's own status."""
    abandon(request)
    if isinstance(error, SignInNeeded) and not _is_api(request):
        return RedirectResponse(f"{path('/logga-in')}?next={quote(_way_back(request))}", status_code=303)
    status, explanation, headers = _meaning(error)
    if status >= 500:
        # The route, not the address: an address can hold somebody's token.
        _log.error("request_failed", status=status, route=getattr(request.scope.get("route"), "path", "(none)"), exc_info=error)
    title, advice = (_(text) for text in PAGES.get(status, PAGES[400 if status < 500 else 500]))
    if _is_api(request):
        problem: dict[str, Any] = {
            "title": title,
            "status": status,
            "detail": explanation or advice,
            "correlation": str(correlation_id()),
        }
        if isinstance(error, RequestValidationError):
            problem["errors"] = [{"at": list(wrong["loc"]), "detail": wrong["msg"]} for wrong in error.errors()]
        return JSONResponse(problem, status, headers=headers, media_type="application/problem+json")
    response = render(
        request, "error.html", status=status, title=title, explanation=explanation or advice, reference=correlation_id()
    )
    response.headers.update(headers)
    return response


def _meaning(error: Exception) -> tuple[int, str, dict[str, str]]:
    """Status, an explanation if the error has one of its own, and headers."""
    if isinstance(error, DomainError):
        wait = {"retry-after": str(error.facts["seconds"])} if error.status == 429 else {}
        return error.status, str(error), wait
    if isinstance(error, SignInNeeded):
        return 401, "", {}
    if isinstance(error, RequestValidationError):
        return 422, "", {}
    if isinstance(error, HTTPException):
        return error.status_code, "", dict(error.headers or {})
    if isinstance(error, PoolExhausted | DatabaseGone) or (isinstance(error, DBAPIError) and _is_away(error)):
        return 503, "", {"retry-after": "30"}
    return 500, "", {}


def _is_away(error: DBAPIError) -> bool:
    return error.connection_invalidated or isinstance(error.orig, DatabaseGone)


def _is_api(request: Request) -> bool:
    return bool(request.scope["path"].startswith(("/api/", "/healthz")))


def _way_back(request: Request) -> str:
    """Where to be after signing in: this page, or the page whose form was sent."""
    if request.method in {"GET", "HEAD"}:
        query = request.scope["query_string"].decode("latin-1")
        return path(request.scope["path"]) + (f"?{query}" if query else "")
    return urlsplit(request.headers.get("referer", "")).path or path("/arbeta")
