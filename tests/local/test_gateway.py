"""The gateway's routes, with the real Caddy before tiny real webs."""

import gzip
import http.client
import itertools
import json
import os
import signal
import socket
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.local.configuration import ROOT, SERVICES, gateway
from deploy.local.program import Program, Running, answers_http, free_port, python
from shared.testing import until
from tests.certificate import make_certificate

CADDYFILE = ROOT / "deploy" / "Caddyfile"


class Process(Running):
    """A program under test."""

    def __init__(self, program: Program) -> None:
        super().__init__()
        self.program = program


class Site:
    """A gateway, and a stand-in for each web behind it."""

    address = "http://:{port}"

    def __init__(self, folder: Path, *, caddyfile: Path = CADDYFILE, **settings: str) -> None:
        self.folder = folder
        self.port = free_port()
        ports = {name: free_port() for name in (*SERVICES, "health", "inbox")}
        self.webs = {
            name: Process(
                Program(
                    name=name,
                    argv=python("tests.local.standins.catalog", "web"),
                    log=folder / f"{name}.log",
                    env={**os.environ, "HOST": "127.0.0.1", "PORT": str(port), "STANDIN": name},
                    cwd=ROOT,
                    ready=answers_http(port),
                )
            )
            for name, port in ports.items()
        }
        addresses = {f"{name.upper()}_WEB": f"127.0.0.1:{port}" for name, port in ports.items()}
        self.gateway = Process(
            Program(
                name="gateway",
                argv=[gateway(), "run", "--config", str(caddyfile), "--adapter", "caddyfile"],
                log=folder / "gateway.log",
                env={
                    **os.environ,
                    **addresses,
                    "SITE_ADDRESS": self.address.format(port=self.port),
                    "SITE_BIND": "127.0.0.1",
                    "XDG_DATA_HOME": str(folder),
                    "XDG_CONFIG_HOME": str(folder),
                    **settings,
                },
                ready=answers_http(self.port, "/"),
            )
        )

    def start(self) -> None:
        for process in (*self.webs.values(), self.gateway):
            process.start()

    def stop(self) -> None:
        for process in (self.gateway, *self.webs.values()):
            process.stop()

    def get(self, path: str, data: bytes | None = None, headers: dict[str, str] | None = None) -> tuple[int, Any]:
        """Status, and what the web says it was asked; or the text of an error page."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data=data, headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                body = answer.read()
                return answer.status, json.loads(gzip.decompress(body) if answer.headers["Content-Encoding"] == "gzip" else body)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def served_by(self, path: str) -> str:
        """Whose page it is."""
        status, said = self.get(path)
        return str(said["environ"]["STANDIN"]) if status == 200 else str(status)


class SecureSite(Site):
    """The same with a certificate. What would come to port 80 comes to `plain_port`, so that nobody needs to be root."""

    address = "https://127.0.0.1:{port}"

    def __init__(self, folder: Path) -> None:
        self.plain_port = free_port()
        caddyfile = folder / "Caddyfile"
        caddyfile.write_text(CADDYFILE.read_text().replace("{\n", f"{{\n\thttp_port {self.plain_port}\n", 1))
        certificate = make_certificate(folder / "certificate.pem")
        super().__init__(folder, caddyfile=caddyfile, SITE_TLS=f"tls {certificate} {certificate}")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    one = Site(tmp_path_factory.mktemp("gateway"))
    try:
        one.start()
        yield one
    finally:
        one.stop()


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecureSite]:
    one = SecureSite(tmp_path_factory.mktemp("secure"))
    try:
        one.start()
        yield one
    finally:
        one.stop()


def test_the_caddyfile_is_valid_and_tidy_without_any_setting() -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}
    for command in (["validate", "--config"], ["fmt", "--diff"]):
        done = subprocess.run([gateway(), *command, str(CADDYFILE)], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert done.stdout == CADDYFILE.read_text() or not [line for line in done.stdout.splitlines() if line[:1] in "+-"]


@pytest.mark.parametrize("english", ["", "/en"])
@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/anmalan", "registration"),
        ("/anmalan/larlabb?aktivitet=1", "registration"),
        ("/drift/registration/ko", "registration"),
        ("/utskick", "notifications"),
        ("/utskick/avanmal/x", "notifications"),
        ("/drift/notifications", "notifications"),
        ("/enkat/x", "surveys"),
        ("/drift/surveys", "surveys"),
        ("/projekt/larlabb", "catalog"),
        ("/anmalanden", "catalog"),
        ("/arbeta/projekt/1", "catalog"),
        ("/drift/catalog", "catalog"),
        ("/drift", "catalog"),
        ("/", "catalog"),
    ],
)
def test_each_page_comes_from_its_service_in_both_languages(site: Site, english: str, path: str, service: str) -> None:
    assert site.served_by(english + path) == service


@pytest.mark.parametrize(
    ("path", "service"),
    [
        *((f"/api/{service}/v1/x", service) for service in SERVICES),
        ("/static/app.css", "catalog"),
        ("/healthz", "health"),
        ("/inkorg", "inbox"),
        ("/inkorg/api/messages?to=a@b.example", "inbox"),
        ("/metrics", "404"),
        ("/en/metrics", "404"),
    ],
)
def test_what_has_one_language_comes_from_its_service(site: Site, path: str, service: str) -> None:
    assert site.served_by(path) == service


def test_the_path_and_the_query_arrive_as_they_were_asked_for(site: Site) -> None:
    assert site.get("/en/anmalan/min/a%2Fb?x=%C3%A5&y=")[1]["path"] == "/en/anmalan/min/a%2Fb?x=%C3%A5&y="


def test_a_client_cannot_say_where_it_comes_from(site: Site) -> None:
    lies = {"X-Forwarded-For": "1.2.3.4", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    _, said = site.get("/projekt", headers=lies | {"X-Real-IP": "1.2.3.4", "Forwarded": "for=1.2.3.4"})
    headers = {name.lower(): value for name, value in said["headers"].items()}
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert headers["x-forwarded-host"] == headers["host"] == f"127.0.0.1:{site.port}"
    assert headers["x-forwarded-proto"] == "http"
    assert not {"x-real-ip", "forwarded"} & set(headers)


def test_answers_are_compressed_when_asked(site: Site) -> None:
    with socket.create_connection(("127.0.0.1", site.port)) as connection:
        connection.sendall(b"GET /projekt HTTP/1.1\r\nHost: x\r\nAccept-Encoding: zstd, gzip\r\nConnection: close\r\n\r\n")
        assert b"Content-Encoding: zstd" in connection.makefile("rb").read().partition(b"\r\n\r\n")[0]


@pytest.mark.parametrize(("path", "status"), [("/metrics", 404), ("/healthz", 200), ("/inkorg", 200), ("/enkat/down", 503)])
def test_no_answer_lacks_the_headers_that_keep_a_browser_safe(site: Site, path: str, status: int) -> None:
    headers = headers_of(site, path, status, http.client.HTTPConnection("127.0.0.1", site.port, timeout=20))
    assert "strict-transport-security" not in headers


@pytest.mark.parametrize(("path", "status"), [("/metrics", 404), ("/healthz", 200), ("/projekt", 200), ("/enkat/down", 503)])
def test_over_tls_every_answer_says_besides_that_it_is_to_stay_so(secure: SecureSite, path: str, status: int) -> None:
    trusting = ssl.create_default_context(cafile=secure.folder / "certificate.pem")
    connection = http.client.HTTPSConnection("127.0.0.1", secure.port, timeout=20, context=trusting)
    assert headers_of(secure, path, status, connection)["strict-transport-security"] == "max-age=63072000"


def test_who_comes_without_tls_is_sent_to_where_there_is_some(secure: SecureSite) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", secure.plain_port, timeout=20)
    connection.request("GET", "/anmalan?x=1")
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("Location")) == (308, f"https://127.0.0.1:{secure.port}/anmalan?x=1")
    assert answer.getheader("Strict-Transport-Security") is None
    connection.close()


def headers_of(site: Site, path: str, status: int, connection: http.client.HTTPConnection) -> dict[str, str]:
    """What an answer says, of which the part that keeps a browser safe has been looked at."""
    if status == 503:
        site.webs["surveys"].kill()
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
    finally:
        if status == 503:
            site.webs["surveys"].start()
        connection.close()
    headers = {name.lower(): value for name, value in answer.getheaders()}
    assert answer.status == status
    assert headers["content-security-policy"].startswith("default-src 'none'; frame-ancestors 'none'")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["permissions-policy"].startswith("camera=()")
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers
    return headers


def test_a_body_that_is_too_large_is_refused(site: Site) -> None:
    assert site.get("/anmalan/x", data=b"x" * 100_000)[0] == 200
    assert site.get("/anmalan/x", data=b"x" * 10_000_001)[0] == 413


def test_a_service_that_is_down_takes_only_its_own_pages_with_it(site: Site) -> None:
    site.webs["surveys"].kill()
    try:
        status, page = site.get("/enkat/x")
        assert (status, "Den här delen av Träffpunkt är ur drift en stund" in page) == (503, True)
        status, page = site.get("/en/enkat/x")
        assert (status, "out of order for a moment" in page) == (503, True)
        assert site.served_by("/anmalan") == "registration"
    finally:
        site.webs["surveys"].start()
    until(lambda: site.served_by("/enkat/x") == "surveys")


def test_the_console_and_static_files_come_from_any_service_that_lives(tmp_path: Path) -> None:
    site = Site(tmp_path)
    try:
        site.start()
        for dead, then in itertools.pairwise(SERVICES):
            site.webs[dead].kill()
            assert [site.served_by(path) for path in ("/drift", "/en/drift", "/static/app.css")] == [then] * 3
        site.webs["surveys"].kill()
        assert site.served_by("/drift") == "503"
        site.webs["notifications"].start()
        until(lambda: site.served_by("/drift") == "notifications")
    finally:
        site.stop()


def test_a_service_that_hangs_does_not_hold_up_the_console(tmp_path: Path) -> None:
    site = Site(tmp_path)
    try:
        site.start()
        frozen = site.webs["catalog"].process
        assert frozen is not None
        frozen.send_signal(signal.SIGSTOP)
        assert site.served_by("/drift") == "registration"
        frozen.send_signal(signal.SIGCONT)
    finally:
        site.stop()


def test_without_an_inbox_its_address_is_the_catalogue_s(tmp_path: Path) -> None:
    site = Site(tmp_path, INBOX_WEB="")
    try:
        site.start()
        assert site.served_by("/inkorg") == "catalog"
    finally:
        site.stop()


def test_no_log_line_holds_a_link_or_an_address(tmp_path: Path) -> None:
    site = Site(tmp_path)
    try:
        site.start()
        with pytest.raises(http.client.IncompleteRead):
            site.get("/enkat/breaks-off/secret-token")
        site.webs["surveys"].kill()
        site.get("/enkat/secret-token")
    finally:
        site.stop()
    log = (tmp_path / "gateway.log").read_text()
    assert "aborting with incomplete response" in log
    assert "secret-token" not in log
    assert "remote_ip" not in log
