"""What people send: the registration form, the needs on the personal page, marks of attendance, allotments."""

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, EmailStr, Field, StringConstraints
from starlette.datastructures import FormData

from services.registration.actions.attendance import State
from services.registration.actions.needs import DIETS, Wants
from services.registration.actions.register import Wish
from services.registration.models import ATTENDANCE
from shared.i18n import N_, _
from shared.web import Says

FORM_KEY = re.compile(r"[A-Za-z0-9_-]{20,80}")


def _a_name(written: str) -> str:
    """A name holds letters: an address or a number in the wrong box is noticed."""
    if not any(character.isalpha() for character in written) or "@" in written:
        raise ValueError(_("Ange ditt namn med bokstäver"))
    return " ".join(written.split())


Name = Annotated[str, StringConstraints(max_length=120), AfterValidator(_a_name)]
Email = Annotated[EmailStr, Field(max_length=200)]
Title = Annotated[str, StringConstraints(min_length=2, max_length=160), AfterValidator(lambda written: " ".join(written.split()))]
Words = Annotated[str, StringConstraints(max_length=1000)]


class NeedsForm(BaseModel):
    """Diets and needs: optional, all of it."""

    diets: Annotated[list[str], Says(N_("specialkost"))] = []
    needs: Annotated[Words, Says(N_("dina behov"))] = ""

    def wants(self) -> Wants:
        """What was told; unknown ticks are passed over."""
        return Wants(tuple(diet for diet in DIETS if diet in self.diets), self.needs)


class RegistrationForm(NeedsForm):
    """The public form, but for the activities, whose fields depend on the project (`wishes_in`)."""

    full_name: Annotated[Name, Says(N_("ditt namn"))]
    email: Annotated[Email, Says(N_("din e-postadress"))]
    organisation: Annotated[Title, Says(N_("din organisation"))]
    organisation_id: Annotated[str, Says(N_("din organisation"))] = ""
    """Chosen among suggestions after a name that was not found: an id, or "new"."""
    organisation_missing: Annotated[bool, Says(N_("om din organisation saknas"))] = False
    overlap_ok: Literal["ja", ""] = ""
    read_notice: Annotated[Literal["ja"], Says(any=N_("Bekräfta att du har läst hur uppgifterna används"))]
    invitation: Annotated[str, StringConstraints(max_length=200)] = ""


class DoorForm(BaseModel):
    """Somebody who comes without having registered."""

    full_name: Annotated[Name, Says(N_("personens namn"))]
    email: Annotated[Email, Says(N_("personens e-postadress"))]
    organisation: Annotated[Title, Says(N_("personens organisation"))]
    organisation_missing: Annotated[bool, Says(N_("om organisationen saknas"))] = False


class AllotmentForm(BaseModel):
    """An organisation's own seats in an activity."""

    organisation: Annotated[Title, Says(N_("organisationen"))]
    max_seats: Annotated[int, Field(ge=0, le=10_000), Says(N_("högsta antalet platser"))]
    guaranteed: Annotated[int, Field(ge=0, le=10_000), Says(N_("antalet garanterade platser"))] = 0


def form_key_in(form: FormData) -> str | None:
    """The form's hidden key, if it is one."""
    key = str(form.get("form_key", ""))
    return key if FORM_KEY.fullmatch(key) else None


def ticked_in(form: FormData) -> list[UUID]:
    """The activities that were ticked, in the order of the form. Ticks of choice groups come in fields of their own."""
    fields = [value for name, value in form.multi_items() if name == "activities" or name.startswith("group_")]
    return list(dict.fromkeys(_uuids(value for value in fields if isinstance(value, str))))


def wishes_in(form: FormData, modes: Mapping[UUID, str]) -> list[Wish]:
    """The ticked activities with the chosen way of taking part. `modes` are those of what is offered; the rest is passed over."""
    return [Wish(id_, _mode(form, id_, modes[id_])) for id_ in ticked_in(form) if id_ in modes]


def marks_in(form: FormData) -> dict[UUID, State]:
    """Marks of attendance: fields `seat_<id>` with a state."""
    marks: dict[UUID, State] = {}
    for name, value in form.multi_items():
        if name.startswith("seat_") and value in ATTENDANCE:
            for seat_id in _uuids([name.removeprefix("seat_")]):
                marks[seat_id] = value  # type: ignore[assignment]
    return marks


def ids_in(form: FormData, name: str) -> list[UUID]:
    """All ids posted as `name`; whatever is no id is passed over."""
    return _uuids(value for value in form.getlist(name) if isinstance(value, str))


def as_uuid(written: str) -> UUID | None:
    """An id from an address, or None."""
    return next(iter(_uuids([written])), None)


def _mode(form: FormData, activity_id: UUID, mode: str) -> str:
    if mode == "hybrid":
        return "online" if form.get(f"mode_{activity_id}") == "online" else "on_site"
    return mode


def _uuids(written: Iterable[str]) -> list[UUID]:
    found = []
    for text in written:
        try:
            found.append(UUID(text.strip()))
        except ValueError:
            continue
    return found
