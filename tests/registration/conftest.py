"""The service under test, its web, and a fixed cast of facts from the catalogue."""

import pytest
from fastapi import FastAPI
from sqlalchemy.orm import Session

from services.registration.service import SERVICE
from shared.service import Service
from tests.registration.cast import Cast


@pytest.fixture
def service() -> Service:
    return SERVICE


@pytest.fixture
def app() -> FastAPI:
    from services.registration.app import app

    return app


@pytest.fixture
def cast(session: Session) -> Cast:
    """The catalogue's facts, fed through the handlers."""
    return Cast(session)
