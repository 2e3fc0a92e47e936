"""Alembic for every service: the kernel's branch (here) and the service's own, in one database, upgraded together."""

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData, text

from shared import staff  # noqa: F401 (its table is one of the kernel's)
from shared.database import KERNEL
from shared.messaging import tables  # noqa: F401 (so are these)
from shared.service import Service

# Any number of containers may start at once: the first migrates, the others wait and find nothing to do.
_LOCK = text("SELECT pg_advisory_lock(hashtext('traffpunkt.migrations'))")
_UNLOCK = text("SELECT pg_advisory_unlock(hashtext('traffpunkt.migrations'))")


def upgrade(service: Service, engine: Engine) -> None:
    """Bring the database to this version of the kernel's and the service's tables. One of a later version stays as it is."""
    with engine.connect() as connection:
        connection.execute(text("SET lock_timeout = '30s'; SET statement_timeout = '10min'; SET transaction_timeout = 0"))
        connection.execute(_LOCK)
        connection.commit()
        try:
            if not _has_all(service, connection):
                command.upgrade(_config(service, connection), "heads")
            connection.commit()
        finally:
            connection.rollback()
            connection.execute(_UNLOCK)
            connection.commit()


def is_migrated(service: Service, engine: Engine) -> bool:
    """Whether the database has all of this version's migrations. One unknown here is of a later version: good too."""
    with engine.connect() as connection:
        return _has_all(service, connection)


class Known(NamedTuple):
    """The migrations of this version, by their revisions."""

    heads: frozenset[str]
    revisions: frozenset[str]


@cache
def known_migrations(service: str) -> Known:
    """The kernel's and the service's. Read once, since it takes memory: what is forked afterwards shares it."""
    scripts = ScriptDirectory.from_config(_scripts(service))
    return Known(frozenset(scripts.get_heads()), frozenset(script.revision for script in scripts.walk_revisions()))


def revision(service: Service, engine: Engine, message: str, *, kernel: bool = False) -> None:
    """Write a new migration from the difference between models and database (`make revision`): the service's, or the kernel's."""
    with engine.connect() as connection:
        config = _config(service, connection)
        config.attributes["target_metadata"] = KERNEL if kernel else service.metadata
        branch = "kernel" if kernel else service.name
        path = _kernel_versions() if kernel else _versions(service.name)
        path.mkdir(parents=True, exist_ok=True)
        first = not any(path.glob("*.py"))
        command.revision(
            config,
            message,
            autogenerate=True,
            head="base" if first else f"{branch}@head",
            branch_label=branch if first else None,
            version_path=str(path),
        )


def differences(service: Service, connection: Connection) -> list[Any]:
    """What the models say and the migrated database does not, or the other way round. Empty when all is well."""
    found: list[Any] = []
    for metadata in (KERNEL, service.metadata):
        context = MigrationContext.configure(connection, opts={"include_name": only_tables_of(metadata), "compare_type": True})
        found += compare_metadata(context, metadata)
    return found


def only_tables_of(metadata: MetaData) -> Any:
    """Alembic's `include_name`: the other branch's tables are none of this one's business."""

    def include(name: str | None, kind: str, _parents: Any) -> bool:
        return kind != "table" or name in metadata.tables

    return include


def _has_all(service: Service, connection: Connection) -> bool:
    known = known_migrations(service.name)
    present = set(MigrationContext.configure(connection).get_current_heads())
    return len(known.heads - present) <= len(present - known.revisions)


def _config(service: Service, connection: Connection) -> Config:
    config = _scripts(service.name)
    config.attributes["connection"] = connection
    config.attributes["target_metadata"] = service.metadata
    return config


def _scripts(service: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("shared").joinpath("migrations")))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", f"{_kernel_versions()}\n{_versions(service)}")
    config.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(slug)s")
    return config


def _kernel_versions() -> Path:
    return Path(str(files("shared").joinpath("migrations", "versions")))


def _versions(service: str) -> Path:
    return Path(str(files("shared"))).parent / "services" / service / "migrations" / "versions"
