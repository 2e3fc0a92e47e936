"""Every message has its English, and languages do not mix."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.errors import DomainError
from shared.i18n import N_, _, in_language, language, ngettext, number, percent, pgettext
from shared.i18n.extract import missing


@pytest.fixture(scope="module")
def untranslated() -> list[str]:
    return missing()


@pytest.mark.parametrize(
    "folder", ["shared", "services/catalog", "services/registration", "services/notifications", "services/surveys"]
)
def test_every_message_is_translated_and_keeps_its_placeholders(untranslated: list[str], folder: str) -> None:
    mine = [line for line in untranslated if line.startswith(f"{folder}/")]
    assert mine == [], "run `python -m shared.i18n extract`, then write what is empty in locale/en/LC_MESSAGES/messages.po"


def test_swedish_is_the_source() -> None:
    assert language() == "sv"
    assert _("Logga in") == N_("Logga in") == "Logga in"


def test_english_is_spoken_within_its_block_only() -> None:
    with in_language("en"):
        assert (_("Logga in"), pgettext("meny", "Om"), language()) == ("Sign in", "About", "en")
        with in_language("sv"):
            assert _("Logga in") == "Logga in"
        assert _("Logga in") == "Sign in"
    assert language() == "sv"


def test_a_language_we_do_not_have_is_swedish() -> None:
    with in_language("fi"):
        assert language() == "sv"


def test_threads_speak_for_themselves() -> None:
    def in_another(chosen: str) -> str:
        with in_language(chosen):
            return _("Logga in")

    with ThreadPoolExecutor(2) as threads, in_language("en"):
        assert list(threads.map(in_another, ["sv", "en"] * 20)) == ["Logga in", "Sign in"] * 20


def test_plurals() -> None:
    one, many = "Det finns %(num)d fel i formuläret", "Det finns %(num)d fel i formuläret"
    with in_language("en"):
        assert ngettext(one, many, 1) % {"num": 1} == "There is 1 error in the form"
        assert ngettext(one, many, 2) % {"num": 2} == "There are 2 errors in the form"


def test_numbers_are_written_the_local_way() -> None:
    assert number(12345.6) == "12\N{NO-BREAK SPACE}345,6"
    assert number(4.25, 1) == "4,2"
    assert number(4, 1) == "4,0"
    assert percent(0.656) == "66\N{NO-BREAK SPACE}%"
    with in_language("en"):
        assert (number(12345.6), percent(0.656), percent(0.656, 1)) == ("12,345.6", "66%", "65.6%")


class AllTaken(DomainError):
    """Alla platser
    i {title} är tagna."""


def test_an_error_says_its_docstring_with_its_facts() -> None:
    assert str(AllTaken(title="Skog")) == "Alla platser i Skog är tagna."
    assert str(AllTaken(_("Välj en annan dag."))) == "Välj en annan dag."
    assert AllTaken.status == 409
