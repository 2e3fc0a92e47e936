"""What the tests of notifications share."""

import pytest
from fastapi import FastAPI

from services.notifications.service import SERVICE
from shared.service import Service


@pytest.fixture(scope="session")
def service() -> Service:
    return SERVICE


@pytest.fixture(scope="session")
def app() -> FastAPI:
    from services.notifications.app import app

    return app
