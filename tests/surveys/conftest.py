"""The surveys' service and its web, for the tests in this folder."""

import pytest
from fastapi import FastAPI

from shared.service import Service


@pytest.fixture(scope="session")
def service(_environment: None) -> Service:
    from services.surveys.service import SERVICE

    return SERVICE


@pytest.fixture(scope="session")
def app(_environment: None) -> FastAPI:
    from services.surveys.app import app

    return app
