"""What a browser posts becomes a model, or messages that a person can act on; what was typed is never lost."""

import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, EmailStr, Field, field_validator
from starlette.datastructures import FormData, UploadFile
from starlette.testclient import TestClient

from shared.clock import now
from shared.i18n import in_language
from shared.web import LocalDateTime, Says, blank_form, parse_form
from shared.web.bots import form_stamp
from shared.web.forms import Text80
from tests.shared.web.guide import Settings


class Kind(StrEnum):
    WORKSHOP = "workshop"


class Everything(BaseModel):
    name: Annotated[Text80, Says("ditt namn")]
    email: Annotated[EmailStr, Says("din e-postadress")]
    seats: Annotated[int, Field(ge=1, le=2), Says("antalet platser")] = 1
    mode: Annotated[Literal["on_site", "online"], Says(any="Välj hur du vill delta")] = "on_site"
    kind: Kind = Kind.WORKSHOP
    visits: list[UUID] = []
    notice: bool = False
    starts_at: LocalDateTime | None = None
    phone: Annotated[str | None, Says("telefonnummer", any="Ange telefonnumret med riktnummer")] = None

    @field_validator("phone")
    @classmethod
    def _has_area_code(cls, phone: str | None) -> str | None:
        if phone and not phone.startswith("0"):
            raise ValueError("never shown: the field has its own message")
        return phone


def posted(*pairs: tuple[str, str], **values: str) -> FormData:
    return FormData([("name", "Åsa Lind"), ("email", "asa@region.example"), *pairs, *values.items()])


def test_a_form_becomes_a_model() -> None:
    one, two = UUID(int=1), UUID(int=2)
    form = parse_form(
        Everything,
        posted(("visits", str(one)), ("visits", str(two)), seats=" 2 ", notice="true", starts_at="2027-06-09T09:30", other="x"),
    )
    assert form.errors == {}
    assert form.value is not None
    assert (form.value.name, form.value.seats, form.value.visits, form.value.notice) == ("Åsa Lind", 2, [one, two], True)
    assert form.value.starts_at == datetime(2027, 6, 9, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        ({"name": "  "}, {"name": "Ange ditt namn"}),
        ({"name": "x" * 81}, {"name": "Skriv högst 80 tecken"}),
        ({"email": "asa"}, {"email": "Ange din e-postadress i rätt format, till exempel namn@exempel.se"}),
        ({"seats": "två"}, {"seats": "Skriv antalet platser som ett heltal, till exempel 12"}),
        ({"seats": "3"}, {"seats": "Ange ett tal som är högst 2"}),
        ({"mode": "per brev"}, {"mode": "Välj hur du vill delta"}),
        ({"kind": "fest"}, {"kind": "Välj ett av alternativen"}),
        ({"visits": "skog"}, {"visits": "Välj ett av alternativen"}),
        ({"starts_at": "i juni"}, {"starts_at": "Ange dag och klockslag, till exempel 2027-06-09 09:30"}),
        ({"phone": "123"}, {"phone": "Ange telefonnumret med riktnummer"}),
        ({"name": "", "email": ""}, {"name": "Ange ditt namn", "email": "Ange din e-postadress"}),
    ],
)
def test_each_mistake_has_one_message_that_says_what_to_do(values: dict[str, str], errors: dict[str, str]) -> None:
    typed = {"name": "Åsa Lind", "email": "asa@region.example", **values}
    form = parse_form(Everything, FormData(list(typed.items())))
    assert (form.value, form.errors) == (None, errors)


def test_messages_are_in_the_readers_language() -> None:
    with in_language("en"):
        assert parse_form(Everything, posted(seats="3")).errors == {"seats": "Enter a number that is at most 2"}


def test_a_validators_own_words_are_said_as_they_stand() -> None:
    class Period(BaseModel):
        ends: str

        @field_validator("ends")
        @classmethod
        def _after(cls, ends: str) -> str:
            raise ValueError("Sluttiden {måste} vara efter starttiden")

    assert parse_form(Period, FormData([("ends", "9")])).errors == {"ends": "Sluttiden {måste} vara efter starttiden"}


def test_a_rule_found_later_takes_the_value_back() -> None:
    form = parse_form(Everything, posted())
    form.add_error("email", "Adressen är redan anmäld.")
    form.add_error("email", "och något mer")
    assert (form.value, form.errors) == (None, {"email": "Adressen är redan anmäld."})


def test_files_are_no_text() -> None:
    form = parse_form(Everything, FormData([("name", UploadFile(file=None)), ("email", "a@b.example")]))  # type: ignore[arg-type]
    assert form.errors == {"name": "Ange ditt namn"}


def test_a_blank_form_shows_what_is_known() -> None:
    known = Everything(
        name="Åsa", email="a@b.example", visits=[UUID(int=1)], notice=True, starts_at=datetime(2027, 6, 9, 7, 30, tzinfo=UTC)
    )
    shown = blank_form(Everything, known).raw
    assert shown["starts_at"] == "2027-06-09T09:30"
    assert shown["visits"] == [str(UUID(int=1))]
    assert (shown["notice"], shown["phone"], shown["seats"], shown["kind"]) == ("true", "", "1", "workshop")
    assert blank_form(Everything).raw["visits"] == []
    assert blank_form(Everything, {"name": "Åsa"}).raw["name"] == "Åsa"


@given(st.dictionaries(st.sampled_from([*Everything.model_fields, "okänt"]), st.text()))
def test_whatever_is_posted_is_a_value_or_messages_and_is_kept(values: dict[str, Any]) -> None:
    form = parse_form(Everything, FormData(list(values.items())))
    assert (form.value is None) == bool(form.errors)
    assert set(form.raw) == set(Everything.model_fields)
    assert all(form.raw[name] in (value, [value]) for name, value in values.items() if name != "okänt")
    assert all(message and "{" not in message for message in form.errors.values())


@given(
    st.builds(Everything, name=st.text(min_size=1, max_size=80).filter(str.strip), email=st.just("a@b.example"), phone=st.none())
)
def test_what_a_blank_form_shows_parses_to_the_same(known: Everything) -> None:
    """Opening a form and saving it at once changes nothing (but for white space around texts, and seconds)."""
    raw = blank_form(Everything, known).raw
    pairs = [(n, v) for n, values in raw.items() for v in (values if isinstance(values, list) else [values])]
    again = parse_form(Everything, FormData(pairs)).value
    assert again is not None
    assert again.model_dump(exclude={"starts_at"}) == {
        **known.model_dump(exclude={"starts_at"}),
        "name": known.name.strip(),
    }


def test_the_page_of_a_form_with_mistakes(site: TestClient) -> None:
    typed = {"first_name": 'Å "Lo" <b>', "email": "åsa", "visits": ["skog", "livsmedel"], "needs": "\nVegetariskt", "role": "rus"}
    answer = site.post("/anmalan", data={**typed, "visat": form_stamp(Settings(), now() - timedelta(minutes=1))})
    page = answer.text
    assert answer.status_code == 422
    assert "<title>Fel: Anmälan till workshop 2 – Träffpunkt</title>" in page
    assert "Det finns 4 fel i formuläret" in page
    assert '<a class="ds-link" href="#last_name">Ange ditt efternamn</a>' in page
    assert 'id="felsammanfattning" tabindex="-1" autofocus' in page
    assert 'aria-describedby="email-hint email-fel" aria-invalid="true"' in page
    assert 'value="Å &#34;Lo&#34; &lt;b&gt;"' in page
    assert ">\n\nVegetariskt</textarea>" in page
    assert '<option value="rus" selected>' in page
    assert len(re.findall(r'name="visits" value="(?:skog|livsmedel)" checked', page)) == 2


def test_everything_that_describes_a_field_is_there(site: TestClient) -> None:
    page = site.post("/anmalan").text
    ids = set(re.findall(r'\bid="([^"]*)"', page))
    for names in re.findall(r'aria-(?:describedby|labelledby)="([^"]*)"', page) + re.findall(r'\bfor="([^"]*)"', page):
        assert set(names.split()) <= ids


GOOD = {
    "first_name": "Åsa",
    "last_name": "Lind",
    "email": "asa.lind@region.example",
    "attendance": "online",
    "consent": "ja",
}


@pytest.mark.parametrize(
    ("extra", "seconds", "status"),
    [
        ({}, 60, 303),
        ({"webbplats": "https://spam.example"}, 60, 422),
        ({}, 0.5, 422),
        ({}, 25 * 3600, 422),
        ({"visat": "1.abc"}, 60, 422),
        ({"visat": ""}, 60, 422),
    ],
)
def test_robots_are_turned_away_and_people_may_try_again(
    site: TestClient, extra: dict[str, str], seconds: float, status: int
) -> None:
    stamp = form_stamp(Settings(), now() - timedelta(seconds=seconds))
    answer = site.post("/anmalan", data={**GOOD, "visat": stamp, **extra})
    assert answer.status_code == status
    if status == 422:
        assert 'value="Lind"' in answer.text
        assert "spam.example" not in answer.text
