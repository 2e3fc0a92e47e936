"""Placeholders: a short list, plain values, and nothing that runs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.rules.placeholders import PLACEHOLDERS, fill_html, fill_plain, fill_text, unknown, used

VALUES = {name: f"<{name}>" for name in PLACEHOLDERS}


def test_known_names_are_filled_in_and_unknown_told() -> None:
    assert fill_text("Hej {namn}, { tid }!", {"namn": "Åsa", "tid": "nu"}) == "Hej Åsa, nu!"
    assert unknown("Hej {namn} {efternamn} {efternamn} {}") == ["efternamn", ""]
    assert used("{namn} {x} {tid}") == {"namn", "tid"}


@pytest.mark.parametrize(
    "text",
    [
        "{{ namn }}",
        "{namn.__class__}",
        "{namn!r}",
        "{0}",
        "{% for x in y %}",
        "${namn}",
        "{namn[0]}",
        "%(namn)s",
        "{{7*7}}",
    ],
)
def test_nothing_is_evaluated(text: str) -> None:
    filled = fill_text(text, VALUES)
    assert filled.replace("<namn>", "{namn}").replace("{{namn}}", "{{ namn }}") == text
    assert "49" not in filled


def test_a_value_is_never_filled_in_again_nor_read_as_markup() -> None:
    values = {"namn": "{lank} **fet** [x](https://evil.example) <b>", "lank": "https://ours.example/?a=1&b=2"}
    assert fill_text("{namn}", values) == values["namn"]
    html = str(fill_html("Hej {namn}! [Anmäl]({lank})", values))
    assert "<strong>" not in html
    assert "evil.example)" in html
    assert 'href="https://evil' not in html
    assert "&lt;b&gt;" in html
    assert 'href="https://ours.example/?a=1&amp;b=2"' in html


def test_line_breaks_of_a_value_do_not_make_headers() -> None:
    assert fill_text("Ämne {namn}", {"namn": "a\r\nBcc: b"}) == "Ämne a Bcc: b"


def test_plain_text_has_no_marks() -> None:
    text = "## Rubrik\n\n**Fet {namn}** och [länk]({lank}), 3 ** 4"
    assert (
        fill_plain(text, {"namn": "*Åsa*", "lank": "https://x.example"})
        == "Rubrik\n\nFet *Åsa* och länk: https://x.example, 3 ** 4"
    )


@given(st.text(max_size=200), st.text(max_size=50))
def test_html_holds_no_more_than_markdown_may(text: str, value: str) -> None:
    html = str(fill_html(text, dict.fromkeys(PLACEHOLDERS, value)))
    assert "<script" not in html.lower()
    assert "javascript:" not in html.lower() or "javascript:" in (text + value).lower()
