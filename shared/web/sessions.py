"""One transaction per request, committed here and nowhere else."""

import inspect
from collections.abc import AsyncIterator, Callable
from functools import wraps
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.routing import APIRoute
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool


async def get_session(request: Request) -> AsyncIterator[Session]:
    """The request's session. What raises, or renders an error page, leaves nothing behind.

    The commit comes before the answer is sent (`scope="function"`): a commit that fails is never answered with "saved".
    A session connects at its first statement, and `committing` has ended the transaction in the page function's own thread:
    what is left for another thread is the transaction of a page function that raised, or is `async`.
    """
    session: Session = request.app.state.sessions()
    session.info["request"] = request
    try:
        yield session
        if session.in_transaction():
            await run_in_threadpool(finish, session)
    finally:
        if session.in_transaction():
            await run_in_threadpool(session.close)
        else:
            session.close()


def finish(session: Session) -> None:
    """End the request's transaction, as the page function's answer says."""
    with session:
        if getattr(session.info["request"].state, "refused", False):
            session.rollback()
        else:
            session.commit()


def committing(router: APIRouter) -> APIRouter:
    """Have the router's page functions end the request's transaction themselves: one change of threads less a request."""
    for route in router.routes:
        if isinstance(route, APIRoute) and not hasattr(route.endpoint, "commits"):
            route.endpoint = _committing(route.endpoint)
    return router


def _committing(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    wanted = inspect.signature(endpoint).parameters.values()
    names = [parameter.name for parameter in wanted if parameter.annotation is SessionDep]
    if inspect.iscoroutinefunction(endpoint) or not names:
        return endpoint
    [name] = names

    @wraps(endpoint)
    def page(**arguments: Any) -> Any:
        session: Session = arguments[name]
        response = endpoint(**arguments)
        if session.in_transaction():
            finish(session)
        return response

    page.__dict__["commits"] = True
    return page


SessionDep = Annotated[Session, Depends(get_session, scope="function")]
