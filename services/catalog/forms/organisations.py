"""The register of organisations."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from services.catalog.rules.programme import read_lines
from shared.i18n import N_
from shared.web import Says
from shared.web.forms import Text200, Text5000

Kind = Literal["region", "agency", "municipality", "county_board", "business", "academia", "civil_society", "other"]


class OrganisationForm(BaseModel):
    """What the register says of an organisation."""

    title: Annotated[Text200, Says(N_("organisationens namn"))]
    kind: Annotated[Kind, Says(N_("vilket slags organisation det är"))]
    region_code: Annotated[str, Field(pattern=r"\d\d"), Says(any=N_("Skriv länskoden med två siffror, till exempel 05"))] = ""
    aliases: Annotated[Text5000, Says(N_("andra namn"))] = ""

    @property
    def alias_list(self) -> list[str]:
        """One name a line."""
        return read_lines(self.aliases)


class MergeForm(BaseModel):
    """What an organisation is to become a part of."""

    into: Annotated[Text200, Says(N_("den organisation som den ska slås ihop med"))]
