"""docker-compose.yml as a test reads it: anchors resolved, variables left as they are written."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("catalog", "registration", "notifications", "surveys")
VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")


@cache
def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return read


def containers() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = compose()["services"]
    return found


def of_service(service: str) -> dict[str, dict[str, Any]]:
    return {name: container for name, container in containers().items() if name.startswith(f"{service}-")}


def strings(value: Any) -> Iterator[str]:
    """Every text anywhere inside."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)
    else:
        yield str(value)


def variables() -> dict[str, str]:
    """What compose reads from .env, with the default that it writes itself."""
    return {name: default for text in strings(compose()) for name, default in VARIABLE.findall(text)}


def environment_example() -> dict[str, str]:
    """The lines of .env.example, those that are commented out too; each must be explained by a comment above it."""
    found: dict[str, str] = {}
    explained = False
    for line in (ROOT / ".env.example").read_text().splitlines():
        if match := re.fullmatch(r"#?([A-Z][A-Z0-9_]*)=(.*)", line):
            assert explained or found, f"{match[1]} is not explained"
            assert match[1] not in found, f"{match[1]} stands twice"
            found[match[1]] = match[2].strip('"')
        else:
            explained = line.startswith("# ")
    return found
