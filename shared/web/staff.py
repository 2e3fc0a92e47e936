"""Who of the staff is signed in, and what they may do.

The catalogue signs a session token (a JWT, Ed25519) into a cookie; every service verifies it with the public key. That what has
changed since takes effect at once, each service asks its own `staff_state` (one indexed query, on staff pages only).
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import Depends, Request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session
from starlette.responses import Response

from shared import clock
from shared.errors import Forbidden
from shared.settings import KernelSettings
from shared.staff import find_staff_state
from shared.web.sessions import SessionDep

SESSION_LIFETIME = timedelta(hours=10)
_ALGORITHMS = ["Ed25519"]

# A role -> the roles that may do what it may.
MAY = {
    "organiser": frozenset({"organiser", "administrator"}),
    "host": frozenset({"host", "organiser", "administrator"}),
    "operator": frozenset({"operator", "administrator"}),
    "administrator": frozenset({"administrator"}),
}


@dataclass(frozen=True)
class Staff:
    """A member of staff as the session says."""

    staff_id: UUID
    name: str
    email: str
    roles: frozenset[str]

    def may(self, role: str) -> bool:
        """Whether somebody with these roles may do what `role` may. An administrator may all."""
        return bool(self.roles & MAY[role])


class SignInNeeded(Exception):
    """Nobody is signed in, or the session is over: the error pages answer with the way to the sign-in."""


class _Claims(BaseModel):
    sub: UUID
    name: str
    email: str
    roles: frozenset[str]
    iat: float
    exp: float
    sid: str


def sign_session(private_key: str, staff: Staff, now: datetime, lifetime: timedelta = SESSION_LIFETIME) -> str:
    """The token for `set_session_cookie`. `private_key` is an Ed25519 JWK as JSON. Only the catalogue has it."""
    claims = {
        "sub": str(staff.staff_id),
        "name": staff.name,
        "email": staff.email,
        "roles": sorted(staff.roles),
        "iat": now.timestamp(),
        "exp": (now + lifetime).timestamp(),
        "sid": uuid4().hex,
    }
    return jwt.encode({"alg": "Ed25519"}, claims, _key(private_key), algorithms=_ALGORITHMS)


def set_session_cookie(response: Response, token: str, settings: KernelSettings) -> None:
    """Sign in on this browser. The cookie ends with the browser's session, or with the token."""
    response.set_cookie(cookie_name(settings), token, path="/", secure=_is_https(settings), httponly=True, samesite="lax")


def clear_session_cookie(response: Response, settings: KernelSettings) -> None:
    """Sign out on this browser."""
    response.delete_cookie(cookie_name(settings), path="/", secure=_is_https(settings), httponly=True, samesite="lax")


def cookie_name(settings: KernelSettings) -> str:
    """`__Host-` binds the cookie to this very host, but browsers take it only over https (RFC 6265bis, 4.1.3.2)."""
    return "__Host-session" if _is_https(settings) else "session"


def current_staff(request: Request) -> Staff | None:
    """Who the session cookie says is signed in: for what a page shows. What a page *does* is guarded by `require_role`."""
    session = _session(request)
    return session[0] if session else None


def require_role(role: str) -> Callable[[Request, Session], Staff]:
    """A dependency that lets those through who may do what `role` may.

    Signed out -> to the sign-in and back; lacking the role -> a 403 page. A changed or shut-out member of staff is known at once.
    """

    def check(request: Request, session: SessionDep) -> Staff:
        staff = _still_valid(request, session)
        if not staff.may(role):
            raise Forbidden
        return staff

    return check


def signed_in(request: Request, session: SessionDep) -> Staff:
    """A dependency for what any member of staff may do."""
    return _still_valid(request, session)


StaffDep = Annotated[Staff, Depends(signed_in, scope="function")]
OrganiserDep = Annotated[Staff, Depends(require_role("organiser"), scope="function")]
HostDep = Annotated[Staff, Depends(require_role("host"), scope="function")]
OperatorDep = Annotated[Staff, Depends(require_role("operator"), scope="function")]
AdministratorDep = Annotated[Staff, Depends(require_role("administrator"), scope="function")]


def _still_valid(request: Request, session: Session) -> Staff:
    found = _session(request)
    if found is None:
        raise SignInNeeded
    staff, signed_at = found
    state = find_staff_state(session, staff.staff_id)
    if state is None:
        return staff
    if not state.active or signed_at < state.sessions_valid_from.timestamp():
        raise SignInNeeded
    current = Staff(staff.staff_id, staff.name, staff.email, frozenset(state.roles))
    request.state.staff = (current, signed_at)
    return current


def _session(request: Request) -> tuple[Staff, float] | None:
    if not hasattr(request.state, "staff"):
        settings: KernelSettings = request.app.state.settings
        token = request.cookies.get(cookie_name(settings))
        request.state.staff = _verified(token, settings.session_public_key) if token else None
    session: tuple[Staff, float] | None = request.state.staff
    return session


def _verified(token: str, public_key: str) -> tuple[Staff, float] | None:
    try:
        claims = _Claims.model_validate(jwt.decode(token, _key(public_key), algorithms=_ALGORITHMS).claims)
    except (JoseError, ValidationError, ValueError):
        return None
    if claims.exp <= clock.now().timestamp():
        return None
    return Staff(claims.sub, claims.name, claims.email, claims.roles), claims.iat


@lru_cache(maxsize=8)
def _key(jwk: str) -> OKPKey:
    parts = json.loads(jwk)
    return OKPKey.import_key({name: parts[name] for name in ("kty", "crv", "x", "d") if name in parts})


def _is_https(settings: KernelSettings) -> bool:
    return settings.public_url.startswith("https://")
