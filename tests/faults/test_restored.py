"""A service's database is restored from an older backup: said once, and what others have told it since is told again."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tests.faults.load import Load
from tests.faults.site import ROOT, Site


@contextmanager
def without_connections(site: Site, name: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(site.postgres.admin_url(), autocommit=True) as admin:
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        yield admin
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())


def back_up(site: Site, name: str) -> None:
    with without_connections(site, name) as admin:
        admin.execute(f"CREATE DATABASE {name}_backup TEMPLATE {name} OWNER {name}".encode())


def restore(site: Site, name: str) -> None:
    with psycopg.connect(site.postgres.admin_url(), autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
        admin.execute(f"ALTER DATABASE {name}_backup RENAME TO {name}".encode())


def test_the_catalogue_goes_back(site: Site, load: Load) -> None:
    back_up(site, "catalog")
    load.start(over=2)
    load.finish()
    load.check()
    restore(site, "catalog")
    assert {"present", "mailing told"} <= set(load.lacks())
    environment = site.environment("catalog")
    subprocess.run([sys.executable, "-m", "services.catalog", "restored"], env=environment, cwd=ROOT, check=True, timeout=60)
    load.check()
