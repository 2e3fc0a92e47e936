"""How many requests, how fast, by route: for Prometheus at /metrics (which the gateway does not let out)."""

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, Histogram, generate_latest
from starlette.responses import Response
from starlette.types import Scope

router = APIRouter(include_in_schema=False)

_SECONDS = Histogram(
    "traffpunkt_http_request_seconds",
    "Requests by route, method and class of status.",
    ["service", "method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def observe(service: str, scope: Scope, status: int, seconds: float) -> None:
    """One request has been answered. Addresses that no route knows count together: an address can hold a token."""
    route = getattr(scope.get("route"), "path", "(none)")
    method = scope["method"] if scope["method"] in _METHODS else "OTHER"
    _SECONDS.labels(service, method, route, f"{status // 100}xx").observe(seconds)


@router.get("/metrics")
def metrics() -> Response:
    """All measurements of this process, in Prometheus' text format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
