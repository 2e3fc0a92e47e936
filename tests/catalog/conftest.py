"""The catalogue and its web, for the tests in this folder."""

import pytest
from fastapi import FastAPI
from sqlalchemy.orm import Session

from shared.service import Service
from shared.testing import Client, signed_in
from tests.catalog.cast import KARIN, Cast


@pytest.fixture(scope="session")
def service(_environment: None) -> Service:
    from services.catalog.service import SERVICE

    return SERVICE


@pytest.fixture(scope="session")
def app(_environment: None) -> FastAPI:
    from services.catalog.app import app

    return app


@pytest.fixture
def cast(session: Session) -> Cast:
    """Organisations, staff, and projects to come."""
    return Cast(session)


@pytest.fixture
def organiser(client: Client, cast: Cast) -> Client:
    """A browser where Karin Ek, an organiser, is signed in."""
    cast.session.commit()
    signed_in(client, "organiser", staff_id=KARIN)
    return client
