"""What a log line may hold of what went wrong: places and classes, never what somebody has typed."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from shared.observability import configure_logging, log

PRIVATE = "asa.lind@region-halland.example"
pytestmark = pytest.mark.parametrize("service", ["surveys"], indirect=True)


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the real logging writes."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    configure_logging("test", "web")
    lines = io.StringIO()
    handler = root.handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(lines)
    yield lines
    root.handlers[:] = before
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


class Typed(BaseModel):
    """A form."""

    number: int


def unknown_value(_session: Session) -> None:
    raise KeyError(PRIVATE)


def refused_by_a_form(_session: Session) -> None:
    Typed.model_validate({"number": PRIVATE})


def refused_by_a_constraint(session: Session) -> None:
    session.execute(text("CREATE TEMPORARY TABLE once (address text UNIQUE)"))
    for _ in range(2):
        session.execute(text("INSERT INTO once VALUES (:address)"), {"address": PRIVATE})


def refused_by_a_type(session: Session) -> None:
    session.execute(text("SELECT CAST(:value AS integer)"), {"value": PRIVATE})


def wrapped(session: Session) -> None:
    try:
        refused_by_a_type(session)
    except DBAPIError as error:
        raise RuntimeError(f"could not take {PRIVATE}") from error


@pytest.mark.parametrize(
    ("fail", "said"),
    [
        (unknown_value, "KeyError"),
        (refused_by_a_form, "number: int_parsing"),
        (refused_by_a_constraint, "duplicate key value violates unique constraint"),
        (refused_by_a_type, "InvalidTextRepresentation: 22P02"),
        (wrapped, "RuntimeError"),
    ],
)
@pytest.mark.parametrize("library", [False, True])
def test_an_error_is_logged_with_its_place_and_without_what_was_typed(
    written: io.StringIO, session: Session, fail: object, said: str, library: bool
) -> None:
    assert callable(fail)
    try:
        fail(session)
    except Exception as error:
        if library:
            logging.getLogger("some.library").exception("it failed")
        else:
            log("here").error("it_failed", exc_info=error)
    line = json.loads(written.getvalue())
    assert said in line["exception"]
    assert f"in {fail.__name__}" in line["exception"]  # type: ignore[attr-defined]
    assert PRIVATE not in written.getvalue()
