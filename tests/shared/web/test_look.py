"""The guide in a real browser: accessible by axe's rules, no wider than the screen, silent under the content security policy."""

import socket
from collections.abc import Iterator
from threading import Thread
from uuid import uuid4

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from fastapi import FastAPI
from playwright.sync_api import Browser, ConsoleMessage, Page

from shared.clock import now
from shared.settings import DEVELOPMENT_PRIVATE_KEY
from shared.testing import until
from shared.web import Staff, sign_session

ADMINISTRATOR = Staff(uuid4(), "Karin Ekström-Lindqvist", "karin@traffpunkt.example", frozenset({"administrator"}))

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.fixture(scope="module")
def address(app: FastAPI) -> Iterator[str]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
        thread = Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        until(lambda: server.started)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    width, scheme, said = 1280, "light", []
    if hasattr(request, "param"):
        width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    opened = context.new_page()

    def listen(message: ConsoleMessage) -> None:
        if "status of 422" not in message.text:
            said.append(message.text)

    opened.on("console", listen)
    yield opened
    context.close()
    assert said == []


SCREENS = pytest.mark.parametrize(
    "page", [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark"), (320, "light")], indirect=True, ids=str
)


def violations(page: Page) -> list[tuple[str, list[str]]]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found]


def is_wider_than_the_screen(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


@SCREENS
def test_every_macro_is_accessible_and_fits(page: Page, address: str) -> None:
    page.goto(address)
    assert violations(page) == []
    assert not is_wider_than_the_screen(page)


@SCREENS
def test_a_form_with_mistakes_takes_the_reader_to_them(page: Page, address: str) -> None:
    page.goto(f"{address}/anmalan")
    page.get_by_label("E-postadress").fill("asa.lind@region")
    page.get_by_role("button", name="Skicka anmälan").click()
    page.wait_for_selector("#felsammanfattning")
    assert page.evaluate("document.activeElement.id") == "felsammanfattning"
    assert page.get_by_label("E-postadress").input_value() == "asa.lind@region"
    assert violations(page) == []
    assert not is_wider_than_the_screen(page)
    page.get_by_role("link", name="Ange ditt efternamn").click()
    assert page.evaluate("document.activeElement.id") == "last_name"


@SCREENS
def test_staff_find_their_work_in_a_bar_of_its_own(page: Page, address: str) -> None:
    token = sign_session(DEVELOPMENT_PRIVATE_KEY, ADMINISTRATOR, now())
    page.context.add_cookies([{"name": "session", "value": token, "url": address}])
    page.goto(address)
    bar = page.get_by_role("navigation", name="För personal")
    assert bar.get_by_role("link").all_text_contents() == ["Arbeta", "Drift"]
    assert page.get_by_role("button", name="Logga ut").is_visible()
    assert violations(page) == []
    assert not is_wider_than_the_screen(page)


@pytest.mark.parametrize("page", [(390, "light")], indirect=True, ids=str)
def test_the_menu_opens_without_script(page: Page, address: str) -> None:
    page.goto(address)
    assert not page.get_by_role("link", name="Kalender").first.is_visible()
    page.locator("summary", has_text="Meny").click()
    assert page.get_by_role("navigation", name="Meny", exact=True).get_by_role("link", name="Kalender").is_visible()
    assert violations(page) == []
    assert not is_wider_than_the_screen(page)


def test_the_first_tab_leads_past_the_menu(page: Page, address: str) -> None:
    page.goto(address)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Hoppa till innehållet"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "innehall"


def test_wider_letter_and_line_spacing_loses_nothing(page: Page, address: str) -> None:
    """WCAG 1.4.12: text spacing set by the reader."""
    page.set_viewport_size({"width": 390, "height": 900})
    page.goto(address)
    page.evaluate(
        """() => {
            const sheet = new CSSStyleSheet();
            sheet.replaceSync('* {line-height:1.5!important;letter-spacing:.12em!important;word-spacing:.16em!important}');
            document.adoptedStyleSheets = [sheet];
        }"""
    )
    assert not is_wider_than_the_screen(page)


def test_bars_and_the_marked_menu_item_survive_forced_colours(page: Page, address: str) -> None:
    page.emulate_media(forced_colors="active")
    page.goto(f"{address}/projekt/guide")
    here, there = page.locator(".main-nav a").nth(0), page.locator(".main-nav a").nth(1)
    assert here.evaluate("e => getComputedStyle(e).textDecorationLine") == "underline"
    assert there.evaluate("e => getComputedStyle(e).textDecorationLine") == "none"
    bar = page.locator(".bar").first.evaluate("e => getComputedStyle(e).fill")
    assert bar != page.locator(".bar-track").first.evaluate("e => getComputedStyle(e).fill")


def test_paper_leaves_out_what_cannot_be_clicked(page: Page, address: str) -> None:
    page.emulate_media(media="print")
    page.goto(address)
    for gone in (".main-nav", ".menu", ".site-footer", ".ds-breadcrumbs", ".actions"):
        assert not page.locator(gone).first.is_visible()
    assert page.get_by_role("heading", level=1).is_visible()
