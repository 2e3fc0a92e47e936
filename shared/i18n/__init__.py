"""The two languages of the interface: Swedish, which the source is written in, and English, which the catalogues hold.

    from shared.i18n import N_, _, in_language, ngettext

    _("Anmäl dig")                                             # in the language of this request or this piece of work
    ngettext("%(num)d plats", "%(num)d platser", 3) % {"num": 3}
    KINDS = {"workshop": N_("Workshop")}                       # marked now, translated when shown: _(KINDS[kind])
    with in_language("en"): ...                                # a mail to an English reader

Messages that hold values are marked first and filled after: `_("Hej {name}!").format(name=name)`.
`python -m shared.i18n extract` brings the catalogues up to date.
"""

from shared.i18n.language import LANGUAGES, SWEDISH, Language, in_language, language, set_language
from shared.i18n.messages import N_, _, gettext, ngettext, npgettext, pgettext
from shared.i18n.numbers import number, percent
from shared.i18n.sorting import sort_key
from shared.i18n.times import STOCKHOLM, clock, day, deadline, duration, local, second, when

__all__ = [
    "LANGUAGES",
    "N_",
    "STOCKHOLM",
    "SWEDISH",
    "Language",
    "_",
    "clock",
    "day",
    "deadline",
    "duration",
    "gettext",
    "in_language",
    "language",
    "local",
    "ngettext",
    "npgettext",
    "number",
    "percent",
    "pgettext",
    "second",
    "set_language",
    "sort_key",
    "when",
]
