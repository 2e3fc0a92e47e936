"""From source to catalogue: which messages there are, and which of them have no English yet.

A message is what stands in `_()`, `N_()`, `ngettext()` and their like, in `{% trans %}`, and in the docstring of a DomainError.
The kernel's stand in shared/locale; a service's, without those, in its own.
"""

import ast
import inspect
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from shared.i18n.language import LANGUAGES, SWEDISH
from shared.i18n.messages import ROOT

_KEYWORDS: dict[str, Any] = {
    "_": None,
    "N_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
_TEMPLATES = {"trimmed": "true", "extensions": "jinja2.ext.i18n,jinja2.ext.do", "silent": "false"}
_PLACEHOLDERS = re.compile(r"\{[^{}]*\}|%\([a-z_]+\)[sd]")
_HEADER = """\
msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

"""


def extract() -> list[Path]:
    """Bring every catalogue up to date: new messages come in without a translation, those that are gone go. The files changed."""
    changed = []
    for folder, found in _found_by_folder().items():
        for language in LANGUAGES:
            path = catalogue_of(folder, language)
            if language != SWEDISH and (found or path.exists()):
                written = _updated(path, language, found)
                if not path.exists() or path.read_text() != written:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(written)
                    changed.append(path)
    return changed


def missing() -> list[str]:
    """Every message without a translation, or whose translation has other placeholders, as "place: message"."""
    wrong = []
    for folder, found in _found_by_folder().items():
        for language in LANGUAGES:
            if language != SWEDISH:
                catalogue = _read(catalogue_of(folder, language), language)
                wrong += [f"{place}: {_text(key)}" for key, place in found.items() if not _is_translated(catalogue, key)]
    return wrong


def catalogue_of(folder: Path, language: str) -> Path:
    """Where the translations of the messages in `folder` stand."""
    return folder / "locale" / language / "LC_MESSAGES" / "messages.po"


_Key = tuple[str | tuple[str, ...], str | None]
"""A message (or its singular and plural) and its context."""


def _found_by_folder() -> dict[Path, dict[_Key, str]]:
    """What each folder says, and where. What the kernel says as well is the kernel's."""
    kernel = ROOT / "shared"
    found = {kernel: dict(_messages(kernel))}
    for folder in sorted((ROOT / "services").glob("*/")):
        found[folder] = {key: place for key, place in _messages(folder) if key not in found[kernel]}
    return found


def _messages(folder: Path) -> Iterator[tuple[_Key, str]]:
    for path in sorted([*folder.rglob("*.py"), *folder.glob("**/templates/**/*.*")]):
        if "migrations" not in path.parts:
            for line, message, context in _messages_in(path):
                yield (message, context), f"{path.relative_to(ROOT)}:{line}"


def _messages_in(path: Path) -> Iterator[tuple[int, str | tuple[str, ...], str | None]]:
    method: Any = "python" if path.suffix == ".py" else babel_extract
    options = {} if path.suffix == ".py" else _TEMPLATES
    for line, message, _comments, context in extract_from_file(method, path, keywords=_KEYWORDS, options=options):
        yield line, message, context
    if path.suffix == ".py":
        for line, docstring in _errors_in(path.read_text()):
            yield line, docstring, None


def _errors_in(source: str) -> Iterator[tuple[int, str]]:
    """The docstrings of the errors that people read: of classes derived from DomainError, or from such a class in this file."""
    families = {"DomainError", "NotFound", "Forbidden"}
    if not any(name in source for name in families):
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef) and families & {base.id for base in node.bases if isinstance(base, ast.Name)}:
            families.add(node.name)
            if docstring := ast.get_docstring(node):
                yield node.lineno, " ".join(inspect.cleandoc(docstring).split())


def _updated(path: Path, language: str, found: dict[_Key, str]) -> str:
    old, new = _read(path, language), Catalog(locale=language)
    for message, context in found:
        kept = old.get(message if isinstance(message, str) else message[0], context)
        new.add(message, kept.string if kept else "", context=context)
    body = BytesIO()
    write_po(body, new, omit_header=True, no_location=True, sort_output=True, width=120)
    return _HEADER.format(language=language) + body.getvalue().decode().strip() + "\n"


def _read(path: Path, language: str) -> Catalog:
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def _is_translated(catalogue: Catalog, key: _Key) -> bool:
    source, context = key
    originals = (source,) if isinstance(source, str) else source
    entry = catalogue.get(originals[0], context)
    translations = () if entry is None else (entry.string,) if isinstance(entry.string, str) else tuple(entry.string or ())
    return len(translations) == len(originals) and all(
        translated and set(_PLACEHOLDERS.findall(translated)) <= set(_PLACEHOLDERS.findall("".join(originals)))
        for translated in translations
    )


def _text(key: _Key) -> str:
    return key[0] if isinstance(key[0], str) else key[0][0]
