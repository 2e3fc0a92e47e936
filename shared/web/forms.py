"""Forms: from what a browser posts to a Pydantic model, or to messages that a person can act on.

    class Join(BaseModel):
        first_name: Annotated[Text80, Says(N_("ditt förnamn"))]
        email: Annotated[EmailStr, Says(N_("din e-postadress"))]
        visits: Annotated[list[UUID], Says(N_("ett studiebesök"))] = []
        consent: Annotated[Literal["ja"], Says(any=N_("Bekräfta att du har läst hur uppgifterna används"))]

    form = parse_form(Join, posted)        # form.value is a Join, or None and form.errors says why
    if form.value and taken(form.value):
        form.add_error("email", _("Adressen är redan anmäld."))     # and form.value becomes None

In templates, `{{ forms.field("email", _("E-postadress"), form) }}` shows `form.raw.email`, as typed, and `form.errors.email`.
White space around values does not count; an empty box is a missing value; lists are all values of that name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar, get_args, get_origin

from fastapi import Depends, Request
from pydantic import AfterValidator, BaseModel, StringConstraints, ValidationError
from pydantic.fields import FieldInfo
from starlette.datastructures import FormData

from shared.i18n import STOCKHOLM, local
from shared.web.form_messages import Says, message_for

M = TypeVar("M", bound=BaseModel)

Text80 = Annotated[str, StringConstraints(max_length=80)]
Text200 = Annotated[str, StringConstraints(max_length=200)]
Text5000 = Annotated[str, StringConstraints(max_length=5000)]
LocalDateTime = Annotated[datetime, AfterValidator(lambda at: at if at.tzinfo else at.replace(tzinfo=STOCKHOLM))]
"""What `<input type="datetime-local">` sends: a time on Stockholm's clocks."""

__all__ = ["FormDep", "LocalDateTime", "Parsed", "Says", "Text80", "Text200", "Text5000", "blank_form", "parse_form", "read_form"]


@dataclass
class Parsed(Generic[M]):
    """A form as it came: the value if all is well; else what is wrong, by field; and what was typed, to show again."""

    value: M | None = None
    errors: dict[str, str] = field(default_factory=dict)
    raw: dict[str, Any] = field(default_factory=dict)

    def add_error(self, name: str, message: str) -> None:
        """Say what a rule beyond one field found. The first message about a field stays. `name` "" is the form as a whole."""
        self.errors.setdefault(name, message)
        self.value = None


def parse_form(model: type[M], form: FormData) -> Parsed[M]:
    """`form` as a `model`, or the first error of each field in the reader's language. Values of no field are ignored."""
    raw = {name: _typed(form, _posted_name(name, info), _is_list(info)) for name, info in model.model_fields.items()}
    given = {_posted_name(name, info): value for name, info in model.model_fields.items() if (value := _stripped(raw[name]))}
    try:
        return Parsed(model.model_validate(given), {}, raw)
    except ValidationError as invalid:
        return Parsed(None, _first_errors(model, invalid), raw)


def blank_form(model: type[M], initial: BaseModel | Mapping[str, Any] | object = None) -> Parsed[M]:
    """The form before anybody has typed, filled with the values of `initial` (a mapping, or an object with such attributes)."""
    return Parsed(None, {}, {name: _shown(_initial(initial, name), _is_list(info)) for name, info in model.model_fields.items()})


async def read_form(request: Request) -> FormData:
    """The posted form, read before the page function runs, so that page functions need no `async`."""
    return await request.form(max_files=20, max_fields=2000)


FormDep = Annotated[FormData, Depends(read_form)]


def _typed(form: FormData, name: str, many: bool) -> Any:
    values = [value for value in form.getlist(name) if isinstance(value, str)]
    return values if many else (values[-1] if values else "")


def _stripped(value: Any) -> Any:
    return [item.strip() for item in value if item.strip()] if isinstance(value, list) else value.strip()


def _first_errors(model: type[BaseModel], invalid: ValidationError) -> dict[str, str]:
    names = {_posted_name(name, info): name for name, info in model.model_fields.items()}
    found: dict[str, str] = {}
    for error in invalid.errors(include_url=False):
        name = names.get(str(error["loc"][0]), "") if error["loc"] else ""
        found.setdefault(name, message_for(model.model_fields.get(name), error))
    return found


def _initial(source: object, name: str) -> Any:
    return source.get(name) if isinstance(source, Mapping) else getattr(source, name, None)


def _shown(value: Any, many: bool) -> Any:
    if many:
        return [str(item) for item in value or ()]
    if value is None or value is False:
        return ""
    if isinstance(value, datetime):
        return local(value).strftime("%Y-%m-%dT%H:%M")
    return "true" if value is True else str(value)


def _posted_name(name: str, info: FieldInfo) -> str:
    return info.alias or name


def _is_list(info: FieldInfo) -> bool:
    kinds = (list, tuple, set, frozenset)
    return any(kind in kinds or get_origin(kind) in kinds for kind in (info.annotation, *get_args(info.annotation)))
