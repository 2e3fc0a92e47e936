"""A service's web application, with all that is the same for the four."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from fastapi import APIRouter, FastAPI
from sqlalchemy.orm import Session, sessionmaker
from starlette.middleware import Middleware

from shared.database import make_engine, make_sessions
from shared.messaging.waking import Waker
from shared.service import Service, use
from shared.web import assets, failures, metrics
from shared.web.kept import SECONDS, KeptPages
from shared.web.middleware import (
    BodyLimit,
    Correlation,
    Failures,
    HeadRequests,
    SameOrigin,
    SecurityHeaders,
    SpokenLanguage,
)
from shared.web.sessions import in_one_thread
from shared.web.templating import make_environment

MAX_BODY = 2 * 1024 * 1024


def create_app(
    service: Service,
    routers: Sequence[APIRouter],
    *,
    sessions: sessionmaker[Session] | None = None,
    open_to_all: Sequence[str] = (),
    uploads: Mapping[str, int] | None = None,
    templates: Sequence[Path] = (),
) -> FastAPI:
    """The application that `python -m services.<name> web` runs.

    `sessions` is for tests that bring their own database. `open_to_all` are path prefixes that other sites may post to (one-click
    unsubscribe). `uploads` gives path prefixes that take larger bodies than `MAX_BODY`, and how many bytes.
    """
    use(service)
    settings = service.settings
    app = FastAPI(
        title=f"Träffpunkt: {service.name}",
        openapi_url=f"/api/{service.name}/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # we have our own
        middleware=[
            Middleware(Correlation, service=service.name),
            Middleware(KeptPages, settings=settings),
            Middleware(SpokenLanguage),
            Middleware(SecurityHeaders, settings=settings),
            Middleware(Failures),
            Middleware(SameOrigin, settings=settings, exempt=open_to_all),
            Middleware(BodyLimit, limit=MAX_BODY, larger=uploads or {}),
            Middleware(HeadRequests),
        ],
    )
    app.state.service = service
    app.state.settings = settings
    app.state.sessions = sessions or _sessions(service)
    app.state.page_seconds = SECONDS
    app.state.templates = make_environment(service.name, settings, extra=templates)
    failures.register(app)
    from shared.operations.pages import routers as operations  # its pages stand on this package

    for router in (assets.router, metrics.router, *operations(service.name), *routers):
        app.include_router(in_one_thread(router))
    return app


def _sessions(service: Service) -> sessionmaker[Session]:
    """Sessions on a pool of this process's own, which wake the relay when what they recorded is committed."""
    engine = make_engine(service.settings.database_url, application_name=f"{service.name} web", pool_size=10)
    return make_sessions(engine, service.name, waker=Waker(service.settings.redis_url))
