"""Which language is spoken right now: a context variable, set per request by the web and per reader by mail."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal, get_args

Language = Literal["sv", "en"]

LANGUAGES: tuple[Language, ...] = get_args(Language)
SWEDISH: Language = "sv"

_current: ContextVar[Language] = ContextVar("language", default=SWEDISH)


def language() -> Language:
    """The language of the current request or piece of work; Swedish unless somebody said otherwise."""
    return _current.get()


def set_language(chosen: str) -> None:
    """Speak `chosen` for the rest of this context; a language we do not have becomes Swedish."""
    _current.set(_known(chosen))


@contextmanager
def in_language(chosen: str) -> Iterator[None]:
    """Speak `chosen` within the block, for example while a mail is written to its reader."""
    token = _current.set(_known(chosen))
    try:
        yield
    finally:
        _current.reset(token)


def _known(chosen: str) -> Language:
    return "en" if chosen == "en" else SWEDISH
