"""The guide site, as a service's tests have it."""

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from shared.service import Service
from tests.shared.web.guide import make_app, make_service

SITE = "http://127.0.0.1:8000"


@pytest.fixture(scope="session")
def service() -> Service:
    return make_service()


@pytest.fixture(scope="session")
def app(service: Service) -> FastAPI:
    return make_app(service)


@pytest.fixture
def site(app: FastAPI) -> TestClient:
    """A visitor, on a site whose database is away."""
    return TestClient(app, base_url=SITE, follow_redirects=False, headers={"Sec-Fetch-Site": "same-origin"})
