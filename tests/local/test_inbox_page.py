"""The inbox in a real browser: a link in a mail leads the whole window there, without JavaScript; pages are accessible."""

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from deploy.local.inbox import Inbox

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
HTML = """<html lang="sv"><head><title>Din plats</title></head>
<body><h1>Hej</h1><p><a href="{url}?sok=plats">Se din plats</a></p>{script}</body></html>"""
SCRIPT = '<script>document.body.textContent = "script ran"</script><img src="http://127.0.0.1:9/pixel.png" alt="">'


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inbox]:
    with Inbox(tmp_path_factory.mktemp("inbox")) as server:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = (
            "svar@traffpunkt.example",
            "asa@regionen.example",
            "Din plats är klar",
        )
        message.set_content(f"Se din plats: {server.url}?sok=plats\n")
        message.add_alternative(HTML.format(url=server.url, script=SCRIPT), subtype="html")
        message.add_attachment(b"BEGIN:VCALENDAR", "text", "calendar", filename="inbjudan.ics")
        with smtplib.SMTP("127.0.0.1", server.smtp_port) as smtp:
            smtp.send_message(message)
        yield server


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(java_script_enabled=request.param, viewport={"width": 390, "height": 800})
    yield context.new_page()
    context.close()


def test_a_link_in_a_mail_opens_in_the_whole_window(inbox: Inbox, page: Page) -> None:
    page.goto(inbox.url)
    page.get_by_role("link", name="Din plats är klar").click()
    mail = page.frame_locator("iframe")
    assert mail.get_by_role("heading").inner_text() == "Hej"
    mail.get_by_role("link", name="Se din plats").click()
    page.wait_for_url(f"{inbox.url}?sok=plats")
    page.go_back()
    page.locator("#text").get_by_role("link").press("Enter")
    page.wait_for_url(f"{inbox.url}?sok=plats")


def test_a_mail_runs_no_script_and_asks_nobody_else(inbox: Inbox, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    refused: list[tuple[str, str | None]] = []
    page.on("requestfailed", lambda request: refused.append((request.url, request.failure)))
    page.goto(f"{inbox.url}/1", wait_until="networkidle")
    assert page.frame_locator("iframe").locator("body").inner_text().startswith("Hej")
    assert refused == [("http://127.0.0.1:9/pixel.png", "csp")]
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible(inbox: Inbox, browser: Browser, scheme: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    for path in ("", "?sok=finns+inte", "/1"):
        page.goto(inbox.url + path)
        found = Axe().run(page, options=RULES)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()
