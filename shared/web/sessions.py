"""One transaction per request, committed here and nowhere else, by the thread that the page function runs in.

Every change of threads costs a request as much as two statements do. So what surrounds a page function (its limits, its
transaction, its uploads) is done where it runs.
"""

import inspect
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, ExitStack
from functools import wraps
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.routing import APIRoute
from sqlalchemy.orm import Session
from starlette.datastructures import FormData, UploadFile

Guard = Callable[[Request], AbstractContextManager[None]]
"""What is entered before the page function runs, and left after its transaction has ended; it may refuse by raising."""


async def get_session(request: Request) -> Session:
    """The request's session; it connects at its first statement.

    The page function's answer is sent when it is committed, never before. What raises, or renders an error page, leaves
    nothing behind.
    """
    session: Session = request.app.state.sessions()
    session.info["request"] = request
    request.state.session = session
    return session


SessionDep = Annotated[Session, Depends(get_session)]


_REQUEST = inspect.Parameter("surrounded_request", inspect.Parameter.KEYWORD_ONLY, annotation=Request)
"""What a page function that does not ask for the request is given nevertheless, for what surrounds it."""


def guarded(guard: Guard) -> Any:
    """A dependency that has `guard` stand around the page function, in its thread."""

    async def note(request: Request) -> None:
        request.state.guards = [*getattr(request.state, "guards", ()), guard]

    note.__dict__["is_guard"] = True
    return Depends(note)


def abandon(request: Request) -> None:
    """Roll back what a dependency has begun, when the page function was never reached."""
    session: Session | None = getattr(request.state, "session", None)
    if session is not None:
        session.close()


def in_one_thread(router: APIRouter) -> APIRouter:
    """Have the router's page functions run with all that surrounds them. Raises TypeError for one that cannot.

    A router within it is refused too: its page functions would be left out, and commit nothing.
    """
    for route in router.routes:
        if not isinstance(route, APIRoute):
            raise TypeError(f"{route!r} is no page function: give the app each router by itself")
        if not hasattr(route.endpoint, "surrounded"):
            route.endpoint = _surrounded(route.endpoint, is_guarded=any(map(_is_guard, route.dependencies)))
    return router


def _is_guard(dependency: Any) -> bool:
    return hasattr(dependency.dependency, "is_guard")


def _surrounded(endpoint: Callable[..., Any], *, is_guarded: bool) -> Callable[..., Any]:
    signature = inspect.signature(endpoint)
    parameters = list(signature.parameters.values())
    if inspect.iscoroutinefunction(endpoint):
        if is_guarded or any(parameter.annotation is SessionDep for parameter in parameters):
            raise TypeError(f"{endpoint.__qualname__} is async: with a session or a limit it must not be")
        return endpoint
    given = next((parameter.name for parameter in parameters if parameter.annotation is Request), None)

    @wraps(endpoint)
    def page(**arguments: Any) -> Any:
        request: Request = arguments[given] if given else arguments.pop(_REQUEST.name)
        with ExitStack() as stack:
            for guard in getattr(request.state, "guards", ()):
                stack.enter_context(guard(request))
            try:
                return _in_transaction(request, endpoint, arguments)
            finally:
                _close_uploads(arguments.values())

    page.__dict__["surrounded"] = True
    if not given:
        page.__dict__["__signature__"] = signature.replace(parameters=[*parameters, _REQUEST])
    return page


def _in_transaction(request: Request, endpoint: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    session: Session | None = getattr(request.state, "session", None)
    if session is None:
        return endpoint(**arguments)
    with session:
        response = endpoint(**arguments)
        if session.in_transaction():
            finish(session)
    return response


def finish(session: Session) -> None:
    """End the request's transaction, as the page function's answer says."""
    if getattr(session.info["request"].state, "refused", False):
        session.rollback()
    else:
        session.commit()


def _close_uploads(arguments: Iterable[Any]) -> None:
    for form in arguments:
        if isinstance(form, FormData):
            for _name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    value.file.close()
