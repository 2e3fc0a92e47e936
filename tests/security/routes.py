"""Every route of an application, with an address that it matches."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
ANY_ID = UUID("01900000-0000-7000-8000-000000000001")
ANY_TOKEN = "x" * 43


@dataclass(frozen=True)
class Route:
    """One method of one route."""

    method: str
    template: str
    address: str
    """The template with something in its place for each parameter: nothing that exists."""

    def __str__(self) -> str:
        return f"{self.method} {self.template}"


def routes_of(app: Any) -> list[Route]:
    """All of them, those of included routers too."""
    found = [
        Route(method, route.path, _address(route))
        for entry in app.routes
        for route in _routes(entry)
        for method in sorted(route.methods)
    ]
    assert len(found) > 12
    return found


def _routes(entry: Any) -> Iterator[Any]:
    if hasattr(entry, "effective_route_contexts"):
        for context in entry.effective_route_contexts():
            yield from _routes(context)
    else:
        yield entry


def _address(route: Any) -> str:
    dependant = getattr(route, "dependant", None)
    types = {field.alias: field.field_info.annotation for field in dependant.path_params} if dependant else {}
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda match: str(ANY_ID if types.get(match[1]) is UUID else ANY_TOKEN), route.path)
