"""The contact page."""

from typing import Annotated, Literal

from pydantic import BaseModel, EmailStr

from shared.i18n import N_
from shared.web import Says
from shared.web.forms import Text5000

Subject = Literal["accessibility", "personal_data", "project", "other"]


class FeedbackForm(BaseModel):
    """What somebody wants to say; without an address they stay anonymous."""

    subject: Annotated[Subject, Says(any=N_("Välj vad det gäller"))]
    message: Annotated[Text5000, Says(N_("vad du vill säga"))]
    email: Annotated[EmailStr | None, Says(N_("din e-postadress"))] = None
