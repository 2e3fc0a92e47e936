"""What comes in from people."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field

from services.notifications.rules.contacts import normal_address
from services.notifications.rules.placeholders import unknown, used
from shared.i18n import N_, _
from shared.web import Says

ONLY_OF_ACTIVITIES = frozenset({"tid", "plats", "sista_dag"})
MAX_PASTED = 200_000


def _known_placeholders(text: str) -> str:
    if names := unknown(text):
        raise ValueError(
            _("{names} går inte att fylla i. Använd bara platshållarna i listan.").format(
                names=", ".join(f"{{{n}}}" for n in names)
            )
        )
    return text


def _address(text: str) -> str:
    try:
        return normal_address(text)
    except ValueError as problem:
        raise ValueError(_(str(problem))) from None


Written = AfterValidator(_known_placeholders)


class ListForm(BaseModel):
    """A contact list's name, and whom it is for."""

    title: Annotated[str, Field(max_length=120), Says(N_("listans namn"))]
    description: Annotated[str, Field(max_length=500), Says(N_("beskrivningen"))] = ""


class PasteForm(BaseModel):
    """Contacts, one a line."""

    contacts: Annotated[str, Field(max_length=MAX_PASTED), Says(N_("kontakter, en per rad"))]


class ContactForm(BaseModel):
    """One contact."""

    name: Annotated[str, Field(max_length=120), Says(N_("namnet"))] = ""
    address: Annotated[str, AfterValidator(_address), Says(N_("e-postadressen"))]
    organisation: Annotated[str, Field(max_length=200), Says(N_("organisationen"))] = ""


class MailingForm(BaseModel):
    """An invitation: about what, in which words, to whom."""

    about: Annotated[str, Field(pattern=r"^(project|activity):[0-9a-f-]{36}$"), Says(any=N_("Välj vad inbjudan gäller"))]
    language: Annotated[Literal["sv", "en"], Says(N_("språket"))] = "sv"
    subject: Annotated[str, Field(max_length=150), Written, Says(N_("ämnesraden"))]
    body: Annotated[str, Field(max_length=10_000), Written, Says(N_("texten"))]
    lists: Annotated[list[UUID], Says(N_("en sändlista"))] = []

    @property
    def subject_id(self) -> UUID:
        """Of the project or activity."""
        return UUID(self.about.partition(":")[2])

    @property
    def is_about_activity(self) -> bool:
        return self.about.startswith("activity:")

    def misplaced(self) -> list[str]:
        """Placeholders that only an activity can fill, in an invitation to a whole project."""
        if self.is_about_activity:
            return []
        return sorted((used(self.subject) | used(self.body)) & ONLY_OF_ACTIVITIES)


class LaunchForm(BaseModel):
    """Yes, send it, to so many."""

    expected: Annotated[int, Field(ge=0)]


class AgainForm(BaseModel):
    """Why a mail is sent again."""

    reason: Annotated[str, Field(max_length=300), Says(N_("varför mejlet ska skickas igen"))]
