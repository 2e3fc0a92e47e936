"""Telling of an error without the values that libraries quote in its message: they may be somebody's name, answer or address."""

import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import structlog
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

_PROJECT = Path(__file__).resolve().parents[1]


def told(error: BaseException) -> str:
    """The error's class and text, as far as the text holds nobody's values."""
    if isinstance(error, ValidationError):
        problems = [f"{'.'.join(map(str, e['loc']))}: {e['type']}" for e in error.errors(include_url=False, include_input=False)]
        return f"ValidationError: {', '.join(problems)}"
    if isinstance(error, DBAPIError):
        diagnostic = getattr(error.orig, "diag", None)
        state = getattr(error.orig, "sqlstate", None) or ""
        quotes = state.startswith("22")  # data exceptions quote the value that did not fit
        message = state if quotes else getattr(diagnostic, "message_primary", None) or "no message"
        return f"{type(error.orig).__name__}: {message}"
    return f"{type(error).__name__}: {error}"


def where(error: BaseException) -> str:
    """Where it happened, without the message (see `told`)."""
    return _places(error) + type(error).__name__


def traceback_without_values(_logger: object, _method: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """A structlog processor: an exception and its causes as places and classes, a message only where `told` knows it harmless.

    A message may quote what somebody has typed, and a log is read and kept by others than the tables are.
    """
    info = event.pop("exc_info", None)
    if info and not isinstance(info, BaseException):
        info = (info if isinstance(info, tuple) else sys.exc_info())[1]
    if info:
        event["exception"] = "\n\n".join(_written(error) for error in reversed(list(_chain(info))))
    return event


def _written(error: BaseException) -> str:
    harmless = isinstance(error, ValidationError | DBAPIError)
    return _places(error) + (told(error) if harmless else type(error).__name__)


def _places(error: BaseException) -> str:
    """Our own files by their place in the project: where a machine keeps it is of no use to who reads. Without the marks under
    the code, which are wrong as soon as a line is broken.
    """
    lines = "".join(traceback.format_tb(error.__traceback__)).splitlines(keepends=True)
    return "".join(line for line in lines if line.strip(" ^~\n")).replace(f'"{_PROJECT}/', '"')


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
