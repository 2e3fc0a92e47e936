"""The rules that say no: each docstring is what the person reads."""

from http import HTTPStatus

from shared.errors import DomainError, NotFound


class NoSuchSurvey(NotFound):
    """Enkäten finns inte. Gå till listan över enkäter och leta därifrån."""


class NoSuchQuestion(NotFound):
    """Frågan finns inte, eller är borttagen. Gå tillbaka till enkäten."""


class NoSuchLink(NotFound):
    """Länken leder inte till någon enkät. Kontrollera att hela adressen i mejlet kom med."""


class AlreadySent(DomainError):
    """Enkäten är utskickad och går inte längre att ändra: alla ska ha fått samma frågor och samma löfte om anonymitet."""


class NothingToAsk(DomainError):
    """Enkäten har inga frågor. Lägg till minst en fråga först."""


class NotOpen(DomainError):
    """Enkäten är inte öppen. Gå tillbaka till enkäten för att se hur den ligger till."""


class AlreadyAnswered(DomainError):
    """Du har redan svarat på den här enkäten. Tack! Varje länk kan bara användas en gång."""


class SurveyClosed(DomainError):
    """Tiden för att svara på enkäten är ute. Tack för att du ville svara."""

    status = HTTPStatus.GONE


class ResultsHidden(DomainError):
    """Resultatet visas när enkäten är stängd och minst {threshold} har svarat."""
