"""The mail server is away, refuses, is slow, falls silent, or is a stranger: tried again or failed by class, and seen why."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from deploy.local.program import python
from services.notifications.rules.reasons import REASONS
from shared.testing import until
from tests.certificate import make_certificate
from tests.faults.load import Load
from tests.faults.site import Site
from tests.notifications.mailserver import MailServer

AGAIN = {
    "450 4.2.0 busy": "not_now",
    "dot:451 4.3.0 try again later": "not_now",
    "421 4.3.2 closing": "not_now",
    "drop after": "undecided",
    "slow:3600": "undecided",
}
"""What a mail's first attempt meets -> why it waits for its second."""
FOR_GOOD = {"550 5.1.1 no such user": "no_such_address", "554 5.7.1 spam": "policy", "dot:552 5.3.4 too big": "too_large"}
AWAY = "E-postservern svarar inte"
SOON = ["slow:1", "drop before"]
"""Waited for, or tried again in a moment."""


def states(site: Site, name: str) -> dict[str, tuple[str, str]]:
    """Recipient -> state and reason of each mail to the load's contacts."""
    with site.sessions("notifications")() as session:
        query = text("SELECT recipient, state, reason FROM message WHERE kind = 'invitation' AND recipient LIKE :who")
        return {row.recipient: (row.state, row.reason) for row in session.execute(query, {"who": f"%@{name}.example"})}


def pauses_are_over(site: Site) -> None:
    with site.sessions("notifications").begin() as session:
        session.execute(text("UPDATE message SET next_at = now() WHERE state = 'retry'"))


def pause_reason(site: Site) -> str:
    return str(site.ask("notifications", "SELECT COALESCE(max(reason), '') FROM pause WHERE scope = 'server' AND until > now()"))


@pytest.fixture
def hurried(site: Site) -> None:
    site.replace("notifications", "worker", python("tests.faults.hurried", "worker"))
    site.restart("notifications", "worker")


def test_each_answer_is_heeded_by_its_class(site: Site, load: Load, hurried: None) -> None:
    """What is refused for good fails, and says so; all else arrives, each once but for the one whose answer never came."""
    script = [*AGAIN, *FOR_GOOD, *SOON]
    assert len(script) == len(load.contacts)
    meets = dict(zip(load.contacts, script, strict=True))
    for address, answer in meets.items():
        site.mails.answer(address, answer, "250 OK")
    waiting = {address: ("retry", AGAIN[answer]) for address, answer in meets.items() if answer in AGAIN}
    failed = {address: ("failed", FOR_GOOD[answer]) for address, answer in meets.items() if answer in FOR_GOOD}
    sent = {address: ("sent", "") for address, answer in meets.items() if answer in SOON}

    load.start(over=2)
    load.finish()
    until(lambda: states(site, load.name) == waiting | failed | sent, within=60, every=0.2, saying=str(meets))
    for address, (_state, reason) in (waiting | failed).items():
        assert REASONS[reason] in site.search("notifications", "/utskick/mejl", address), "a person sees why"

    pauses_are_over(site)
    arrived = dict.fromkeys(waiting | sent, ("sent", ""))
    until(lambda: states(site, load.name) == arrived | failed, within=60, every=0.2)
    until(lambda: set(load.lacks()) == {"invitations", "arrived"}, within=60, every=0.2)
    copies = {address: [mail["Message-ID"] for mail in site.mails.to(address)] for address in load.contacts}
    assert {address for address, ids in copies.items() if not ids} == failed.keys()
    doubled = {address for address, ids in copies.items() if len(ids) > 1}
    assert {meets[address] for address in doubled} == {"drop after"}
    assert all(len(set(ids)) == 1 for ids in copies.values() if ids), "a double is known by its id"


def test_refused_then_back(site: Site, load: Load) -> None:
    """Nobody's attempt counts; the mails wait for the server, which is seen, and leave by themselves when it is back."""
    site.smtp.shut()
    site.smtp.cut()
    load.start(over=2)
    until(lambda: pause_reason(site).startswith("server_away"), within=30)
    load.finish()
    until(lambda: AWAY in site.read("notifications", "/utskick/mejl"), within=30)
    site.smtp.open()
    load.check()
    counted = "SELECT max(attempts) FROM message WHERE recipient LIKE :who"
    assert site.ask("notifications", counted, who=f"%@{load.name}.example") == 1


def test_connections_to_it_are_half_open_and_then_cut(site: Site, load: Load, hurried: None) -> None:
    """What was on its way may arrive twice: one mail of each lane and fault at the most."""
    for address in load.contacts:
        site.mails.answer(address, "slow:0.2")
    load.start(over=3)
    until(lambda: site.smtp.freeze() > 0, within=30)
    until(lambda: site.smtp.cut() > 0, within=30)
    load.finish()

    def all_arrived() -> bool:
        pauses_are_over(site)
        return not load.lacks()

    until(all_arrived, within=60, every=0.3)
    load.check(doubled_mails=4)


@pytest.fixture
def stranger(site: Site, tmp_path: Path) -> Iterator[tuple[MailServer, Path]]:
    """A mail server with a certificate that no authority has signed."""
    certificate = make_certificate(tmp_path / "certificate.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    usual = site.mails
    with MailServer(tls=context) as server:
        site.mails = server
        yield server, certificate
        site.mails = usual


def test_a_wrong_certificate(site: Site, load: Load, stranger: tuple[MailServer, Path]) -> None:
    """No mail is told to a stranger; with a certificate that is known all leave."""
    server, certificate = stranger
    secure = {"NOTIFICATIONS_SMTP_URL": server.url.replace("smtp://", "smtp+starttls://")}
    site.replace("notifications", "worker", env=secure)
    site.restart("notifications", "worker")

    load.start(over=2)
    until(lambda: pause_reason(site).startswith("server_refuses_us"), within=60)
    load.finish()
    until(lambda: REASONS["server_refuses_us"] in site.read("notifications", "/utskick/mejl"), within=60, every=0.2)
    assert server.mails == []
    site.replace("notifications", "worker", env={**secure, "SSL_CERT_FILE": str(certificate)})
    site.restart("notifications", "worker")
    load.check()
