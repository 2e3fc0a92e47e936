"""The four services, for tests that concern them all alike."""

import os
from importlib import import_module

from shared.service import Service

NAMES = ("catalog", "registration", "notifications", "surveys")

for _name in NAMES:  # read at import by some; nothing connects there
    os.environ.setdefault(f"{_name.upper()}_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")

SERVICES: dict[str, Service] = {name: import_module(f"services.{name}.service").SERVICE for name in NAMES}
