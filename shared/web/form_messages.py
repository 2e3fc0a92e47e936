"""What a form says when a value will not do: a sentence that tells what to do, by pydantic's type of error."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import EmailStr
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from shared.i18n import N_, _


@dataclass(frozen=True, init=False)
class Says:
    """How a form speaks of a field, in the field's annotation.

    `label` stands inside sentences ("Ange {label}."): `Says(N_("ditt förnamn"))`. Messages of its own are given by the type of
    error, or for `any`: `Says(N_("ålder"), greater_than_equal=N_("Du måste ha fyllt 18 år."))`.
    """

    label: str
    messages: Mapping[str, str]

    def __init__(self, label: str = "", **messages: str) -> None:
        object.__setattr__(self, "label", label)
        object.__setattr__(self, "messages", messages)


EMAIL = N_("Ange {label} i rätt format, till exempel namn@exempel.se")

DEFAULTS = {
    "missing": N_("Ange {label}"),
    "string_too_short": N_("Skriv minst {min_length} tecken"),
    "string_too_long": N_("Skriv högst {max_length} tecken"),
    "string_pattern_mismatch": N_("Ange {label} i rätt format"),
    "int_parsing": N_("Skriv {label} som ett heltal, till exempel 12"),
    "int_from_float": N_("Skriv {label} som ett heltal, till exempel 12"),
    "float_parsing": N_("Skriv {label} med siffror, till exempel 4,5"),
    "decimal_parsing": N_("Skriv {label} med siffror, till exempel 4,5"),
    "greater_than": N_("Ange ett tal som är större än {gt}"),
    "greater_than_equal": N_("Ange ett tal som är minst {ge}"),
    "less_than": N_("Ange ett tal som är mindre än {lt}"),
    "less_than_equal": N_("Ange ett tal som är högst {le}"),
    "bool_parsing": N_("Välj ja eller nej"),
    "literal_error": N_("Välj ett av alternativen"),
    "enum": N_("Välj ett av alternativen"),
    "uuid_parsing": N_("Välj ett av alternativen"),
    "too_short": N_("Välj minst {min_length}"),
    "too_long": N_("Välj högst {max_length}"),
    "date_from_datetime_parsing": N_("Ange datumet som år-månad-dag, till exempel 2027-06-09"),
    "date_parsing": N_("Ange datumet som år-månad-dag, till exempel 2027-06-09"),
    "datetime_parsing": N_("Ange dag och klockslag, till exempel 2027-06-09 09:30"),
    "datetime_from_date_parsing": N_("Ange dag och klockslag, till exempel 2027-06-09 09:30"),
    "time_parsing": N_("Ange klockslaget, till exempel 09:30"),
    "url_parsing": N_("Ange hela adressen, till exempel https://exempel.se"),
    "url_scheme": N_("Ange en adress som börjar med https://"),
}
OTHERWISE = N_("Kontrollera {label}")


def message_for(info: FieldInfo | None, error: ErrorDetails) -> str:
    """The sentence for `error`, in the reader's language. A validator's own `ValueError(_("…"))` is said as it stands."""
    kind, context = error["type"], dict(error.get("ctx", {}))
    says = next((said for said in (info.metadata if info else ()) if isinstance(said, Says)), Says())
    own = says.messages.get(kind) or says.messages.get("any")
    if own is None and isinstance(context.get("error"), ValueError):
        return str(context["error"])
    sentence = own or (EMAIL if kind == "value_error" and _is_email(info) else DEFAULTS.get(kind, OTHERWISE))
    return _(sentence).format(**{**context, "label": _(says.label) if says.label else _("ett värde")})


def _is_email(info: FieldInfo | None) -> bool:
    annotation: Any = info.annotation if info else None
    return annotation is EmailStr or EmailStr in get_args(annotation)
