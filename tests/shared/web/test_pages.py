"""What every page says, in both languages, and who may keep a copy of it."""

import re

import html5lib
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from shared.web import create_app
from shared.web.pages import Pagination
from tests.shared.web.guide import make_service


def test_a_page_exists_in_both_languages_and_names_the_other(site: TestClient) -> None:
    swedish, english = site.get("/projekt/guide?sida=2").text, site.get("/en/projekt/guide?sida=2").text
    assert '<html lang="sv"' in swedish
    assert '<a class="ds-link" href="/en/projekt/guide?sida=2" lang="en" hreflang="en">English</a>' in swedish
    assert 'hreflang="en" href="http://127.0.0.1:8000/en/projekt/guide"' in swedish
    assert 'hreflang="x-default" href="http://127.0.0.1:8000/projekt/guide"' in swedish
    assert '<html lang="en"' in english
    assert '<a class="ds-link" href="/projekt/guide?sida=2" lang="sv" hreflang="sv">Svenska</a>' in english
    assert "Skip to the content" in english
    assert "Hoppa till innehållet" not in english


def test_links_keep_the_readers_language(site: TestClient) -> None:
    english = site.get("/en/projekt/guide").text
    internal = set(re.findall(r'<a [^>]*href="(/[^"]*)"', english)) - {"/projekt/guide"}
    assert internal
    assert all(address.startswith("/en") for address in internal)


def test_start_pages_are_slash_and_en(site: TestClient) -> None:
    assert site.get("/en").status_code == site.get("/").status_code == 200
    assert 'href="/en" lang="en"' in site.get("/").text


def test_the_language_of_one_request_does_not_leak_into_the_next(site: TestClient) -> None:
    site.get("/en/projekt/guide")
    assert site.get("/projekt/guide").headers["content-language"] == "sv"


@pytest.mark.parametrize("address", ["/", "/en", "/anmalan", "/en/anmalan", "/finns-inte"])
def test_html_is_valid(site: TestClient, address: str) -> None:
    html5lib.HTMLParser(strict=True).parse(site.get(address).text)


def test_an_answered_form_is_valid_html(site: TestClient) -> None:
    html5lib.HTMLParser(strict=True).parse(site.post("/anmalan", data={"email": 'å"<b>', "visits": ["skog", "x"]}).text)


def test_ids_are_unique(site: TestClient) -> None:
    for page in (site.get("/").text, site.post("/anmalan").text):
        ids = re.findall(r'\bid="([^"]*)"', page)
        assert len(ids) == len(set(ids))


def test_the_menu_marks_where_we_are(site: TestClient) -> None:
    page = site.get("/projekt/guide").text
    assert '<a href="/projekt" aria-current="true">Lärprojekt</a>' in page
    assert '<a href="/kalender">Kalender</a>' in page


def test_every_answer_carries_the_security_headers(site: TestClient) -> None:
    for address in ("/", "/finns-inte", "/fel", "/metrics", "/api/guide/full"):
        headers = site.get(address).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'; script-src 'self';"), address
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "strict-transport-security" not in headers
        assert re.fullmatch(r"[0-9a-f-]{36}", headers["x-correlation-id"])


def test_https_sites_insist_on_https() -> None:
    client = TestClient(
        create_app(make_service(public_url="https://traffpunkt.example"), []), base_url="https://traffpunkt.example"
    )
    headers = client.get("/finns-inte").headers
    assert headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"
    assert "upgrade-insecure-requests" in headers["content-security-policy"]


def test_nobody_keeps_a_page_unless_it_says_that_it_is_public(site: TestClient) -> None:
    assert site.get("/anmalan").headers["cache-control"] == "no-store"
    public = site.get("/")
    assert public.headers["cache-control"] == "public, max-age=0, s-maxage=60, stale-if-error=600"
    assert public.headers["vary"] == "Cookie, HX-Request"


def test_an_unchanged_public_page_is_not_sent_again(site: TestClient) -> None:
    first = site.get("/")
    again = site.get("/", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["vary"] == first.headers["vary"]
    assert site.get("/en", headers={"if-none-match": first.headers["etag"]}).status_code == 200


def test_pages_do_not_write_inline_styles_or_scripts(site: TestClient) -> None:
    for page in (site.get("/").text, site.get("/anmalan").text):
        assert not re.search(r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=", page)


def test_visitors_get_no_cookie(site: TestClient) -> None:
    for address in ("/", "/anmalan", "/finns-inte"):
        assert "set-cookie" not in site.get(address).headers


def test_head_is_get_without_the_body(site: TestClient) -> None:
    asked, got = site.head("/projekt/guide"), site.get("/projekt/guide")
    assert (asked.status_code, asked.content) == (200, b"")
    assert asked.headers["content-length"] == got.headers["content-length"]
    assert asked.headers["etag"] == got.headers["etag"]
    assert site.head("/finns-inte").status_code == 404


def test_requests_are_measured_by_route_and_never_by_address(site: TestClient) -> None:
    site.get("/tal/7")
    site.get("/hemligt-token-i-adressen")
    measured = site.get("/metrics").text
    assert 'traffpunkt_http_request_seconds_count{method="GET",route="/tal/{count}",service="catalog",status="2xx"}' in measured
    assert 'route="(none)"' in measured
    assert "hemligt" not in measured


@pytest.mark.parametrize(
    ("number", "last", "numbers"),
    [
        (1, 1, [1]),
        (1, 3, [1, 2, 3]),
        (1, 10, [1, 2, None, 10]),
        (3, 10, [1, 2, 3, 4, None, 10]),
        (4, 10, [1, 2, 3, 4, 5, None, 10]),
        (6, 10, [1, None, 5, 6, 7, None, 10]),
        (10, 10, [1, None, 9, 10]),
    ],
)
def test_pagination_shows_the_ends_and_the_neighbours(number: int, last: int, numbers: list[int | None]) -> None:
    assert Pagination(number, last * 25, "/projekt", {}).numbers() == numbers


def test_pagination_keeps_the_search_and_survives_nonsense(app: FastAPI, site: TestClient) -> None:
    page = site.get("/projekt/guide?q=skog+och+tr%C3%A4&sida=3").text
    assert 'href="/projekt/guide?q=skog+och+tr%C3%A4&amp;sida=4"' in page
    assert 'href="/projekt/guide?q=skog+och+tr%C3%A4"' in page
    for nonsense in ("0", "-1", "x", "99999999999", "²", ""):
        assert site.get("/projekt/guide", params={"sida": nonsense}).status_code == 200
