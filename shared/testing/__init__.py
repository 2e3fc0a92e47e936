"""What tests stand on: real PostgreSQL, real Redis, a service's migrated database, its web client, and polling.

`tests/conftest.py` makes the fixtures of `shared.testing.fixtures` known everywhere.
"""

from shared.testing.databases import Databases, empty
from shared.testing.outbox import recorded
from shared.testing.poll import until
from shared.testing.web import Client, signed_in

__all__ = ["Client", "Databases", "empty", "recorded", "signed_in", "until"]
