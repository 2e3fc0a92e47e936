"""The gateway's table sends every page to the service that has it."""

import re
from importlib import import_module

import pytest

from tests.deploy.compose import ROOT, SERVICES
from tests.security.routes import routes_of

ANYWHERE = re.compile(r"/static/.*|/drift(/(?!catalog|registration|notifications|surveys).*)?|/healthz|/metrics")
"""Every service can answer these; the gateway picks one that lives, or answers itself."""


def table() -> list[tuple[re.Pattern[str], str]]:
    """The rows of `map {path} {web}`: what an address looks like, and whose it is."""
    text = (ROOT / "deploy" / "Caddyfile").read_text()
    found = re.findall(r"^\s+~(\S+) \{\$(\w+)_WEB:", text, flags=re.MULTILINE)
    assert len(found) >= len(SERVICES) - 1
    return [(re.compile(pattern), name.lower()) for pattern, name in found]


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("prefix", ["", "/en"])
def test_every_route_is_found_by_its_address(service: str, prefix: str) -> None:
    rows = table()
    for route in routes_of(import_module(f"services.{service}.app").app):
        if not ANYWHERE.fullmatch(route.template) and not (prefix and route.template.startswith("/api/")):
            owner = next((name for pattern, name in rows if pattern.search(prefix + route.address)), "catalog")
            assert owner == service, route


def test_what_the_gateway_keeps_to_itself_no_service_gets() -> None:
    text = (ROOT / "deploy" / "Caddyfile").read_text()
    assert re.search(
        r"@metrics path /metrics /metrics/\* /en/metrics /en/metrics/\*\n\thandle @metrics \{\n\t\trespond .* 404", text
    )
