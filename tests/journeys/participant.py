"""Somebody who registers, without a browser: for journeys that are about something else."""

import re
import time
from http import HTTPStatus

import httpx2

from shared.testing.poll import until
from tests.journeys.conftest import Site


def offers(form: httpx2.Response) -> bool:
    """Whether the form is there, and an activity with it: both are told by events of their own."""
    return form.status_code == HTTPStatus.OK and 'id="activities' in form.text


class Person:
    """Somebody without an account at a project's form, whose browser notes every address that it is sent to."""

    def __init__(self, site: Site, slug: str) -> None:
        self.form = f"/anmalan/{slug}"
        self.addresses: list[str] = []
        note = {"request": [lambda request: self.addresses.append(str(request.url))]}
        headers = {"Sec-Fetch-Site": "same-origin"}
        self.web = httpx2.Client(base_url=site.address, headers=headers, follow_redirects=True, timeout=30, event_hooks=note)

    def register(self, name: str, address: str, needs: str = "") -> None:
        """On the form: first without a choice, which it refuses, then with one."""
        until(lambda: offers(self.web.get(self.form)), saying="the form is open")
        shown_at = time.monotonic()
        page = self.web.get(self.form).text
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
        chosen = re.search(r'type="checkbox" id="(activities\w*)-[0-9a-f-]+" name="\w+" value="([0-9a-f-]{36})"', page)
        assert chosen, page
        fields |= {"full_name": name, "email": address, "organisation": "Region Halland", "needs": needs, "read_notice": "ja"}
        until(lambda: time.monotonic() > shown_at + 2.1, saying="nobody fills in a form within two seconds")
        assert self.web.post(self.form, data=fields).status_code == 422
        assert "Tack" in self.web.post(self.form, data=fields | {chosen[1]: chosen[2]}).text

    def cancel(self, link: str) -> None:
        """On the page behind the link in the mail."""
        assert self.web.get(link).status_code == 200
        assert self.web.get(link + "x").status_code == 404
        seats = re.findall(r'name="seats" value="([0-9a-f-]{36})"', self.web.get(f"{link}/avboka").text)
        assert self.web.post(f"{link}/avboka", data={"seats": seats}).status_code == 200
