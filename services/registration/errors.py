"""The rules that registration may break, each with the message that a person reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from shared.errors import DomainError, NotFound

__all__ = [
    "ActivityHasBegun",
    "ActivityNotOver",
    "FormAlreadyReceived",
    "LinkIsWrong",
    "NoSuchActivity",
    "NoSuchProject",
    "NoSuchRegistration",
    "NotFound",
    "NothingToCancel",
    "OfferIsOver",
    "ReceiptIsGone",
    "Refusal",
    "SeatIsGone",
    "SheetIsClosed",
    "WishesRefused",
]


class NoSuchProject(NotFound):
    """Det finns inget lärprojekt att anmäla sig till här. Gå till startsidan och välj ett lärprojekt i listan."""


class NoSuchRegistration(NotFound):
    """Anmälan finns inte. Gå till listan och välj en anmälan där."""


class NoSuchActivity(NotFound):
    """Aktiviteten finns inte, eller är inte publicerad än. Gå till lärprojektet och välj en aktivitet där."""


class ReceiptIsGone(NotFound):
    """Kvittot på anmälan finns inte kvar. Allt om din anmälan står i bekräftelsen som du fick med mejl."""


class LinkIsWrong(NotFound):
    """Länken till din anmälan stämmer inte. Öppna den direkt från mejlet, eller kopiera hela adressen."""


class SeatIsGone(DomainError):
    """Platsen är redan avbokad eller har gått vidare. Ladda om sidan för att se hur det står till."""


class NothingToCancel(DomainError):
    """Det finns ingen plats att avboka. Ladda om sidan för att se hur det står till."""


class OfferIsOver(DomainError):
    """Erbjudandet gäller inte längre: tiden har gått ut eller så har du redan svarat.

    Ladda om sidan för att se hur det står till.
    """


class ActivityHasBegun(DomainError):
    """{activity} har redan börjat och kan inte avbokas här. Hör av dig till arrangören."""


class ActivityNotOver(DomainError):
    """Aktiviteten har inte börjat än. Närvaron kan stängas när den har börjat."""


class SheetIsClosed(DomainError):
    """Närvaron är stängd. Öppna den igen om något ska rättas."""


class FormAlreadyReceived(DomainError):
    """Formuläret är redan mottaget."""


@dataclass(frozen=True)
class Refusal:
    """One wish that could not be met, and what stood in its way (`rules.seats.Full`)."""

    activity_id: UUID
    because: str


class WishesRefused(DomainError):
    """Det finns inte plats i allt som du valde. Välj något annat och skicka anmälan igen."""

    status: ClassVar[int] = 409

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__()
        self.refusals = refusals
