"""Messages in the language of the moment. The catalogues are read from their .po files, once: there is no compile step."""

from functools import cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from shared.i18n.language import SWEDISH, Language, language

ROOT = Path(__file__).resolve().parents[2]


def gettext(message: str) -> str:
    """`message` in the language of the moment."""
    return translations(language()).gettext(message)


_ = gettext


def ngettext(singular: str, plural: str, n: int) -> str:
    """The form for `n`. The caller fills in: `ngettext("%(num)d plats", "%(num)d platser", n) % {"num": n}`."""
    return translations(language()).ngettext(singular, plural, n)


def pgettext(context: str, message: str) -> str:
    """Like `gettext`, for short words that mean different things in different places."""
    return translations(language()).pgettext(context, message)


def npgettext(context: str, singular: str, plural: str, n: int) -> str:
    """Like `ngettext`, with a context."""
    return translations(language()).npgettext(context, singular, plural, n)


def N_(message: str) -> str:  # noqa: N802 (gettext's own name for it)
    """Marks a message for the catalogue where it is written; it is translated where it is shown."""
    return message


@cache
def translations(spoken: Language) -> NullTranslations:
    """Everything there is in `spoken`: the kernel's catalogue and those of the services that are present."""
    if spoken == SWEDISH:
        return NullTranslations()
    merged = Translations()
    for path in catalogue_files(spoken):
        merged.merge(_compiled(path, spoken))
    return merged


def catalogue_files(spoken: Language) -> list[Path]:
    """The .po files that are present, the kernel's first."""
    inside = Path("locale", spoken, "LC_MESSAGES", "messages.po")
    folders = [ROOT / "shared", *sorted((ROOT / "services").glob("*"))]
    return [folder / inside for folder in folders if (folder / inside).is_file()]


def _compiled(path: Path, spoken: Language) -> Translations:
    with path.open("rb") as file:
        catalogue = read_po(file, locale=spoken)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)
