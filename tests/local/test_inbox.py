"""The mail inbox, with real mails over real SMTP."""

import json
import smtplib
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import quote

import html5lib
import pytest

from deploy.local.inbox import Inbox
from deploy.local.inbox.app import linked
from deploy.local.inbox.store import Store


@pytest.fixture(scope="module")
def inbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inbox]:
    with Inbox(tmp_path_factory.mktemp("inbox")) as server:
        yield server


def send(inbox: Inbox, message: EmailMessage, to: list[str] | None = None) -> None:
    with smtplib.SMTP("127.0.0.1", inbox.smtp_port) as smtp:
        smtp.send_message(message, to_addrs=to)


def mail(to: str, subject: str = "Välkommen", text: str = "Hej Åsa!\n") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Träffpunkt <svar@traffpunkt.example>"
    message["To"] = to
    message["Subject"] = subject
    message["Message-ID"] = f"<{abs(hash((to, subject)))}@traffpunkt.example>"
    message.set_content(text)
    return message


def get(address: str) -> tuple[bytes, dict[str, str]]:
    with urllib.request.urlopen(address) as answer:
        return answer.read(), {name.lower(): value for name, value in answer.headers.items()}


def listed(inbox: Inbox, query: str = "") -> list[dict[str, object]]:
    return list(json.loads(get(f"{inbox.url}/api/messages{query}")[0]))


def page(inbox: Inbox, path: str = "") -> str:
    body = get(f"{inbox.url}{path}")[0].decode()
    html5lib.HTMLParser(strict=True).parse(body)
    return body


def test_a_mail_with_everything_is_shown_with_everything(inbox: Inbox) -> None:
    message = mail(
        "asa@regionen.example", "Din plats på studiebesöket är klar – välkommen", "Se https://traffpunkt.example/anmalan/min/x.\n"
    )
    message.add_alternative(
        '<html><head></head><body><a href="/x">Hej Åsa</a><img src="cid:bild"><script>1</script></body></html>', subtype="html"
    )
    message.add_alternative("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", subtype="calendar", params={"method": "REQUEST"})
    message.add_attachment(b"\x89PNG", "image", "png", filename="bild på ån.png", cid="<bild>")
    send(inbox, message)
    [entry] = listed(inbox, "?to=asa@regionen.example")
    assert (entry["from"], entry["to"], entry["subject"], entry["message_id"]) == (
        "Träffpunkt <svar@traffpunkt.example>",
        ["asa@regionen.example"],
        "Din plats på studiebesöket är klar – välkommen",
        message["Message-ID"],
    )
    shown = page(inbox, f"/{entry['id']}")
    assert "Din plats på studiebesöket är klar – välkommen" in shown
    assert '<a href="https://traffpunkt.example/anmalan/min/x">https://traffpunkt.example/anmalan/min/x</a>.' in shown
    assert "bild på ån.png" in shown
    assert "text/calendar" in shown
    assert '<th scope="row">Message-ID</th>' in shown

    html, headers = get(f"{inbox.url}/{entry['id']}/html")
    assert b'<head><base target="_top"></head>' in html
    assert headers["content-security-policy"].startswith("sandbox allow-popups")
    assert "script" not in headers["content-security-policy"]
    number = html.decode().partition('src="/inkorg/')[2].partition("?")[0]
    picture, headers = get(f"{inbox.url}/{number}?visa")
    assert (picture, headers["content-type"]) == (b"\x89PNG", "image/png")
    file, headers = get(f"{inbox.url}/{number}")
    assert (file, headers["content-disposition"]) == (b"\x89PNG", f"attachment; filename*=UTF-8''{quote('bild på ån.png')}")

    raw, headers = get(f"{inbox.url}/api/messages/{entry['id']}")
    assert headers["content-type"] == "message/rfc822"
    assert message_from_bytes(raw, policy=policy.default)["Subject"] == message["Subject"]
    assert raw == get(f"{inbox.url}/{entry['id']}/raw")[0]


def test_a_list_holds_what_was_delivered_to_the_recipient_since_then_newest_first(inbox: Inbox) -> None:
    send(inbox, mail("Bo@kommunen.example", "Ett"))
    before = datetime.fromisoformat(str(listed(inbox, "?to=bo@kommunen.example")[0]["received_at"]))
    send(inbox, mail("bo@kommunen.example", "Två"))
    send(inbox, mail("annan@kommunen.example", "Dold kopia"), to=["BO@kommunen.example", "annan@kommunen.example"])
    send(inbox, mail("jumbo@kommunen.example", "Någon annans"))
    subjects = [entry["subject"] for entry in listed(inbox, "?to=bo@kommunen.example")]
    assert subjects == ["Dold kopia", "Två", "Ett"]
    assert [entry["subject"] for entry in listed(inbox, f"?to=bo@kommunen.example&since={quote(before.isoformat())}")] == [
        "Dold kopia",
        "Två",
    ]
    assert [entry["subject"] for entry in listed(inbox, f"?since={before.isoformat()}&to=bo@kommunen.example&limit=1")] == [
        "Dold kopia"
    ]
    later = quote((datetime.now(UTC) + timedelta(days=1)).isoformat())
    assert listed(inbox, f"?since={later}") == []


def test_what_makes_no_sense_is_said(inbox: Inbox) -> None:
    for path, status in (("/api/messages?since=igår", 422), ("/999999", 404), ("/api/messages/999999", 404), ("/1/del/99", 404)):
        with pytest.raises(urllib.error.HTTPError) as error:
            get(inbox.url + quote(path, safe="/?="))
        with error.value:
            assert error.value.status == status


def test_the_page_lists_and_filters(inbox: Inbox) -> None:
    send(inbox, mail("cia@myndigheten.example", "<b>Påminnelse</b>"))
    assert "&lt;b&gt;Påminnelse&lt;/b&gt;" in page(inbox)
    assert "Påminnelse" in page(inbox, f"?sok={quote('påminnelse CIA')}")
    assert "Inget mejl stämmer" in page(inbox, "?till=ingen@alls.example")


def test_mails_stay_over_a_crash(tmp_path: Path) -> None:
    with Inbox(tmp_path) as inbox:
        assert "Det har inte kommit något mejl" in page(inbox)
        send(inbox, mail("dan@regionen.example"))
        inbox.kill()
        inbox.start()
        assert [entry["to"] for entry in listed(inbox)] == [["dan@regionen.example"]]


def test_thousands_of_mails_are_listed_page_by_page(tmp_path: Path) -> None:
    raw = mail("eva@regionen.example").as_bytes()
    with Store(tmp_path / "mails.sqlite") as store:
        for number in range(3000):
            store.add("x@y.example", [f"person{number}@regionen.example"], raw, now=datetime.now(UTC))
    with Inbox(tmp_path) as inbox:
        assert len(listed(inbox)) == 3000
        first = page(inbox)
        assert first.count("<tr>") == 51
        assert "person2950@" in first
        assert "person2949@" not in first
        assert "person2949@" in page(inbox, "?fore=2951")


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a < b & c", "a &lt; b &amp; c"),
        ("(https://a.example/x?b=1&c=2).", '(<a href="https://a.example/x?b=1&amp;c=2">https://a.example/x?b=1&amp;c=2</a>).'),
        ('https://a.example/"onclick=x', '<a href="https://a.example/">https://a.example/</a>&#34;onclick=x'),
    ],
)
def test_links_in_text(text: str, html: str) -> None:
    assert linked(text) == html
