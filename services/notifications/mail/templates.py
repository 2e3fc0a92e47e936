"""The mails' templates: `templates/notifications/mail/<kind>/{subject.txt, body.txt, body.mjml}`.

MJML is compiled once a template, with the Jinja marks still in it, and the result is compiled once a language by Jinja, its
messages translated then: a mail costs only the filling in. `<mj-include path="…"/>` is replaced by the file before MJML sees it
(includes of the compiler lose the width and the default attributes of where they stand). Everything in an MJML template is
escaped; the text parts are plain text.
"""

import re
from collections.abc import MutableMapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateNotFound, nodes
from jinja2.visitor import NodeTransformer
from mjml import mjml2html

from shared import i18n
from shared.markdown import markdown

FOLDER = Path(__file__).parents[1] / "templates" / "notifications" / "mail"
SEAT_STATES = {
    "confirmed": i18n.N_("Bekräftad plats"),
    "waiting": i18n.N_("I kö"),
    "offered": i18n.N_("Erbjuden plats"),
    "declined": i18n.N_("Nej tack"),
    "cancelled": i18n.N_("Avbokad"),
    "expired": i18n.N_("Utgånget erbjudande"),
}
_INCLUDE = re.compile(r'<mj-include path="([a-z_/.]+)"\s*/>')


class _MailLoader(BaseLoader):
    """Reads a template; an MJML one as the HTML that it compiles to."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Any]:  # noqa: ARG002 (Jinja's own signature)
        path = FOLDER / template
        if not path.is_file():
            raise TemplateNotFound(template)
        source = path.read_text(encoding="utf-8")
        if path.suffix == ".mjml":
            # What comes before the document is Jinja's own: imports and settings.
            settings, start, document = _with_includes(source).partition("<mjml")
            source = settings + compile_mjml(start + document)
        return source, str(path), lambda: True


def compile_mjml(source: str) -> str:
    """The HTML of an MJML document, which may hold Jinja marks in texts, in attributes and in <mj-raw>."""
    html: str = mjml2html(source, disable_comments=True, fonts={})
    # The compiler's conditional comments for Outlook stay; the empty lines do not.
    return re.sub(r"\n\s*\n+", "\n", html)


class _Translator(NodeTransformer):
    """Puts the translation where a template says `_("…")`, and fills in what is named: `_("Hej %(name)s!", name=name)`."""

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 (Jinja's own name)
        self.generic_visit(node)
        if not (isinstance(node.node, nodes.Name) and node.node.name == "_" and isinstance(node.args[0], nodes.Const)):
            return node
        # As gettext does it: what we have written is markup in HTML, and what is filled in is escaped there.
        message = i18n.gettext(node.args[0].value)
        written: nodes.Expr = nodes.MarkSafeIfAutoescape(nodes.Const(message if node.kwargs else message % {}))
        if node.kwargs:
            written = nodes.Mod(written, nodes.Dict([nodes.Pair(nodes.Const(each.key), each.value) for each in node.kwargs]))
        return written.set_lineno(node.lineno)


class _MailEnvironment(Environment):
    """Templates in the language of the moment in which they are compiled."""

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        template: nodes.Template = _Translator().visit(super()._parse(source, name, filename))
        return template

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """In one dictionary: Jinja's own chain of two is looked through name by name whenever a template imports another."""
        return {**self.globals, **(d or {})}


@cache
def environment(_language: i18n.Language) -> Environment:
    """Jinja for mails in one language."""
    jinja = _MailEnvironment(
        loader=_MailLoader(),
        autoescape=lambda name: name is not None and name.endswith(".mjml"),  # plain text must not be escaped
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
        cache_size=-1,
    )
    jinja.policies["ext.i18n.trimmed"] = True
    jinja.install_gettext_callables(  # type: ignore[attr-defined]
        i18n.gettext, i18n.ngettext, newstyle=True, pgettext=i18n.pgettext, npgettext=i18n.npgettext
    )
    jinja.filters.update(
        oneline=_one_line,
        upfirst=lambda text: text[:1].upper() + text[1:],
        seat_state=lambda state: i18n.gettext(SEAT_STATES[state]),
        when=i18n.when,
        day=i18n.day,
        deadline=i18n.deadline,
        clock=i18n.clock,
        number=i18n.number,
        markdown=markdown,
    )
    return jinja


def render(kind: str, part: str, context: dict[str, Any]) -> str:
    """One part of one kind of mail: "subject.txt", "body.txt" or "body.mjml"."""
    return environment(i18n.language()).get_template(f"{kind}/{part}").render(context)


def _with_includes(source: str) -> str:
    while found := _INCLUDE.search(source):
        included = (FOLDER / found[1]).read_text(encoding="utf-8")
        source = source[: found.start()] + included + source[found.end() :]
    return source


def _one_line(text: str) -> str:
    """What a macro wrote, as one line of *plain* text: HTML escapes it, also where the macro's caller thinks that it is safe."""
    return " ".join(str(text).split())
