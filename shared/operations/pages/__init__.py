"""/drift: the frame, and all that stands under /drift/<service>. For operators and administrators."""

from fastapi import APIRouter

from shared.operations.pages import control, failures, history, log, now, reconciliation, tracing


def routers(service: str) -> list[APIRouter]:
    """The routes of one service: its health, the frames that any service can serve, and its own part of each."""
    return [part.router(service) for part in (now, failures, control, history, log, reconciliation, tracing)]


__all__ = ["routers"]
