"""A migration only adds: the version before goes on beside the new one while it starts, and is gone back to on its database.

What a version no longer uses is dropped by a later one, when nobody can want to go back any more.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MIGRATIONS = sorted(path for part in ("services", "shared") for path in (ROOT / part).glob("**/migrations/versions/*.py"))
TAKES_AWAY = {"drop_table", "drop_column", "rename_table", "alter_column"}


def taken_away(source: str) -> Iterator[str]:
    """The operations of `upgrade` that the version before would stumble over."""
    for function in ast.parse(source).body:
        if not isinstance(function, ast.FunctionDef) or function.name != "upgrade":
            continue
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
                written = ast.unparse(call)
                must_be_given = "nullable=False" in written and "server_default" not in written
                if call.func.attr in TAKES_AWAY or (call.func.attr == "add_column" and must_be_given):
                    yield written


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_migration_only_adds(path: Path) -> None:
    assert list(taken_away(path.read_text())) == []


@pytest.mark.parametrize(
    ("operation", "harmless"),
    [
        ("op.drop_column('project', 'purpose')", False),
        ("op.alter_column('project', 'purpose', nullable=False)", False),
        ("op.add_column('project', sa.Column('purpose', sa.Text(), nullable=False))", False),
        ("op.add_column('project', sa.Column('purpose', sa.Text(), nullable=False, server_default=''))", True),
        ("op.add_column('project', sa.Column('purpose', sa.Text(), nullable=True))", True),
        ("op.create_index('ix_project_purpose', 'project', ['purpose'])", True),
    ],
)
def test_what_takes_away_is_seen(operation: str, *, harmless: bool) -> None:
    found = list(taken_away(f"def upgrade():\n    {operation}\n\ndef downgrade():\n    op.drop_table('project')\n"))
    assert (found == []) is harmless
