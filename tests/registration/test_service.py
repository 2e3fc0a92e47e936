"""The service as a whole: migrations, settings, English."""

import pytest
from pydantic import ValidationError

from services.registration.service import SERVICE
from services.registration.settings import Settings
from shared.migrations import differences
from shared.testing import Databases


def test_the_migrations_make_what_the_models_say(databases: Databases) -> None:
    with databases.engine(SERVICE).connect() as connection:
        assert differences(SERVICE, connection) == []


def test_production_needs_its_own_key_for_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    with pytest.raises(ValidationError, match="needs_key"):
        Settings()
