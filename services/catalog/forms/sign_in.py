"""Signing in."""

from typing import Annotated

from pydantic import BaseModel, EmailStr, Field

from shared.i18n import N_
from shared.web import Says


class SignInForm(BaseModel):
    """Where to send the link, and where to go then."""

    email: Annotated[EmailStr, Says(N_("din e-postadress"))]
    next: Annotated[str, Field(max_length=2000)] = ""
