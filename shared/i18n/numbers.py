"""Numbers as people write them: "12 345", "4,3", "66 %"."""

from decimal import Decimal

from babel.numbers import format_decimal, format_percent

from shared.i18n.language import language

LOCALES = {"sv": "sv_SE", "en": "en_GB"}


def number(value: float | Decimal, decimals: int | None = None) -> str:
    """`number(12345.6)` is "12 345,6"; with `decimals` exactly so many."""
    pattern = None if decimals is None else "#,##0" + ("." + "0" * decimals if decimals else "")
    return format_decimal(value, format=pattern, locale=LOCALES[language()])


def percent(part: float, decimals: int = 0) -> str:
    """A share between 0 and 1 written out: `percent(0.656)` is "66 %" ("66%" in English)."""
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "") + ("\N{NO-BREAK SPACE}%" if language() == "sv" else "%")
    return format_percent(part, format=pattern, locale=LOCALES[language()])
