"""/drift: the frame, and all that stands under /drift/<service>. For operators and administrators."""

from fastapi import APIRouter

from shared.operations.pages import control, failures, history, log, now, reconciliation, tracing


def router(service: str) -> APIRouter:
    """The routes of one service: its health, the frames that any service can serve, and its own part of each."""
    routes = APIRouter(include_in_schema=False)
    for part in (now, failures, control, history, log, reconciliation, tracing):
        routes.include_router(part.router(service))
    return routes


__all__ = ["router"]
