"""Names of organisations that people type, against the register."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from services.catalog.models import Organisation
from services.catalog.queries.register import match_organisations
from shared.i18n import _
from shared.web import Parsed


def pick_organisation(session: Session, parsed: Parsed[Any], field: str, name: str) -> Organisation | None:
    """The organisation called `name`, or none and an error at `field`; none for no name."""
    if not name:
        return None
    matched = match_organisations(session, [name])
    if name in matched.unknown:
        parsed.add_error(field, unknown_organisation(name, matched.unknown[name]))
        return None
    return matched.found[name]


def unknown_organisation(name: str, alike: Sequence[str]) -> str:
    """What to say of a name that is not in the register."""
    if alike:
        return _("{name} finns inte i registret. Menade du {alike}?").format(name=name, alike=_(" eller ").join(alike))
    return _("{name} finns inte i registret. Kontrollera stavningen, eller lägg till organisationen i registret.").format(
        name=name
    )
