"""Rules that say no. The docstring is what the person reads."""

from shared.errors import DomainError


class LinkIsUsedUp(DomainError):
    """Länken gäller inte längre. En länk kan användas en gång, inom en kvart. Be om en ny länk och använd den senaste."""

    status = 410


class ChangedMeanwhile(DomainError):
    """Någon annan har sparat ändringar medan du skrev. Öppna sidan i en ny flik, jämför och skriv in dina ändringar där."""


class AlreadyPublished(DomainError):
    """Det här är redan publicerat."""


class CannotBePublished(DomainError):
    """Projektet kan inte publiceras än: {lacks}."""


class ProjectIsDraft(DomainError):
    """Projektet är inte publicerat än. Publicera projektet först: då publiceras också dess aktiviteter."""


class ProjectIsFinished(DomainError):
    """Projektets slutrapport är publicerad, och siffrorna ligger fast. Aktiviteter och medverkande går inte längre att ändra."""


class PublishedStays(DomainError):
    """Det som är publicerat kan inte tas bort, för andra kan ha anmält sig eller länkat hit."""


class TimeAndPlaceStand(DomainError):
    """Tid, plats och form går inte att ändra när aktiviteten är publicerad, för de anmälda har dem i sina kalendrar. Måste den
    flyttas: lägg till en ny aktivitet och skriv till de anmälda med ett utskick.
    """


class SlugTaken(DomainError):
    """Adressen {slug} används redan av ett annat projekt. Välj en annan."""


class OrganisationTaken(DomainError):
    """{title} finns redan i registret, som namn eller alias. Sök upp organisationen där."""


class RegionTaken(DomainError):
    """{title} har redan länskoden {code}. Kontrollera koden."""


class CannotMerge(DomainError):
    """En organisation kan bara slås ihop med en annan, aktiv organisation. Välj en annan att slå ihop med."""


class StaffExists(DomainError):
    """{email} finns redan bland personalen. Ändra den personens roller i stället."""


class LastAdministrator(DomainError):
    """Det måste finnas minst en administratör. Ge först någon annan rollen."""


class NothingToReport(DomainError):
    """Det finns ingen närvaro att redovisa än. Stäng närvaron för minst en aktivitet först."""
