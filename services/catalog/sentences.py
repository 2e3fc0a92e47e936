"""Sentences, lists and names of months, in the language of the moment; and what is Swedish in the midst of English."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

from babel.dates import format_date
from babel.lists import format_list
from markupsafe import Markup

from services.catalog.rules.figures import Figures
from shared.events.surveys import AnswerCount
from shared.i18n import SWEDISH, language, local, ngettext, number


def report_sentence(figures: Figures) -> str:
    """How many came, from how many organisations, how often: the sentence of the final report."""
    people = ngettext("%(num)s unik deltagare", "%(num)s unika deltagare", figures.unique_participants)
    organisations = ngettext("%(num)s organisation", "%(num)s organisationer", figures.organisations)
    times = ngettext(
        "%(people)s från %(organisations)s har deltagit %(num)s gång.",
        "%(people)s från %(organisations)s har deltagit %(num)s gånger.",
        figures.participations,
    )
    return times % {
        "people": people % {"num": number(figures.unique_participants)},
        "organisations": organisations % {"num": number(figures.organisations)},
        "num": number(figures.participations),
    }


def listed(names: Sequence[str]) -> str:
    """Names as people list them: with "och" before the last."""
    return format_list(list(names), locale=_locale())


def month(day: date) -> str:
    """A heading of the calendar: Januari 2027."""
    name = format_date(day, "LLLL y", locale=_locale())
    return name[0].upper() + name[1:]


def answers(counts: Sequence[AnswerCount]) -> list[tuple[str, int | None]]:
    """A question's answers for a chart: what was answered, and how many did (none: too few to tell)."""
    english = language() == "en"
    return [(count.label_en if english and count.label_en else swedish(count.label), count.count) for count in counts]


def day_number(moment: datetime, zone: str) -> int:
    """The day of the month, on the clocks of `zone`."""
    return local(moment, zone).day


def clock_time(at: time) -> str:
    """9.30 in Swedish, 09:30 in English."""
    return f"{at:%H:%M}" if language() == "en" else f"{at.hour}.{at:%M}"


def named(codes: Sequence[str], names: Mapping[str, str]) -> list[str]:
    """The regions' names, by county code; a code that nobody has stays as it is."""
    return [names.get(code, code) for code in codes]


def foreign() -> str:
    """The language of what staff have written, when it is not the page's."""
    return "" if language() == SWEDISH else SWEDISH


def short_month(moment: datetime) -> str:
    """What stands under the day's number: jan."""
    return format_date(local(moment).date(), "LLL", locale=_locale()).rstrip(".")


def swedish(text: str) -> str:
    """What staff wrote in Swedish: marked as such on an English page, so that it is read aloud as what it is (WCAG 3.1.2)."""
    return text if language() == SWEDISH or not text else Markup('<span lang="sv">{}</span>').format(text)


def _locale() -> str:
    return "en_GB" if language() == "en" else "sv_SE"
