"""`python -m deploy.local.browser` prints the path of a Chromium for the journeys, and gets one if there is none.

One on the machine (or BROWSER) is taken; else Debian's package where root may install it; else Playwright's download. None to be
had is an error: journeys are never skipped in silence.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from deploy.local.program import CannotStart

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = ("/Applications/Chromium.app/Contents/MacOS/Chromium", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


def find_browser() -> Path:
    """The path of a browser that starts. Raises CannotStart when none can be had."""
    chosen = os.environ.get("BROWSER")
    if chosen:
        found = shutil.which(chosen)
        if found is None or not starts(found):
            raise CannotStart(f"BROWSER={chosen} does not start: give the path of a Chromium, or unset it")
        return Path(found)
    ways: tuple[Callable[[], None], ...] = (_look, _install_package, _download)
    for way in ways:
        way()
        for candidate in _present():
            if starts(candidate):
                return Path(candidate)
    raise CannotStart("the journeys need Chromium, and none could be installed: install chromium, or set BROWSER to its path")


def _present() -> Iterator[str]:
    for name in NAMES:
        if found := shutil.which(name):
            yield found
    yield from (path for path in MAC if Path(path).exists())
    if downloaded := _downloaded():
        yield downloaded


def starts(path: str) -> bool:
    """Whether it tells its version: some systems have a `chromium-browser` that only says where to get one."""
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=30, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _downloaded() -> str | None:
    """Where Playwright keeps the browser of its version, if it has it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _look() -> None:
    """The first way: with what is there."""


def _install_package() -> None:
    """Debian's package, where we may."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update"], ["apt-get", "install", "--yes", "--no-install-recommends", "chromium"]):
        _tell(command)
        subprocess.run(command, stdout=sys.stderr, env=environment, check=False)


def _download() -> None:
    """Playwright's, with the libraries that it needs where we may install them."""
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    if os.geteuid() == 0 and shutil.which("apt-get") is not None:
        command.append("--with-deps")
    _tell(command)
    subprocess.run(command, stdout=sys.stderr, check=False)


def _tell(command: list[str]) -> None:
    print(f"No browser for the journeys yet: {' '.join(command)}", file=sys.stderr, flush=True)


def main() -> int:
    """Print the path, or why there is none."""
    try:
        print(find_browser())
    except CannotStart as reason:
        print(f"make test: {reason}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
