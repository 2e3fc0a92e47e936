"""The secrets of one installation: made once, kept in the data folder, given to the processes by their environment."""

import json
from collections.abc import Mapping
from pathlib import Path

NAMES = frozenset({"SESSION_PUBLIC_KEY", "CATALOG_SESSION_PRIVATE_KEY", "SEAL_KEY", "REGISTRATION_NEEDS_KEY"})


def keys(file: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Every secret by the name of its setting; one that the environment gives wins, one that is missing is made and kept."""
    kept: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    if NAMES - set(kept):
        from shared.new_secrets import new_keys  # with its libraries only here: most starts make none

        kept = new_keys() | kept
        new = file.with_suffix(".new")
        new.touch(0o600)
        new.write_text(json.dumps(kept, indent=1))
        new.replace(file)
    return {name: environ.get(name) or value for name, value in kept.items()}
