"""Staff."""

from typing import Annotated, Literal

from pydantic import BaseModel, EmailStr, Field

from shared.i18n import N_
from shared.web import Says
from shared.web.forms import Text200

Role = Literal["organiser", "host", "operator", "administrator"]


class StaffForm(BaseModel):
    """Who somebody is, and what they may do."""

    name: Annotated[Text200, Says(N_("personens namn"))]
    roles: Annotated[list[Role], Field(min_length=1), Says(any=N_("Välj minst en roll"))]
    organisation: Annotated[Text200, Says(N_("organisationen"))] = ""


class NewStaffForm(StaffForm):
    """And under which address they sign in; it stays the same for good."""

    email: Annotated[EmailStr, Says(N_("personens e-postadress"))]
