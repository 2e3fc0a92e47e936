"""The rules that may be broken, each with what it says to the person."""

from typing import ClassVar

from shared.errors import DomainError


class MailingIsSent(DomainError):
    """Utskicket är redan skickat och kan inte ändras. Skapa ett nytt utskick om något ska rättas."""


class MailingNotSending(DomainError):
    """Utskicket skickas inte just nu, så det går inte att pausa. Ladda om sidan för att se var det står."""


class MailingNotPaused(DomainError):
    """Utskicket är inte pausat, så det går inte att fortsätta. Ladda om sidan för att se var det står."""


class NobodyToWriteTo(DomainError):
    """Det finns ingen att skicka till. Välj en sändlista med kontakter som inte redan är anmälda eller har avregistrerat sig."""


class RecipientsChanged(DomainError):
    """Sändlistan ändrades medan du läste: nu är det {count} mottagare. Kontrollera antalet och skicka sedan."""


class ListInUse(DomainError):
    """Listan är vald i ett utkast till utskick. Ta bort den ur utkastet först."""


class TitleTaken(DomainError):
    """Det finns redan en sändlista som heter så. Välj ett annat namn."""


class AddressTaken(DomainError):
    """Adressen finns redan på listan. Ändra den kontakten i stället."""


class NotResendable(DomainError):
    """Bara mejl som misslyckades eller hölls tillbaka kan skickas igen. Ladda om sidan för att se hur det står till."""


class UnknownUnsubscribeLink(DomainError):
    """Länken för att avregistrera sig är inte hel. Öppna den igen från mejlet, eller kontakta oss så hjälper vi dig."""

    status: ClassVar[int] = 404
