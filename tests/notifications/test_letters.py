"""Every kind of mail, in both languages: what it says, what it withholds, and what it never lets through."""

from datetime import timedelta
from typing import Any

import html5lib
import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from services.notifications.actions.contacts import create_list, import_contacts
from services.notifications.actions.mailings import MailingText, audience, create_mailing, launch_mailing, send_test
from services.notifications.actions.unsubscribing import unsubscribe
from services.notifications.mail.letters import LETTERS, NotYet, Withhold
from services.notifications.models import Activity, Message, Recipient, Suppression
from services.notifications.rules.reasons import KINDS, REASONS
from services.notifications.settings import settings
from shared.events import Event
from shared.events.operations import AlarmChanged, Words
from tests.notifications.cast import (
    ASA,
    NOW,
    ONLINE,
    PROJECT,
    SITE,
    VISIT,
    activity,
    changed,
    hear,
    ident,
    invited_to_survey,
    project,
    received,
    seat,
    sign_in,
)
from tests.notifications.writing import lines, part, queued, written

WORLD = (
    project(),
    activity(),
    activity("visit", **VISIT, starts_at=activity().starts_at + timedelta(days=7)),
    activity("online", **ONLINE, starts_at=activity().starts_at + timedelta(days=14)),
)


def make_yesterday(session: Session, *names: str) -> None:
    """These activities ended yesterday."""
    yesterday = NOW - timedelta(days=1)
    ids = [ident(name) for name in names]
    session.execute(
        update(Activity).where(Activity.id.in_(ids)).values(starts_at=yesterday - timedelta(hours=7), ends_at=yesterday)
    )


def causes(kind: str, language: str) -> list[Event]:
    """What leads to one mail of `kind`."""
    offered = seat(state="offered", offer_expires_at=NOW + timedelta(hours=30))
    every: dict[str, list[Event]] = {
        "sign_in": [sign_in(language=language)],
        "confirmation": [received(language=language)],
        "cancelled": [changed("cancelled_by_person", seat(state="cancelled"), concerns=["workshop"], language=language)],
        "offered": [changed("offered", offered, concerns=["workshop"], language=language)],
        "accepted": [changed("offer_accepted", seat(), concerns=["workshop"], language=language)],
        "declined": [changed("offer_declined", seat(state="declined"), concerns=["workshop"], language=language)],
        "expired": [changed("offer_expired", seat(state="expired"), concerns=["workshop"], language=language)],
        "survey": [received(language=language), invited_to_survey()],
    }
    return every.get(kind, [])


def raise_alarm(session: Session, words: str = "Ingen arbetare svarar.", language: str = "sv") -> None:
    """One address looks after the site."""
    both = {"sv": Words(title=words, advice=words), "en": Words(title="No worker answers.", advice="Start one.")}
    event = AlarmChanged(incident_id=ident("incident"), service="registration", state="raised", since=NOW, **both)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings(), "alarm_addresses", "drift@traffpunkt.example")
        hear(session, event)
    session.execute(update(Message).where(Message.kind == "alarm").values(language=language, useful_until=None))


def queue(session: Session, kind: str, language: str = "sv") -> None:
    """One mail of `kind`, and what it tells of."""
    hear(session, *WORLD, *causes(kind, language))
    if kind == "alarm":
        raise_alarm(session, language=language)
    if kind == "survey":
        make_yesterday(session, "workshop")
    if kind.startswith("invitation"):
        invite(session, language, launch=kind == "invitation")


def invite(session: Session, language: str = "sv", *, launch: bool = True, **text: Any) -> None:
    contacts = create_list(session, "RUS-nätverket")
    import_contacts(session, contacts.id, "Åsa Lind <asa.lind@region-gavleborg.example>; Region Gävleborg")
    facts: dict[str, Any] = {
        "project_id": PROJECT,
        "activity_id": ident("workshop"),
        "subject": "Inbjudan: {aktivitet}",
        "body": "Hej {namn} på {organisation}!\n\nVälkommen till **{projekt}** {tid}, {plats}. Senast {sista_dag}: {lank}",
        "language": language,
    }
    mailing = create_mailing(session, MailingText(**facts | text), [contacts.id], by=ident("karin"), by_name="Karin Ek")
    if launch:
        launch_mailing(session, mailing, expected=audience(session, mailing).count, by=ident("karin"), now=NOW)
    else:
        send_test(session, mailing, name="Karin Ek", address="karin.ek@traffpunkt.example", language=language)
    session.flush()


# What each kind must say, in Swedish and in English: subject, and words of the text.
SAYS = {
    ("alarm", "sv"): ("Larm i registration: Ingen arbetare svarar.", ["Ingen arbetare svarar.", f"{SITE}/drift/registration"]),
    ("alarm", "en"): ("Alarm in registration: No worker answers.", ["Start one.", f"{SITE}/en/drift/registration"]),
    ("sign_in", "sv"): ("Logga in på Träffpunkt", ["Hej Karin Ek!", "till kl. 11.15", f"{SITE}/logga-in/hemlig-lank"]),
    ("sign_in", "en"): ("Sign in to Träffpunkt", ["Hello Karin Ek!", "until 11:15", f"{SITE}/en/logga-in/hemlig-lank"]),
    ("confirmation", "sv"): (
        "Bekräftelse: Hinder, målkonflikter – och innovativa lösningar",
        [
            "Hej Åsa Lind!",
            "Du har en plats. Välkommen!",
            "WORKSHOP 2",
            "När: onsdag 9 juni 2027, kl. 9.30–16.30",
            "Var: Gävle konserthus, Kyrkogatan 1, Gävle",
            "Kalenderinbjudan ligger med",
            f"{SITE}/anmalan/min/hemlig-nyckel",
            "för Region Gävleborg",
        ],
    ),
    ("confirmation", "en"): (
        "Confirmation: Hinder, målkonflikter – och innovativa lösningar",
        ["You have a place. Welcome!", "When: Wednesday 9 June 2027, 09:30–16:30", f"{SITE}/en/anmalan/min/hemlig-nyckel"],
    ),
    ("cancelled", "sv"): ("Avbokad: Hinder, målkonflikter – och innovativa lösningar", ["Du har avbokat din plats.", "Avbokad"]),
    ("cancelled", "en"): ("Cancelled: Hinder, målkonflikter – och innovativa lösningar", ["You have cancelled your place."]),
    ("offered", "sv"): (
        "Du har fått ett erbjudande om plats: Hinder, målkonflikter – och innovativa lösningar",
        ["Svara senast tisdag 4 maj 2027, kl. 17.00.", "Tacka ja eller nej:"],
    ),
    ("offered", "en"): (
        "You have been offered a place: Hinder, målkonflikter – och innovativa lösningar",
        ["Please answer by Tuesday 4 May 2027, 17:00."],
    ),
    ("accepted", "sv"): (
        "Bekräftelse: Hinder, målkonflikter – och innovativa lösningar",
        ["Du har tackat ja och har nu en plats.", "Kalenderinbjudan ligger med"],
    ),
    ("accepted", "en"): ("Confirmation: Hinder, målkonflikter – och innovativa lösningar", ["You have accepted"]),
    ("declined", "sv"): ("Du har tackat nej: Hinder, målkonflikter – och innovativa lösningar", ["Tack för ditt svar!"]),
    ("declined", "en"): ("You have declined: Hinder, målkonflikter – och innovativa lösningar", ["Thank you for answering!"]),
    ("expired", "sv"): (
        "Erbjudandet har gått ut: Hinder, målkonflikter – och innovativa lösningar",
        ["Vi fick inget svar i tid"],
    ),
    ("expired", "en"): ("The offer has expired: Hinder, målkonflikter – och innovativa lösningar", ["We got no answer in time"]),
    ("survey", "sv"): (
        "Vad tyckte du om Hinder, målkonflikter – och innovativa lösningar?",
        ["Tack för att du var med", f"{SITE}/enkat/engangsnyckel", "till och med måndag 17 maj 2027."],
    ),
    ("survey", "en"): (
        "What did you think of Hinder, målkonflikter – och innovativa lösningar?",
        ["Thank you for taking part", f"{SITE}/en/enkat/engangsnyckel", "until Monday 17 May 2027."],
    ),
    ("invitation", "sv"): (
        "Inbjudan: Hinder, målkonflikter – och innovativa lösningar",
        [
            "Hej Åsa Lind på Region Gävleborg!",
            "Välkommen till Lärlabb: Hållbar utveckling onsdag 9 juni 2027",
            "Anmälan: Senast onsdag 26 maj 2027",
            f"{SITE}/anmalan/larlabb-hallbar-utveckling?aktivitet={ident('workshop')}&inbjudan=",
            f"{SITE}/utskick/avanmal/",
        ],
    ),
    ("invitation", "en"): (
        "Inbjudan: Hinder, målkonflikter – och innovativa lösningar",
        ["Registration: By Wednesday 26 May 2027", f"{SITE}/en/anmalan/larlabb-hallbar-utveckling?"],
    ),
    ("invitation_test", "sv"): (
        "Prov: Inbjudan: Hinder, målkonflikter – och innovativa lösningar",
        ["Det här är ett prov.", "Hej Karin Ek på Din organisation!"],
    ),
    ("invitation_test", "en"): (
        "Test: Inbjudan: Hinder, målkonflikter – och innovativa lösningar",
        ["This is a test.", "Hej Karin Ek på Your organisation!"],
    ),
}


@pytest.mark.parametrize(("kind", "language"), SAYS)
def test_every_mail_says_what_it_must(session: Session, kind: str, language: str) -> None:
    queue(session, kind, language)
    mail, parts = written(session, kind)
    subject, words = SAYS[kind, language]
    assert mail["Subject"] == parts.subject == subject
    assert mail["Content-Language"] == language
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"] == queued(session, kind).message_id
    for said in words:
        assert said in parts.text
    assert "None" not in parts.text
    assert "{" not in parts.text
    assert lines(part(mail, "text/plain")) == parts.text.splitlines()
    assert lines(part(mail, "text/html")) == parts.html.rstrip().splitlines()


@pytest.mark.parametrize(("kind", "language"), SAYS)
def test_the_html_is_whole_and_loads_nothing(session: Session, kind: str, language: str) -> None:
    queue(session, kind, language)
    _mail, parts = written(session, kind)
    page = html5lib.parse(parts.html, namespaceHTMLElements=False)
    assert page.get("lang") == language
    assert page.findtext("head/title") == parts.subject
    assert not page.findall(".//img")
    assert not page.findall(".//script")
    assert not page.findall(".//link")
    assert "{{" not in parts.html
    assert "{%" not in parts.html
    links = [link.get("href") for link in page.findall(".//a")]
    assert all(link and link.startswith(("http://127.0.0.1:8000/", "https://mote.example/")) for link in links)
    assert "prefers-color-scheme: dark" in parts.html


def test_every_kind_has_words_and_a_letter() -> None:
    assert set(LETTERS) == set(KINDS) == {kind for kind, _ in SAYS}


@pytest.mark.parametrize("kind", sorted(LETTERS))
def test_nothing_that_people_write_is_markup_or_a_header(session: Session, kind: str) -> None:
    evil = "<b onclick=x>Å</b>\r\nBcc: all@x.example\r\n\r\n{{ 4321*1234 }} {% raw %} {namn}"
    person = ASA.model_copy(update={"full_name": evil})
    hear(session, project(title=evil, organiser=evil))
    for name, facts in (("workshop", {}), ("visit", VISIT), ("online", ONLINE)):
        hear(
            session, activity(name, **{**facts, "title": evil, "place": evil, "host": evil, "project_title": evil, "theme": evil})
        )
    changes: dict[str, Any] = {"person": person, "organisation": evil}
    offered = seat(state="offered", offer_expires_at=NOW + timedelta(hours=30))
    others = seat("visit", "waiting", queue_place=3)
    events: dict[str, list[Event]] = {
        "sign_in": [sign_in(person_name=evil)],
        "confirmation": [received(seat(), others, **changes)],
        "cancelled": [changed("cancelled_by_staff", seat(state="cancelled"), others, concerns=["workshop"], **changes)],
        "offered": [changed("offered", offered, others, concerns=["workshop"], **changes)],
        "accepted": [changed("offer_accepted", seat(), others, concerns=["workshop"], **changes)],
        "declined": [changed("offer_declined", seat(state="declined"), others, concerns=["workshop"], **changes)],
        "expired": [changed("offer_expired", seat(state="expired"), others, concerns=["workshop"], **changes)],
        "survey": [received(**changes), invited_to_survey(title=evil)],
    }
    hear(session, *events.get(kind, []))
    if kind == "survey":
        make_yesterday(session, "workshop")
    if kind == "alarm":
        raise_alarm(session, evil)
    if kind.startswith("invitation"):
        invite(
            session, launch=kind == "invitation", subject="{projekt} {organisation}", body="{namn} {plats} [x]({lank}) <i>hej</i>"
        )
        session.execute(update(Recipient).values(name=evil, organisation=evil))
    mail, parts = written(session, kind)
    assert mail["Bcc"] is None
    assert "onclick" not in str(mail["To"]) or mail["To"].addresses[0].addr_spec.endswith(".example")
    assert len(mail["To"].addresses) == 1
    page = html5lib.parse(parts.html, namespaceHTMLElements=False)
    assert not page.findall(".//*[@onclick]")
    assert not page.findall(".//i")
    assert str(4321 * 1234) not in parts.subject + parts.text
    if kind != "sign_in":
        assert "&lt;b onclick=x&gt;" in parts.html


class TestConfirmation:
    def test_one_mail_sums_up_all_seats(self, session: Session) -> None:
        hear(session, *WORLD, received(seat(), seat("visit", "waiting", queue_place=3), seat("online", mode="online")))
        mail, parts = written(session)
        assert mail["Subject"] == "Din anmälan: Lärlabb: Hållbar utveckling"
        assert "Du har plats på 2 av de 3 aktiviteter som du valde. Till resten står du i kö." in parts.text
        assert "Du är nummer 3 i kön" in parts.text
        assert "Kalenderinbjudningarna ligger med som bilagor" in parts.text

    def test_who_waits_for_all_is_told_so(self, session: Session) -> None:
        hear(session, *WORLD, received(seat("visit", "waiting", queue_place=12)))
        mail, parts = written(session)
        assert mail["Subject"] == "Du står i kö: Med skogen som resurs"
        assert "Lämna kön på din sida." in parts.text
        assert "alender" not in parts.text
        assert [p for p in mail.walk() if p.get_content_type() == "text/calendar"] == []

    def test_the_link_to_join_is_only_for_those_who_have_a_seat(self, session: Session) -> None:
        hear(session, *WORLD, received(seat("online", "waiting", mode="online", queue_place=1)))
        mail, parts = written(session)
        assert "mote.example" not in mail.as_string() + parts.html
        hear(session, received(seat("online", mode="online"), revision=1, person=ASA.model_copy(update={"email": "b@x.example"})))

    def test_the_link_to_join_stands_in_the_mail(self, session: Session) -> None:
        hear(session, *WORLD, received(seat("online", mode="online")))
        _mail, parts = written(session)
        assert "Delta: https://mote.example/fordjupning?rum=8&kod=42" in parts.text
        assert 'href="https://mote.example/fordjupning?rum=8&amp;kod=42"' in parts.html

    def test_it_says_what_is_true_when_it_leaves(self, session: Session) -> None:
        """The seat was cancelled before the confirmation left: the cancellation says so, the confirmation is of no use."""
        hear(session, *WORLD, received(), changed("cancelled_by_person", seat(state="cancelled"), concerns=["workshop"]))
        with pytest.raises(Withhold, match="superseded"):
            written(session, "confirmation")
        assert written(session, "cancelled")[0]["Subject"].startswith("Avbokad")

    def test_nothing_is_confirmed_when_all_is_over(self, session: Session) -> None:
        hear(session, *WORLD, received(seat(), seat("visit")))
        make_yesterday(session, "workshop")
        written(session)
        make_yesterday(session, "visit")
        with pytest.raises(Withhold, match="activities_over"):
            written(session)

    def test_facts_that_have_not_arrived_are_waited_for(self, session: Session) -> None:
        hear(session, received(seat(), seat("visit")), activity())
        with pytest.raises(NotYet):
            written(session)
        hear(session, activity("visit", **VISIT))
        assert "Med skogen som resurs" in written(session)[1].text


class TestChanges:
    def test_what_is_left_stands_below(self, session: Session) -> None:
        now_cancelled = changed(
            "cancelled_by_person", seat(state="cancelled"), seat("online", mode="online"), concerns=["workshop"]
        )
        hear(session, *WORLD, now_cancelled)
        _mail, parts = written(session, "cancelled")
        assert parts.text.index("Avbokad") < parts.text.index("Det här har du kvar") < parts.text.index("Fördjupning")

    def test_staff_who_cancel_are_named_as_such(self, session: Session) -> None:
        hear(session, *WORLD, changed("cancelled_by_staff", seat(state="cancelled"), concerns=["workshop"]))
        assert "avbokad av arrangören" in written(session)[1].text

    def test_an_offer_that_has_expired_or_was_answered_is_not_made(self, session: Session) -> None:
        offered = seat(state="offered", offer_expires_at=NOW + timedelta(hours=1))
        hear(session, *WORLD, changed("offered", offered, concerns=["workshop"]))
        with pytest.raises(Withhold, match="useless"):
            written(session, now=NOW + timedelta(hours=2))
        hear(session, changed("offer_accepted", seat(), concerns=["workshop"], revision=3))
        with pytest.raises(Withhold, match="superseded"):
            written(session, "offered")


class TestSurvey:
    def test_nobody_is_asked_a_month_later(self, session: Session) -> None:
        queue(session, "survey")
        written(session, "survey", now=NOW + timedelta(days=10))
        session.execute(update(Activity).values(ends_at=NOW - timedelta(days=31)))
        with pytest.raises(Withhold, match="activity_long_over"):
            written(session, "survey")

    def test_a_closed_survey_asks_nobody(self, session: Session) -> None:
        queue(session, "survey")
        with pytest.raises(Withhold, match="survey_closed"):
            written(session, "survey", now=NOW + timedelta(days=15))

    def test_the_person_may_be_unknown_when_it_is_asked_for(self, session: Session) -> None:
        hear(session, *WORLD, invited_to_survey())
        make_yesterday(session, "workshop")
        with pytest.raises(NotYet):
            written(session)
        hear(session, received(language="en"))
        mail, _parts = written(session, "survey")
        assert (mail["To"].addresses[0].addr_spec, mail["Content-Language"]) == (ASA.email, "en")


class TestInvitation:
    def test_it_can_be_unsubscribed_from_with_one_click(self, session: Session) -> None:
        queue(session, "invitation")
        mail, parts = written(session, "invitation")
        address = mail["List-Unsubscribe"].strip("<>")
        assert address.startswith(f"{SITE}/utskick/avanmal/")
        assert address in parts.text
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    @pytest.mark.parametrize("kind", sorted(set(LETTERS) - {"invitation"}))
    def test_no_other_mail_can(self, session: Session, kind: str) -> None:
        queue(session, kind)
        mail, parts = written(session, kind)
        assert (mail["List-Unsubscribe"], mail["List-Unsubscribe-Post"]) == (None, None)
        assert "/utskick/avanmal/" not in parts.html

    def test_who_wants_none_gets_none_but_still_hears_of_their_own(self, session: Session) -> None:
        queue(session, "invitation")
        unsubscribe(session, ASA.email.upper())
        with pytest.raises(Withhold, match="unsubscribed"):
            written(session, "invitation")
        hear(session, received())
        written(session, "confirmation")

    def test_who_has_registered_is_not_invited(self, session: Session) -> None:
        queue(session, "invitation")
        hear(session, received())
        with pytest.raises(Withhold, match="already_registered"):
            written(session, "invitation")

    def test_nobody_is_invited_after_the_last_day(self, session: Session) -> None:
        queue(session, "invitation")
        with pytest.raises(Withhold, match="registration_closed"):
            written(session, "invitation", now=activity().last_day)

    def test_markdown_is_shown_as_such_and_plainly(self, session: Session) -> None:
        hear(session, *WORLD)
        invite(session, body="# Rubrik\n\n**Fet {namn}** och [länk]({lank}).\n\n- ett\n- två\n\n<script>alert(1)</script>")
        _mail, parts = written(session, "invitation")
        assert "<strong>Fet Åsa Lind</strong>" in parts.html
        assert "<li>ett</li>" in parts.html
        assert "<script>" not in parts.html
        assert "Fet Åsa Lind och länk: http://127.0.0.1:8000/anmalan/" in parts.text
        assert "Rubrik\n" in parts.text


def test_a_dead_address_gets_nothing_at_all(session: Session) -> None:
    queue(session, "confirmation")
    session.add(Suppression(address_key=ASA.email, reason="bounced"))
    session.flush()
    with pytest.raises(Withhold, match="bounced"):
        written(session)


def test_every_reason_has_words() -> None:
    for reason in ("superseded", "activities_over", "useless", "survey_closed", "unsubscribed", "bounced", "already_registered"):
        assert REASONS[reason]
