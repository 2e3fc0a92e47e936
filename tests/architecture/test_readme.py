"""The README is true where it can be held against the code."""

import re
import tomllib
from pathlib import Path

from shared.events.__main__ import event_map

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


def test_the_map_of_events_is_the_codes_own() -> None:
    assert event_map() in README, "run `python -m shared.events` and put its table into the README"


def test_what_it_points_at_is_there() -> None:
    for path in re.findall(r"\]\(((?:deploy|services|shared|tests)/[^)]+)\)", README):
        assert (ROOT / path).exists(), path


def test_every_make_target_that_it_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"`?make ([a-z]+)", README):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_every_library_that_a_service_needs_is_explained() -> None:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    section = README.partition("## Libraries, and why")[2].lower()
    needed = {
        re.split(r"[~=<>;\[ ]", line)[0]
        for name in ("kernel", "catalog", "registration", "notifications", "surveys", "local")
        for line in groups[name]
        if isinstance(line, str)
    }
    missing = {library for library in needed if library.lower() not in section}
    assert missing == set()
