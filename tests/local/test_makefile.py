"""The Makefile documents itself, and says what a machine lacks."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from deploy.local.configuration import ROOT

MAKEFILE = ROOT / "Makefile"
ALL_BUT_VENV = 'case "$2" in *ensurepip*) exit 1;; esac'


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    shutil.copy(MAKEFILE, folder)
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    return subprocess.run(["make", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_plain_make_lists_every_target(tmp_path: Path) -> None:
    done = make(tmp_path)
    targets = set(re.findall(r"^\.PHONY: (\S+)", MAKEFILE.read_text(), re.MULTILINE))
    assert {"run", "test", "check", "lock", "revision", "messages", "clean"} <= targets
    assert set(re.findall(r"^  make (\S+) +\S", done.stdout, re.MULTILINE)) == targets
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("python", "said"),
    [
        (None, "Python 3.11 or later is needed, and there is no"),
        ("exit 1", "is older: install it, or name it"),
        (ALL_BUT_VENV, "install its venv module (Debian: apt install python3-venv)"),
    ],
)
def test_a_machine_that_lacks_something_is_told_in_one_line(tmp_path: Path, python: str | None, said: str) -> None:
    fake = tmp_path / "python"
    if python is not None:
        fake.write_text(f"#!/bin/sh\n{python}\n")
        fake.chmod(0o755)
    done = make(tmp_path, ".venv/bin/uv", f"PYTHON={fake}")
    first, second = done.stderr.splitlines()
    assert said in first
    assert second.startswith("make: *** ")
    assert not (tmp_path / ".venv").exists()


def test_each_group_has_a_lock_whose_versions_are_those_that_are_tested() -> None:
    def versions(lock: Path) -> dict[str, str]:
        return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", lock.read_text(), re.MULTILINE))

    tested = versions(ROOT / "requirements" / "dev.lock")
    groups = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"])
    for lock in sorted((ROOT / "requirements").glob("*.lock")):
        assert lock.stem in groups
        assert versions(lock).items() <= tested.items(), lock.name
        assert "://" not in lock.read_text(), lock.name
