"""The database that the migrations make is the one that the models describe."""

from shared.migrations import differences
from shared.service import Service
from shared.testing import Databases


def test_models_and_migrations_agree(service: Service, databases: Databases) -> None:
    with databases.engine(service).connect() as connection:
        assert differences(service, connection) == []
