"""Waiting in tests: for something to become true, never for time to pass."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(what: Callable[[], T], *, within: float = 10.0, every: float = 0.02, saying: str = "") -> T:
    """The first truthy answer of `what`; AssertionError with its last answer when `within` seconds have passed."""
    deadline = time.monotonic() + within
    while True:
        answer = what()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s: {saying or what} (last answer: {answer!r})")
        time.sleep(every)
