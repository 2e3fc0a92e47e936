"""Static files: what they are, where they come from, and how long they are kept."""

import hashlib
import json
import re

import pytest
from starlette.testclient import TestClient

from shared.web.assets import FOLDER, assets, static

VENDORED = json.loads((FOLDER / "vendor.json").read_text())


@pytest.mark.parametrize("vendored", VENDORED, ids=lambda vendored: vendored["file"])
def test_what_others_made_is_unchanged_and_has_its_licence(vendored: dict[str, str]) -> None:
    assert hashlib.sha256((FOLDER / vendored["file"]).read_bytes()).hexdigest() == vendored["sha256"]
    assert vendored["licence"] in {"MIT", "0BSD", "OFL-1.1"}
    assert (FOLDER / vendored["licence_file"]).is_file()


def test_every_file_is_ours_or_accounted_for() -> None:
    assert set(assets()) - {vendored["file"] for vendored in VENDORED} == {"app.css", "console.js", "icon.svg"}


def test_files_are_kept_for_good_under_a_name_that_changes_with_them(site: TestClient) -> None:
    address = static("app.css")
    assert re.fullmatch(r"/static/app\.[0-9a-f]{10}\.css", address)
    answer = site.get(address)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/css; charset=utf-8"


@pytest.mark.parametrize("name", ["app.css", "app.0000000000.css", "vendor.json", "..%2Fapp.py", "designsystemet.LICENSE"])
def test_nothing_else_is_served(site: TestClient, name: str) -> None:
    assert site.get(f"/static/{name}").status_code == 404


def test_stylesheets_reach_only_files_that_are_served(site: TestClient) -> None:
    for name in ("app.css", "theme.css", "designsystemet.css"):
        for address in re.findall(r"url\(['\"]?([^'\")]+)", site.get(static(name)).text):
            assert address.startswith("data:") or site.get(f"/static/{address}").status_code == 200


def test_pages_load_nothing_from_elsewhere(site: TestClient) -> None:
    for address in re.findall(r'<(?:link|script|img)[^>]*(?:href|src)="([^"]+)"', site.get("/").text):
        assert address.startswith(("/static/", "http://127.0.0.1:8000/"))
