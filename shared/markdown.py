"""Text that staff write, as safe HTML: Markdown without HTML in it, cleaned once more, its headings below the page's own."""

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

_TAGS = {"a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "strong"}
_TAGS |= {"table", "tbody", "td", "th", "thead", "tr", "ul"}
_parser = MarkdownIt("commonmark", {"html": False, "typographer": False}).enable("table").disable("image")


def markdown(text: str, first_heading: int = 2) -> Markup:
    """HTML of `text`. A `#` becomes a heading of level `first_heading`, so that the page keeps one outline.

    Links lead only to web and mail addresses and to paths on this site; pictures are not allowed.
    """
    tokens = _parser.parse(text)
    _shift_headings(tokens, first_heading - 1)
    html = _parser.renderer.render(tokens, _parser.options, {})
    return Markup(  # noqa: S704 (nh3 has just cleaned it)
        nh3.clean(
            html,
            tags=_TAGS,
            attributes={"a": {"href"}, "ol": {"start"}},
            url_schemes={"http", "https", "mailto"},
            link_rel="noopener",
        )
    )


def _shift_headings(tokens: list[Token], by: int) -> None:
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1]) + by, 6)}"
