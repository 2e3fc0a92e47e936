"""One sentence that the next page says ("Projektet är sparat."): a short signed cookie, for staff pages.

Visitors get no cookie: what a visitor's form leads to is a page of its own.
"""

from fastapi import Request
from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.responses import Response

from shared.settings import KernelSettings

_SECONDS = 60


def write(response: Response, message: str, settings: KernelSettings) -> None:
    """Have the next page say `message`."""
    secure = _is_https(settings)
    value = _signer(settings).dumps(message)
    response.set_cookie(_name(settings), value, max_age=_SECONDS, path="/", secure=secure, httponly=True, samesite="lax")


def read(request: Request, settings: KernelSettings) -> str:
    """What the last page wanted said; nothing when it is too old, or not ours."""
    signed = request.cookies.get(_name(settings))
    if not signed:
        return ""
    try:
        return str(_signer(settings).loads(signed, max_age=_SECONDS))
    except BadData:
        return ""


def clear(response: Response, settings: KernelSettings) -> None:
    """It has been said."""
    response.delete_cookie(_name(settings), path="/", secure=_is_https(settings), httponly=True, samesite="lax")


def _name(settings: KernelSettings) -> str:
    """Bound to this very host where browsers can do that (see `shared.web.staff.cookie_name`)."""
    return "__Host-flash" if _is_https(settings) else "flash"


def _is_https(settings: KernelSettings) -> bool:
    return settings.public_url.startswith("https://")


def _signer(settings: KernelSettings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.seal_key, salt="flash")
