"""Placeholders in the text of a mailing: a short list of names in braces, replaced by plain values and nothing else.

The text is never a template: no expression, no attribute, no code of any kind is evaluated. An unknown name is an error when
the text is saved; a value that looks like a placeholder, like markup or like a link stays the plain text that it is.
"""

import re
from collections.abc import Mapping
from urllib.parse import quote

from markupsafe import Markup, escape

from shared.i18n import N_
from shared.markdown import markdown

PLACEHOLDERS = {
    "namn": N_("mottagarens namn"),
    "organisation": N_("mottagarens organisation"),
    "projekt": N_("lärprojektets namn"),
    "aktivitet": N_("aktivitetens namn"),
    "tid": N_("när aktiviteten är"),
    "plats": N_("var aktiviteten är"),
    "sista_dag": N_("sista dag att anmäla sig"),
    "lank": N_("mottagarens egen länk till anmälan"),
}
"""Every name there is, and what it stands for."""

_NAME = re.compile(r"\{\s*([^{}\n]{0,40}?)\s*\}")
# Private-use characters mark a place while Markdown works on the text. Nobody types them; if somebody does, they are dropped.
_OPEN, _CLOSE = "\ue000", "\ue001"
_PLACE = re.compile(f"{_OPEN}([a-z_]+){_CLOSE}")
_MARKS = [
    (re.compile(r"\*\*(\S(?:.*?\S)?)\*\*"), r"\1"),
    (re.compile(r"\[([^\]\n]+)\]\(([^)\s]+)\)"), r"\1: \2"),
    (re.compile(r"(?m)^#{1,6}\s+"), ""),
]
_PLACE_IN_LINK = re.compile(f"{quote(_OPEN)}([a-z_]+){quote(_CLOSE)}")


def unknown(text: str) -> list[str]:
    """The names in braces that are no placeholders, in order, each once."""
    return list(dict.fromkeys(name for name in _NAME.findall(text) if name not in PLACEHOLDERS))


def used(text: str) -> set[str]:
    """The placeholders that stand in `text`."""
    return set(_NAME.findall(text)) & PLACEHOLDERS.keys()


def fill_text(text: str, values: Mapping[str, str]) -> str:
    """`text` with its placeholders replaced, as plain text. Every line break of a value becomes a space."""
    return _PLACE.sub(lambda place: _one_line(values.get(place[1], "")), _marked(text))


def headline(text: str, project: str, activity: str = "") -> str:
    """A subject as one mailing's name, the same for all its recipients: what differs between them is left out ("…")."""
    shared = {"projekt": project, "aktivitet": activity or project}
    return fill_text(text, {name: shared.get(name, "…") for name in PLACEHOLDERS})


def fill_plain(text: str, values: Mapping[str, str]) -> str:
    """`text`, which is Markdown, as one writes it without: no stars, and a link's address after its words."""
    plain = _marked(text)
    for mark, words in _MARKS:
        plain = mark.sub(words, plain)
    return _PLACE.sub(lambda place: _one_line(values.get(place[1], "")), plain)


def fill_html(text: str, values: Mapping[str, str]) -> Markup:
    """`text` as Markdown, with its placeholders replaced by escaped values."""
    html = str(markdown(_marked(text), first_heading=2))
    html = _PLACE_IN_LINK.sub(lambda place: str(escape(_one_line(values.get(place[1], "")))), html)
    return Markup(_PLACE.sub(lambda place: str(escape(_one_line(values.get(place[1], "")))), html))  # noqa: S704 (cleaned, values escaped)


def _marked(text: str) -> str:
    plain = text.replace(_OPEN, "").replace(_CLOSE, "").replace("\r\n", "\n")
    return _NAME.sub(lambda name: f"{_OPEN}{name[1]}{_CLOSE}" if name[1] in PLACEHOLDERS else name[0], plain)


def _one_line(value: str) -> str:
    return " ".join(value.split())
