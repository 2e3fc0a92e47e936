"""Somebody who uses the site in a browser, and complains of what is not accessible."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect

WAYS = {
    "desktop": {"viewport": {"width": 1280, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True},
    "phone without JavaScript": {"viewport": {"width": 320, "height": 640}, "has_touch": True, "java_script_enabled": False},
}
_axe = Axe()
_SHAPE = """() => {
    const page = document.documentElement.cloneNode(true);
    const texts = document.createTreeWalker(page, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) texts.currentNode.data = texts.currentNode.data.trim() ? "x" : "";
    const said = ["action", "alt", "content", "datetime", "formaction", "href", "src", "title", "value"];
    for (const element of page.querySelectorAll("*"))
        for (const name of said)
            if (element.getAttribute(name)) element.setAttribute(name, "x");
    return window.innerWidth + page.outerHTML.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9]+/g, "0");
}"""
"""A page without its words and numbers: what axe says of one, it says of all that are built alike."""
_looked_at: set[str] = set()


class Visitor:
    """A page of a browser with a few words for what people do. Every page it comes to is checked (see `look`)."""

    def __init__(self, page: Page, site: str, way: str) -> None:
        self.page = page
        self.site = site
        self.way = way
        self.scripts = way != "phone without JavaScript"
        self.looks = True
        self.complaints: list[str] = []
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))

    @classmethod
    @contextmanager
    def with_browser(cls, browser: Browser, site: str, way: str) -> Iterator["Visitor"]:
        """A browser profile of its own: nobody is signed in."""
        with browser.new_context(locale="sv-SE", timezone_id="Europe/Stockholm", **WAYS[way]) as context:  # type: ignore[arg-type]
            context.set_default_timeout(15_000)
            visitor = cls(context.new_page(), site, way)
            yield visitor
            assert not visitor.complaints, "\n".join(visitor.complaints)

    def tab(self) -> "Visitor":
        """Another tab of the same browser, whose pages are only read, not checked again."""
        other = Visitor(self.page.context.new_page(), self.site, self.way)
        other.looks = False
        other.complaints = self.complaints
        return other

    def go(self, address: str, *, status: int = 200) -> None:
        """Open a page of the site and look at it. A page that says no has another status."""
        response = self.page.goto(address if address.startswith("http") else self.site + address)
        assert response is not None
        assert response.status == status, f"{address}: {response.status}\n{self.page.inner_text('body')[:2000]}"
        self.look()

    def press(self, name: str, *, within: Locator | None = None) -> None:
        """Press the button of that name and look at the page that follows."""
        self._click("button", name, within)

    def follow(self, name: str, *, within: Locator | None = None) -> None:
        """Follow the link of that name and look at the page that follows."""
        self._click("link", name, within)

    def type(self, label: str, text: str) -> None:
        """Fill in the field with that label."""
        self.page.get_by_label(label, exact=True).first.fill(text)

    def fill(self, name: str, text: str) -> None:
        """Fill in the field of that name (where two labels on the page are alike)."""
        self.page.locator(f"[name={name}]").first.fill(text)

    def choose(self, name: str, containing: str) -> None:
        """Choose the first option of a list that holds the text."""
        box = self.page.locator(f"select[name={name}]")
        box.select_option(value=box.locator("option", has_text=containing).first.get_attribute("value"))

    def open_details(self, summary: str) -> None:
        """Unfold what is folded under that line."""
        self.page.locator("summary", has_text=summary).first.click()

    def again_sees(self, text: str) -> bool:
        """Whether the text is on the page when it is loaded anew."""
        self.page.reload()
        return text in self.page.locator("main").inner_text()

    def tick(self, label: str) -> None:
        """Choose the box or the radio button with that label, by keyboard."""
        box = self.page.get_by_label(label).first
        if not box.is_checked():
            box.press("Space")
        expect(box).to_be_checked()

    def sees(self, text: str) -> None:
        """The text is on the page, in what the page is about."""
        expect(self.page.locator("main")).to_contain_text(text)

    def look(self) -> None:
        """What every page must be: one main heading, a title, no sideways scrolling, and nothing that axe reports."""
        page = self.page
        if not self.looks:
            return
        assert page.locator("h1").count() == 1, f"{page.url} has {page.locator('h1').count()} main headings"
        assert page.title(), page.url
        if not self.scripts:
            return
        width = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert width[0] <= width[1], f"{page.url} is {width[0]} px wide on a screen of {width[1]}"
        shape = page.evaluate(_SHAPE)
        if shape in _looked_at:
            return
        found = _axe.run(page)
        _looked_at.add(shape)
        assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"

    def _click(self, role: Literal["button", "link"], name: str, within: Locator | None) -> None:
        """Whoever goes on before the next page is there takes back what was pressed."""
        with self.page.expect_navigation():
            (within or self.page.locator("main")).get_by_role(role, name=name, exact=True).first.click()
        self.look()

    def _note(self, message: ConsoleMessage) -> None:
        refused = "the server responded with a status of 4" in message.text  # pages that say no, which the steps expect
        if message.type in {"error", "warning"} and not refused:
            self.complaints.append(f"{self.page.url}: {message.text}")
