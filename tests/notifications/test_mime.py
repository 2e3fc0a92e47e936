"""Mails built by hand, read back by the standard library."""

import email
import email.policy
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.notifications.mail import mime

PRINTABLE = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp", "Cn", "Co"]), max_size=300)


def parsed(*headers: tuple[str, str], text: str = "hej\n") -> EmailMessage:
    raw = mime.message(headers, mime.text_part(text, "text/plain"))
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")
    found: Any = email.message_from_bytes(raw, policy=email.policy.default)
    return found  # type: ignore[no-any-return]


@given(PRINTABLE)
@example("Bekräftelse: Hinder, målkonflikter – och innovativa lösningar")
@example("=?utf-8?q?inte_kodat?=")
@example("rad ett\r\nBcc: alla@x.example")
@example("a" * 200)
def test_a_subject_comes_through(subject: str) -> None:
    value = mime.unstructured(subject, "Subject")
    assert all(len(line) <= 76 for line in f"Subject: {value}".split("\r\n")) or value.isascii()
    mail = parsed(("Subject", value))
    assert " ".join(str(mail["Subject"]).split()) == " ".join(subject.split())
    assert mail["Bcc"] is None


@given(PRINTABLE)
@example('Åsa "Öst" Lind')
@example("Lind, Åsa <chef>")
@example("\\")
def test_a_name_comes_through(name: str) -> None:
    mail = parsed(("To", mime.mailbox(name, "asa@x.example", "To")))
    [address] = mail["To"].addresses
    assert address.addr_spec == "asa@x.example"
    # The standard library shows a blank between two encoded words of a name; RFC 2047 (6.2) says that there is none.
    assert "".join(address.display_name.split()) == "".join(name.split())


@pytest.mark.parametrize("address", ["a@x.example, b@x.example", "a@x.example\r\nBcc: b@x", "<a@x.example>", "a @x.example"])
def test_an_address_that_could_be_more_than_one_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="no address"):
        mime.mailbox("Åsa", address, "To")


def test_a_sender_is_a_mailbox() -> None:
    mail = parsed(("From", mime.sender(Address("Träffpunkt", addr_spec="anmalan@traffpunkt.example"))))
    assert str(mail["From"]) == "Träffpunkt <anmalan@traffpunkt.example>"


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], include_characters="\t\n"), max_size=500))
@example(".\n..\nFrom x\n")
@example("slut på raden \n\tflik \n")
@example("=C3=A5 är inte å")
def test_text_comes_through(text: str) -> None:
    read: str = parsed(text=text).get_content()
    assert read.replace("\r\n", "\n").rstrip("\n") == text.rstrip("\n")


@given(st.binary(max_size=500))
def test_a_file_comes_through(content: bytes) -> None:
    raw = mime.message(
        [],
        mime.multipart("mixed", [mime.text_part("x", "text/plain"), mime.file_part(content, "application/ics", "a.ics")], "_b"),
    )
    mail: Any = email.message_from_bytes(raw, policy=email.policy.default)
    [attachment] = mail.iter_attachments()
    assert attachment.get_content() == content
    assert attachment.get_filename() == "a.ics"
    assert not mail.defects


def test_a_single_part_stays_alone() -> None:
    part = mime.text_part("x", "text/plain")
    assert mime.multipart("mixed", [part], "_b") is part
