"""What an event is: a fact in the past tense, frozen, with a wire name, carrying all that a reader needs."""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

BY_NAME: dict[str, type["Event"]] = {}


class Event(BaseModel):
    """A published fact. Subclass with its wire name: ``class SeatConfirmed(Event, name="seat.confirmed")``.

    Readers ignore unknown fields; fields are only added, with defaults; a breaking change is a new name beside the old.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: ClassVar[str]

    def __init_subclass__(cls, *, name: str, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if name in BY_NAME and BY_NAME[name].__qualname__ != cls.__qualname__:
            raise ValueError(f"two events are called {name}: {BY_NAME[name]} and {cls}")
        cls.name = name
        BY_NAME[name] = cls


class Part(BaseModel):
    """A value inside an event: frozen, and as tolerant of unknown fields as the event itself."""

    model_config = ConfigDict(frozen=True, extra="ignore")
