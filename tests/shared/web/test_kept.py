"""What a crowd asks for at the same time is written once: never for somebody else, never in another language, never for long."""

from typing import Any
from uuid import uuid4

import pytest
from fastapi import APIRouter, FastAPI, Request
from starlette.responses import HTMLResponse, Response
from starlette.testclient import TestClient

from shared.i18n import language
from shared.web import create_app, kept, public, redirect
from shared.web.kept import FORM_KEY, FORM_STAMP, same_for_all
from tests.shared.web.conftest import SITE
from tests.shared.web.guide import make_service

LONG = 3600.0


class Pages:
    """A site whose pages say how often they have been written."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self.status = 200
        self.written = 0

    def write(self) -> HTMLResponse:
        self.written += 1
        return HTMLResponse(f"{language()} {self.written}", status_code=self.status)

    def visitor(self, **headers: str) -> TestClient:
        """Somebody without cookies."""
        return TestClient(self.app, base_url=SITE, follow_redirects=False, headers={"Sec-Fetch-Site": "same-origin", **headers})

    @property
    def kept(self) -> dict[Any, Any]:
        """What the middleware of the running application holds."""
        layer: Any = self.app.middleware_stack
        while not isinstance(layer, kept.KeptPages):
            layer = layer.app
        return layer.pages

    def grow_old(self) -> None:
        for page in self.kept.values():
            page.until = 0.0


@pytest.fixture
def pages() -> Pages:
    counted: list[Pages] = []
    router = APIRouter()

    @router.get("/sida")
    def page(request: Request) -> Response:
        return public(request, counted[0].write())

    @router.get("/egen")
    def own(request: Request) -> Response:
        return counted[0].write()

    @router.get("/kaka")
    def with_cookie(request: Request) -> Response:
        answer = same_for_all(request, public(request, counted[0].write()))
        answer.set_cookie("visit", str(uuid4()))
        return answer

    @router.get("/stor")
    def large(request: Request) -> Response:
        counted[0].written += 1
        return public(request, HTMLResponse("x" * (kept.LARGEST + 1)))

    @router.get("/formular")
    def form(request: Request) -> Response:
        counted[0].written += 1
        return same_for_all(request, HTMLResponse(f"{FORM_KEY} {FORM_STAMP}"))

    @router.get("/trasig")
    def broken(request: Request) -> Response:
        counted[0].written += 1
        raise RuntimeError

    @router.post("/sida")
    def change(request: Request) -> Response:
        return redirect(request, "/sida")

    service = make_service()
    app = create_app(service, [router])
    app.state.page_seconds = LONG
    counted.append(Pages(app))
    return counted[0]


def test_a_public_page_is_written_once_for_a_crowd(pages: Pages) -> None:
    answers = [pages.visitor().get("/sida") for _ in range(3)]
    assert [answer.text for answer in answers] == ["sv 1"] * 3
    assert len({answer.headers["x-correlation-id"] for answer in answers}) == 3
    for name in ("etag", "vary", "cache-control", "content-security-policy", "content-language"):
        assert len({answer.headers[name] for answer in answers}) == 1
    assert "Cookie" in answers[-1].headers["vary"]


def test_each_language_and_each_query_has_its_own(pages: Pages) -> None:
    addresses = ["/sida", "/en/sida", "/sida?typ=workshop"]
    first = [pages.visitor().get(address).text for address in addresses]
    assert first == ["sv 1", "en 2", "sv 3"]
    assert [pages.visitor().get(address).text for address in addresses] == first


def test_a_page_that_does_not_say_so_is_never_kept(pages: Pages) -> None:
    assert [pages.visitor().get("/egen").text for _ in range(2)] == ["sv 1", "sv 2"]


def test_a_page_that_gives_a_cookie_is_never_kept(pages: Pages) -> None:
    cookies = {pages.visitor().get("/kaka").cookies["visit"] for _ in range(2)}
    assert len(cookies) == 2


@pytest.mark.parametrize(
    "headers", [{"Cookie": "session=x"}, {"Authorization": "Bearer x"}, {"HX-Request": "true"}, {"Range": "bytes=0-1"}], ids=str
)
def test_who_may_get_something_of_their_own_is_neither_given_a_kept_page_nor_has_one_kept(
    pages: Pages, headers: dict[str, str]
) -> None:
    assert pages.visitor(**headers).get("/sida").text == "sv 1"
    assert pages.kept == {}
    assert pages.visitor().get("/sida").text == "sv 2"
    assert pages.visitor(**headers).get("/sida").text == "sv 3"


def test_a_browser_that_has_the_page_is_told_so(pages: Pages) -> None:
    first = pages.visitor().get("/sida")
    again = pages.visitor(**{"If-None-Match": first.headers["etag"]}).get("/sida")
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert "content-length" not in again.headers
    assert pages.visitor(**{"If-None-Match": 'W/"another"'}).get("/sida").text == "sv 1"
    assert pages.written == 1


def test_what_is_old_is_written_anew_while_the_others_still_get_it(pages: Pages) -> None:
    pages.visitor().get("/sida")
    pages.grow_old()
    during: list[str] = []
    write = pages.write

    def slowly() -> HTMLResponse:
        during.append(pages.visitor().get("/sida").text)
        return write()

    pages.write = slowly  # type: ignore[method-assign]
    assert pages.visitor().get("/sida").text == "sv 2"
    assert during == ["sv 1"]
    assert pages.visitor().get("/sida").text == "sv 2"


@pytest.mark.parametrize("status", [404, 500])
def test_a_page_that_is_gone_is_forgotten_at_once(pages: Pages, status: int) -> None:
    pages.visitor().get("/sida")
    pages.grow_old()
    pages.status = status
    assert [pages.visitor().get("/sida").status_code for _ in range(2)] == [status] * 2
    assert pages.kept == {}


def test_so_is_one_that_somebody_else_has_newer(pages: Pages) -> None:
    old = pages.visitor().get("/sida")
    pages.grow_old()
    pages.written -= 1  # it is written as it was: who has it is answered 304
    assert pages.visitor(**{"If-None-Match": old.headers["etag"]}).get("/sida").status_code == 304
    assert pages.kept == {}


def test_a_fault_is_not_kept(pages: Pages) -> None:
    assert [pages.visitor().get("/trasig").status_code for _ in range(2)] == [500, 500]
    assert pages.written == 2


def test_what_staff_change_is_seen_at_once(pages: Pages) -> None:
    pages.visitor().get("/sida")
    pages.visitor(Cookie="session=x").post("/sida")
    assert pages.visitor().get("/sida").text == "sv 2"


def test_each_gets_a_key_and_a_stamp_of_their_own(pages: Pages) -> None:
    answers = [pages.visitor().get("/formular") for _ in range(3)]
    assert pages.written == 1
    assert len({answer.text.split()[0] for answer in answers}) == 3
    for answer in answers:
        assert FORM_KEY not in answer.text
        assert FORM_STAMP not in answer.text
        assert int(answer.headers["content-length"]) == len(answer.content)
        assert "x-same-for-all" not in answer.headers
    with_cookie = pages.visitor(Cookie="session=x").get("/formular").text
    assert FORM_KEY not in with_cookie


def test_head_is_answered_like_get_without_a_body_and_keeps_nothing(pages: Pages) -> None:
    for address in ("/sida", "/formular"):
        answer = pages.visitor().head(address)
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers.get("content-length") != "0"
    assert pages.kept == {}


def test_addresses_without_end_take_no_memory_without_end(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "PAGES", 3)
    for number in range(5):
        pages.visitor().get(f"/sida?{number}")
    assert [query for _, query in pages.kept] == [b"2", b"3", b"4"]
    for address in ("/stor", "/sida?" + "x" * (kept.LONGEST_QUERY + 1)):
        assert pages.visitor().get(address).status_code == 200
    assert [query for _, query in pages.kept] == [b"2", b"3", b"4"]


def test_none_is_kept_where_pages_are_not_to_be(pages: Pages) -> None:
    pages.app.state.page_seconds = 0
    assert [pages.visitor().get("/sida").text for _ in range(2)] == ["sv 1", "sv 2"]
