"""Very many rows, as years of use leave them: written by SQL in bulk, past the constraints' checks, since they are only there."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from deploy.bench.ground import Ground


@dataclass(frozen=True)
class Crowd:
    """How much."""

    activities: int
    registrations: int


FEW = Crowd(100, 1_000)
MANY = Crowd(100_000, 1_000_000)
EACH = 10
"""Activities a project; registrations an activity."""

# Finished projects, each with its report, and past activities that look like one that is there.
_CATALOG = [
    """
    CREATE TEMPORARY TABLE old AS
    SELECT n, uuidv7() AS id, now() - n %% 3000 * interval '1 day' AS at FROM generate_series(1, %(projects)s) AS n
    """,
    """
    INSERT INTO project
    SELECT filled.*
    FROM old, project AS model, jsonb_populate_record(model, jsonb_build_object(
        'id', old.id, 'slug', 'avslutat-' || n, 'title', 'Avslutat ' || n, 'sort_key', 'avslutat ' || n,
        'status', 'finished', 'published_at', at - interval '1 year', 'finished_at', at)) AS filled
    WHERE model.slug = 'matning'
    """,
    """
    INSERT INTO final_report (project_id, figures, sentence, sentence_en, surveys, published_at)
    SELECT id, '{}', 'Det ledde till något.', 'It led to something.', '[]', at FROM old
    """,
    """
    INSERT INTO activity
    SELECT filled.* FROM old, generate_series(1, %(each)s) AS nth, activity AS model,
        jsonb_populate_record(model, jsonb_build_object(
            'id', uuidv7(), 'project_id', old.id, 'number', nth, 'calendar_uid', uuidv7() || '@old',
            'starts_at', at - nth * interval '1 week', 'ends_at', at - nth * interval '1 week' + interval '3 hours',
            'last_day', at - nth * interval '1 week' - interval '7 days')) AS filled
    WHERE model.id = (SELECT activity.id FROM activity JOIN project ON project.id = project_id WHERE slug = 'matning' LIMIT 1)
    """,
]
# Each offering has people of its own, who have registered for nothing else.
_REGISTRATION = [
    """
    CREATE TEMPORARY TABLE old AS
    SELECT n, uuidv7() AS id, uuidv7() AS project_id, now() - n %% 3000 * interval '1 day' AS at
    FROM generate_series(1, %(activities)s) AS n
    """,
    """
    INSERT INTO project (id, slug, title, purpose, organiser, revision)
    SELECT project_id, 'avslutat-' || n, 'Avslutat ' || n, '', '', 1 FROM old WHERE n %% %(each)s = 0
    """,
    """
    INSERT INTO offering
    SELECT filled.*
    FROM old, offering AS model,
        jsonb_populate_record(model, jsonb_build_object('id', old.id, 'project_id', old.project_id,
            'starts_at', at, 'ends_at', at + interval '3 hours', 'last_day', at)) AS filled
    WHERE model.id = (SELECT offering.id FROM offering JOIN project ON project.id = project_id WHERE slug = 'matning' LIMIT 1)
    """,
    """
    CREATE TEMPORARY TABLE crowd AS
    SELECT number, old.n, old.id AS activity_id, old.project_id, old.at, uuidv7() AS person_id, uuidv7() AS registration_id,
        organisation.id AS organisation_id
    FROM old, generate_series(1, %(people)s) AS number,
        (SELECT id FROM organisation WHERE status = 'active' LIMIT 1) AS organisation
    """,
    """
    INSERT INTO person (id, email_key, email)
    SELECT person_id, n || '-' || number || '@old.example', n || '-' || number || '@old.example' FROM crowd
    """,
    """
    INSERT INTO registration (id, project_id, person_id, organisation_id, full_name, name_key, language, source, token_hash,
        sealed_link, revision, created_at, confirmed_at)
    SELECT registration_id, project_id, person_id, organisation_id, 'Deltagare ' || number, 'deltagare ' || number, 'sv', 'form',
        sha256(uuid_send(registration_id)), repeat('x', 200), 1, at, at
    FROM crowd
    """,
    """
    INSERT INTO seat (id, registration_id, activity_id, person_id, organisation_id, mode, takes_room, state, since, changed_at)
    SELECT uuidv7(), registration_id, activity_id, person_id, organisation_id, 'on_site', true, 'confirmed', at, at FROM crowd
    """,
    """
    INSERT INTO seat_ledger (activity_id, organisation_id, max_seats, confirmed, offered, waiting)
    SELECT activity_id, whose, NULL, count(*), 0, 0
    FROM crowd, LATERAL (VALUES (organisation_id), (NULL)) AS counter (whose) GROUP BY activity_id, whose
    """,
    """
    INSERT INTO receipt (key, project_id, email, organisation, outcomes, created_at)
    SELECT sha256(uuid_send(person_id)), project_id, '', '', '[]', at FROM crowd
    """,
]

# Each as two statements: to drop it, and to make it again. Those of primary keys, and those that foreign keys stand on, stay.
_INDEXES = """
    SELECT CASE WHEN rule.oid IS NULL THEN format('DROP INDEX %s', indexrelid::regclass)
            ELSE format('ALTER TABLE %s DROP CONSTRAINT %I', indrelid::regclass, rule.conname) END,
        CASE WHEN rule.oid IS NULL THEN pg_get_indexdef(indexrelid)
            ELSE format('ALTER TABLE %s ADD CONSTRAINT %I %s', indrelid::regclass, rule.conname, pg_get_constraintdef(rule.oid))
            END
    FROM pg_index JOIN pg_class AS indexed ON indexed.oid = indrelid
        LEFT JOIN pg_constraint AS rule ON conindid = indexrelid AND contype = 'u'
    WHERE relnamespace = 'public'::regnamespace AND NOT indisprimary
        AND NOT EXISTS (SELECT FROM pg_constraint AS other WHERE other.conindid = indexrelid AND other.contype <> 'u')
"""


def copy_database(ground: Ground, database: str, copy: str) -> None:
    """Another database with all that is in `database`, and the same owner."""
    with psycopg.connect(ground.postgres.admin_url(), autocommit=True) as connection:
        names = {"copy": sql.Identifier(copy), "database": sql.Identifier(database)}
        connection.execute(sql.SQL("CREATE DATABASE {copy} TEMPLATE {database} OWNER {database}").format(**names))


def fill_catalog(ground: Ground, database: str, much: Crowd) -> None:
    """Finished projects and their activities."""
    _fill(ground, database, _CATALOG, {"projects": much.activities // EACH, "each": EACH})


def fill_registration(ground: Ground, database: str, much: Crowd) -> None:
    """Past offerings and those who have been there."""
    people = much.registrations // much.activities
    _fill(ground, database, _REGISTRATION, {"activities": much.activities, "each": EACH, "people": people})


def _fill(ground: Ground, database: str, statements: list[str], values: dict[str, int]) -> None:
    started = time.monotonic()
    with psycopg.connect(ground.postgres.admin_url(database), autocommit=True) as connection:
        for setting in ("session_replication_role = replica", "synchronous_commit = off", "maintenance_work_mem = '256MB'"):
            connection.execute(sql.SQL("SET " + setting))
        with without_indexes(connection):
            for statement in statements:
                connection.execute(statement.encode(), values)
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
    print(f"{database} is filled after {time.monotonic() - started:.0f} s", flush=True)


@contextmanager
def without_indexes(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Without the indexes that no foreign key stands on: made again afterwards, at once instead of row by row."""
    rows = connection.execute(_INDEXES).fetchall()
    for drop, _ in rows:
        connection.execute(drop)
    yield
    for _, make in rows:
        connection.execute(make)
