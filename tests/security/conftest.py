"""Each test of this folder that asks for `app` runs against the four real applications."""

import runpy
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlalchemy.orm import Session, sessionmaker

from shared.service import Service
from shared.testing import Client

SERVICES = ("catalog", "registration", "notifications", "surveys")


@pytest.fixture(scope="session", params=SERVICES)
def service(request: pytest.FixtureRequest, _environment: None) -> Service:
    made: Service = import_module(f"services.{request.param}.service").SERVICE
    return made


@pytest.fixture
def app(service: Service) -> FastAPI:
    made: FastAPI = import_module(f"services.{service.name}.app").app
    return made


@pytest.fixture
def web(service: Service, sessions: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Client]:
    """`web(PUBLIC_URL="https://…")`: a client of another process's web of the service, as it is with these settings."""

    def started(**environment: str) -> Client:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        module = import_module(f"services.{service.name}.service")
        monkeypatch.setattr(module, "SERVICE", replace(service))
        entry = Path(str(module.__file__)).with_name("app.py")
        return Client(runpy.run_path(str(entry))["app"], sessions)

    return started


@pytest.fixture
def https(web: Callable[..., Client]) -> Client:
    """A client of the service's web as it is when the site's address is https."""
    client = web(PUBLIC_URL="https://traffpunkt.example")
    client.base_url = "https://traffpunkt.example"
    return client
