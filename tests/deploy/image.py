"""What deploy/Dockerfile would put into an image: its stages read, and its COPY lines carried out into a folder."""

import re
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def stage(name: str) -> list[str]:
    """The instructions of one stage, with continued lines joined and comments left out."""
    text = "\n".join(line for line in (ROOT / "deploy" / "Dockerfile").read_text().splitlines() if not line.startswith("#"))
    stages = re.split(r"^FROM ", text.replace("\\\n", " "), flags=re.MULTILINE)
    found = [part for part in stages if part.splitlines()[0].endswith(f" AS {name}")]
    assert len(found) == 1, name
    return [f"FROM {found[0].splitlines()[0]}", *(line for line in found[0].splitlines()[1:] if line.strip())]


def copy(name: str, service: str, folder: Path) -> Path:
    """Carry out the stage's COPY lines for `service`, as Docker would: only what .dockerignore lets through."""
    for instruction in stage(name):
        if instruction.startswith("COPY ") and "--from" not in instruction:
            source, target = instruction.removeprefix("COPY ").replace("${SERVICE}", service).split()
            assert any(source == kept or source.startswith(f"{kept}/") for kept in _let_through()), f"{source} is ignored"
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, folder / target, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
            else:
                (folder / target).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / source, folder / target)
    for kept_out in _kept_out():
        shutil.rmtree(folder / kept_out, ignore_errors=True)  # the inbox has none of them
    return folder


def _let_through() -> list[str]:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in lines
    return [line.removeprefix("!") for line in lines if line.startswith("!")]


def _kept_out() -> list[str]:
    """Folders inside those that are let through, by name."""
    return [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1].isalpha()]
