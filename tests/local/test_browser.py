"""Finding a browser for the journeys."""

from pathlib import Path

import pytest

from deploy.local import browser as module
from deploy.local.browser import find_browser
from deploy.local.program import CannotStart


def executable(path: Path, script: str) -> str:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture(autouse=True)
def nothing_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without browsers, where nothing can be installed."""
    monkeypatch.delenv("BROWSER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(module, "MAC", ())
    for name in ("_downloaded", "_install_package", "_download"):
        monkeypatch.setattr(module, name, lambda: None)


def test_the_one_that_is_named_is_taken_or_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROWSER", executable(tmp_path / "mine", "echo Chromium 1"))
    assert find_browser() == tmp_path / "mine"
    monkeypatch.setenv("BROWSER", executable(tmp_path / "broken", "exit 1"))
    with pytest.raises(CannotStart, match="does not start"):
        find_browser()


def test_one_on_the_machine_is_taken_if_it_starts(tmp_path: Path) -> None:
    executable(tmp_path / "chromium-browser", "echo 'install the snap' >&2; exit 1")
    executable(tmp_path / "google-chrome", "echo Google Chrome 1")
    assert find_browser() == tmp_path / "google-chrome"


def test_else_one_is_installed_and_else_downloaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(module, "_install_package", lambda: asked.append("package"))
    monkeypatch.setattr(module, "_download", lambda: asked.append("download"))
    monkeypatch.setattr(module, "_downloaded", lambda: executable(tmp_path / "chrome", "exit 0") if "download" in asked else None)
    assert (find_browser(), asked) == (tmp_path / "chrome", ["package", "download"])


def test_none_to_be_had_is_an_error() -> None:
    with pytest.raises(CannotStart, match="install chromium"):
        find_browser()
