"""Text that staff write is shown as they meant it, and can do no harm."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.markdown import markdown


def test_headings_stand_below_the_pages_own() -> None:
    assert markdown("# Ett\n\n## Två\n\n###### Sex") == "<h2>Ett</h2>\n<h3>Två</h3>\n<h6>Sex</h6>\n"
    assert markdown("# Ett", first_heading=3) == "<h3>Ett</h3>\n"


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,hej)",
        "![x](https://annan.example/bild.png)",
        '<a href="/" onclick="x">y</a>',
        "<javascript:alert(1)>",
    ],
)
def test_nothing_runs_and_nothing_is_fetched(text: str) -> None:
    html = markdown(text)
    assert not any(f"<{tag}" in html for tag in ("script", "img", "iframe", "style"))
    assert 'href="javascript' not in html
    assert 'href="data' not in html
    assert '<a href="/" onclick' not in html


@given(st.text(alphabet="<>/a[]()!\"'= #*`&;:\n-"))
def test_only_known_tags_come_out(text: str) -> None:
    tags = set(re.findall(r"<([a-zA-Z][a-zA-Z0-9]*)", markdown(text)))
    allowed = "a blockquote br code em h2 h3 h4 h5 h6 hr li ol p pre strong table tbody td th thead tr ul"
    assert tags <= set(allowed.split())
