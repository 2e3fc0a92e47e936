"""Fixtures for every test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, Playwright

from deploy.local.browser import find_browser
from shared.testing.fixtures import _environment, client, committing, databases, postgres, redis, session, sessions

__all__ = ["_environment", "client", "committing", "databases", "postgres", "redis", "session", "sessions"]

FAULTS = Path(__file__).with_name("faults")

# A slow machine is no error: no test is timed.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Chromium: the one on the machine, or what `make test` has fetched."""
    quiet = ["--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    running = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox", *quiet])
    yield running
    running.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the parts of `make test`: what needs a browser, whose loop keeps others from starting one, and what breaks things."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
        if FAULTS in item.path.parents:
            item.add_marker("fault")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Whoever asks for some tests need not have any in each part of `make test`."""
    asked_for_some = session.config.option.keyword or session.config.args_source is pytest.Config.ArgsSource.ARGS
    if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and asked_for_some:
        session.exitstatus = pytest.ExitCode.OK
