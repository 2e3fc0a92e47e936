"""A survey's own form, made from its questions: fields "fraga_1", "fraga_2" … by their place."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, Any, Literal, Protocol
from uuid import UUID

from pydantic import BaseModel, Field, create_model

from services.surveys.rules.questions import Kind
from services.surveys.rules.results import GRADES
from shared.i18n import N_
from shared.web import Says
from shared.web.forms import Text5000

_UNANSWERED = N_("Svara på fråga {label}")


class Answerable(Protocol):
    """What its answer needs to know of a question."""

    @property
    def id(self) -> UUID: ...
    @property
    def position(self) -> int: ...
    @property
    def kind(self) -> Kind: ...
    @property
    def alternatives(self) -> int: ...
    @property
    def required(self) -> bool: ...


_Shape = tuple[int, Kind, int, bool]
"""All of a question that its field depends on: place, kind, number of options, whether it must be answered."""


def field_name(question: Answerable) -> str:
    """What the question's field is called in the form."""
    return _name(question.position)


def _name(position: int) -> str:
    return f"fraga_{position}"


def answer_form(questions: Sequence[Answerable]) -> type[BaseModel]:
    """The model that `parse_form` reads the answers by."""
    return _made(tuple((question.position, question.kind, question.alternatives, question.required) for question in questions))


@lru_cache(maxsize=200)
def _made(questions: tuple[_Shape, ...]) -> type[BaseModel]:
    """Making a model takes longer than all else that an answer costs; surveys that ask alike share one."""
    fields: dict[str, Any] = {_name(shape[0]): _field(*shape) for shape in questions}
    return create_model("AnswerForm", **fields)


def answers_in(form: BaseModel, questions: Sequence[Answerable]) -> dict[str, Any]:
    """What was answered, by the question's id; a question that was passed over is left out."""
    given = ((question, getattr(form, field_name(question))) for question in questions)
    return {str(question.id): _plain(question, value) for question, value in given if value}


def _field(position: int, kind: Kind, options: int, required: bool) -> tuple[Any, Any]:
    says = Says(
        str(position),
        missing=_UNANSWERED,
        too_short=_UNANSWERED,
        string_too_long=N_("Fråga {label}: skriv högst {max_length} tecken"),
        literal_error=N_("Fråga {label}: välj ett av alternativen"),
    )
    match kind:
        case "scale":
            value = _one_of([str(grade) for grade in GRADES])
        case "single":
            value = _one_of([str(number) for number in range(options)])
        case "multi":
            value = list[_one_of([str(number) for number in range(options)])]  # type: ignore[misc]
        case "text":
            value = Text5000
    if kind == "multi":
        return Annotated[value, Field(min_length=1 if required else 0), says], ... if required else []
    return Annotated[value, says], ... if required else None


def _one_of(values: Sequence[str]) -> Any:
    return Literal.__getitem__(tuple(values))


def _plain(question: Answerable, value: Any) -> Any:
    match question.kind:
        case "multi":
            return sorted({int(number) for number in value})
        case "text":
            return value
        case _:
            return int(value)
