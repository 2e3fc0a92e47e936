"""Staff's pages: who may see them, that forms keep what was typed, that lists take few queries, that reading is noted."""

import re
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from services.notifications.actions.contacts import create_list, import_contacts
from services.notifications.actions.mailings import MailingText, audience, create_mailing, launch_mailing
from services.notifications.models import Contact, ContactList, Mailing, Message, MessageAttempt, Pause, RejectedLine
from shared.clock import now
from shared.testing import Client, signed_in
from tests.notifications.cast import PROJECT, activity, hear, ident, project, received

NEXT_YEAR = now().replace(year=now().year + 1, month=6, day=9)


@pytest.fixture(autouse=True)
def _world(session: Session) -> None:
    hear(session, project(), activity(starts_at=NEXT_YEAR))
    session.commit()


def make_list(session: Session, title: str = "RUS-nätverket", contacts: int = 1) -> ContactList:
    made = create_list(session, title, "Samordnare")
    import_contacts(
        session, made.id, "\n".join(f"Person {n} <p{n}@{title.lower()[:3]}.example>; Region {n}" for n in range(contacts))
    )
    session.commit()
    return made


def make_mailing(session: Session, *lists: ContactList, launched: bool = False) -> Mailing:
    words = MailingText(PROJECT, ident("workshop"), "Inbjudan: {aktivitet}", "Hej {namn}!\n\n**Välkommen** {tid}.", "sv")
    mailing = create_mailing(session, words, [made.id for made in lists], by=ident("karin"), by_name="Karin Ek")
    if launched:
        launch_mailing(session, mailing, expected=audience(session, mailing).count, by=ident("karin"), now=now())
    session.commit()
    return mailing


def audited(session: Session) -> list[tuple[str, str]]:
    return [tuple(row) for row in session.execute(text("SELECT action, target FROM audit ORDER BY at, id"))]


STAFF_PAGES = ["/utskick", "/utskick/nytt", "/utskick/listor", "/utskick/listor/ny", "/utskick/mejl"]


@pytest.mark.parametrize("address", STAFF_PAGES)
def test_who_may_see_it(client: Client, address: str) -> None:
    assert client.get(address).headers["location"].startswith("/logga-in?next=")
    signed_in(client, "host")
    assert client.get(address).status_code == 403
    for role in ("organiser", "administrator"):
        signed_in(client, role)
        assert client.get(address).status_code == 200
        assert client.get(f"/en{address}").status_code == 200
    signed_in(client, "operator")
    assert client.get(address).status_code == (200 if address == "/utskick/mejl" else 403), "operators read the log only"


@pytest.mark.parametrize("address", STAFF_PAGES)
def test_an_empty_page_says_what_to_do_next(client: Client, session: Session, address: str) -> None:
    session.execute(text("DELETE FROM project"))
    session.commit()
    signed_in(client, "organiser")
    page = client.get(address).text
    assert 'class="empty"' in page or address.endswith("ny")


class TestQueries:
    """The same number, however long the list."""

    @pytest.mark.parametrize(("address", "queries"), [("/utskick", 3), ("/utskick/listor", 2), ("/utskick/nytt", 4)])
    def test_of_lists(self, client: Client, session: Session, address: str, queries: int) -> None:
        signed_in(client, "organiser")
        for n in range(3):
            make_mailing(session, make_list(session, f"Lista {n}"), launched=True)
            if n in {0, 2}:
                with client.counting():
                    assert client.get(address).status_code == 200
                assert client.statements == queries

    def test_of_contacts(self, client: Client, session: Session) -> None:
        signed_in(client, "organiser")
        for contacts in (1, 3):
            made = make_list(session, f"Lista {contacts}", contacts)
            with client.counting():
                assert client.get(f"/utskick/listor/{made.id}").status_code == 200
            assert client.statements == 6

    def test_of_recipients_and_the_log(self, client: Client, session: Session) -> None:
        signed_in(client, "organiser")
        for contacts in (1, 3):
            mailing = make_mailing(session, make_list(session, f"Lista {contacts}", contacts), launched=True)
            for address, queries in (
                (f"/utskick/{mailing.id}/mottagare", 8),
                (f"/utskick/{mailing.id}", 7),
                (f"/utskick/{mailing.id}/lage", 7),
                ("/utskick/mejl", 5),
            ):
                with client.counting():
                    assert client.get(address).status_code == 200
                assert client.statements == queries, address


class TestLists:
    def test_make_fill_correct_and_remove(self, client: Client, session: Session) -> None:
        signed_in(client, "organiser")
        made = client.post("/utskick/listor/ny", data={"title": "RUS-nätverket", "description": "Samordnare"})
        address = made.headers["location"]
        assert made.status_code == 303
        assert "Listan är tom." in client.get(address).text
        pasted = "Åsa Lind <asa@x.example>; Region Gävleborg\nOlle utan adress\nEva; eva@x.example"
        client.post(f"{address}/kontakter", data={"contacts": pasted})
        page = client.get(address).text
        assert "2 nya kontakter. 1 rad att rätta." in page
        assert "Olle utan adress" in page
        correct = client.get(f"{address}/ratta").text
        assert "Raden saknar e-postadress" in correct
        client.post(f"{address}/ratta", data={"contacts": "Olle <olle@x.example>"})
        assert "3 kontakter" in client.get(address).text
        assert "kunde inte läsas" not in client.get(address).text
        assert "3 kontakter tas bort" in client.get(f"{address}/ta-bort").text
        assert client.post(f"{address}/ta-bort").headers["location"] == "/utskick/listor"
        assert client.get(address).status_code == 404

    def test_a_csv_file_from_a_swedish_spreadsheet(self, client: Client, session: Session) -> None:
        signed_in(client, "organiser")
        made = make_list(session)
        content = "Namn;E-post;Organisation\r\nÅsa Öberg;asa@x.example;Västra Götalandsregionen\r\n".encode("cp1252")
        client.post(
            f"/utskick/listor/{made.id}/kontakter", data={"contacts": ""}, files={"file": ("lista.csv", content, "text/csv")}
        )
        found = session.scalars(select(Contact).where(Contact.address == "asa@x.example")).one()
        assert (found.name, found.organisation) == ("Åsa Öberg", "Västra Götalandsregionen")

    def test_what_was_typed_is_kept(self, client: Client, session: Session) -> None:
        signed_in(client, "organiser")
        make_list(session, "Upptagen")
        answer = client.post("/utskick/listor/ny", data={"title": "Upptagen", "description": "Beskrivningen jag skrev"})
        assert answer.status_code == 422
        assert "Det finns redan en sändlista som heter så" in answer.text
        assert "Beskrivningen jag skrev" in answer.text
        assert "<title>Fel: Ny sändlista" in answer.text
        made = session.scalars(select(ContactList)).one()
        empty = client.post(f"/utskick/listor/{made.id}/kontakter", data={"contacts": " "})
        assert empty.status_code == 422
        assert "Ange kontakter, en per rad" in empty.text

    def test_one_contact(self, client: Client, session: Session) -> None:
        signed_in(client, "organiser")
        made = make_list(session, contacts=2)
        first, second = session.scalars(select(Contact).order_by(Contact.sort_key)).all()
        address = f"/utskick/listor/{made.id}/kontakter/{first.id}"
        assert client.get(address).status_code == 200
        wrong = client.post(address, data={"name": "Nytt namn", "address": "fel", "organisation": ""})
        assert wrong.status_code == 422
        assert "E-postadressen är inte rätt skriven" in wrong.text
        assert "Nytt namn" in wrong.text
        taken = client.post(address, data={"name": "Nytt namn", "address": second.address.upper()})
        assert "Adressen finns redan på listan" in taken.text
        assert client.post(address, data={"name": "Nytt namn", "address": "ny@x.example"}).status_code == 303
        session.expire_all()
        assert session.get_one(Contact, first.id).name == "Nytt namn"
        assert client.post(f"{address}/ta-bort").status_code == 303
        assert session.scalar(select(func.count()).select_from(Contact)) == 1
        assert client.get(f"/utskick/listor/{ident('other')}/kontakter/{second.id}").status_code == 404

    def test_an_empty_box_forgets_the_lines(self, client: Client, session: Session) -> None:
        signed_in(client, "organiser")
        made = make_list(session)
        import_contacts(session, made.id, "fel")
        session.commit()
        client.post(f"/utskick/listor/{made.id}/ratta", data={"contacts": ""})
        assert session.scalar(select(func.count()).select_from(RejectedLine)) == 0

    def test_reading_people_is_noted(self, client: Client, session: Session) -> None:
        staff = signed_in(client, "organiser")
        made = make_list(session)
        client.get(f"/utskick/listor/{made.id}")
        assert audited(session) == [("contacts.read", f"list:{made.id}")]
        assert session.execute(text("SELECT actor FROM audit")).scalar_one() == str(staff.staff_id)


class TestDraft:
    FORM: ClassVar = {
        "about": f"activity:{ident('workshop')}",
        "language": "sv",
        "subject": "Kom {namn}",
        "body": "Hej {namn}, {tid}.",
    }

    def test_write_look_try_and_send(self, client: Client, session: Session) -> None:
        signed_in(client, "organiser")
        made = make_list(session, contacts=3)
        form = client.get(f"/utskick/nytt?aktivitet={ident('workshop')}").text
        assert f'<option value="activity:{ident("workshop")}" selected>' in form
        assert "{sista_dag}" in form
        address = client.post("/utskick/nytt", data={**self.FORM, "lists": [str(made.id)]}).headers["location"]
        page = client.get(address).text
        assert "Kom Karin Ek" in page
        assert "3 personer" in page
        assert f'src="{address}/html"' in page
        assert client.post(f"{address}/prov").status_code == 303
        trial = session.scalars(select(Message)).one()
        assert (trial.kind, trial.recipient) == ("invitation_test", "karin.ek@traffpunkt.example")
        confirm = client.get(f"{address}/skicka").text
        assert "Skicka inbjudan till 3 personer?" in confirm
        assert client.post(f"{address}/skicka", data={"expected": "2"}).status_code == 409
        session.expire_all()
        assert session.scalars(select(Mailing.state)).one() == "draft"
        assert client.post(f"{address}/skicka", data={"expected": "3"}).headers["location"] == address
        sent = client.get(address).text
        assert "Pausa utskicket" in sent
        assert 'hx-trigger="every 2s"' in sent
        assert client.get(f"{address}/redigera").status_code == 409
        assert client.post(f"{address}/skicka", data={"expected": "3"}).status_code == 409

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"body": "Hej {efternamn}"}, "{efternamn} går inte att fylla i."),
            ({"subject": ""}, "Ange ämnesraden"),
            ({"about": ""}, "Välj vad inbjudan gäller"),
            ({"about": f"activity:{ident('nowhere')}"}, "Välj vad inbjudan gäller"),
            ({"about": f"project:{PROJECT}"}, "{tid} finns bara när inbjudan gäller en aktivitet."),
        ],
    )
    def test_what_is_wrong_is_said_and_what_was_typed_kept(
        self, client: Client, session: Session, wrong: dict[str, str], said: str
    ) -> None:
        signed_in(client, "organiser")
        made = make_list(session)
        answer = client.post("/utskick/nytt", data={**self.FORM, **wrong, "lists": [str(made.id)]})
        assert answer.status_code == 422
        assert answer.text.count(said) == 2, "in the summary and by the field"
        assert re.search(rf'value="{made.id}" checked', answer.text)

    def test_change_and_remove(self, client: Client, session: Session) -> None:
        signed_in(client, "organiser")
        mailing = make_mailing(session, make_list(session))
        form = client.get(f"/utskick/{mailing.id}/redigera").text
        assert "**Välkommen** {tid}." in form
        client.post(f"/utskick/{mailing.id}/redigera", data={**self.FORM, "subject": "Nytt ämne"})
        assert "Nytt ämne" in client.get(f"/utskick/{mailing.id}").text
        client.post(f"/utskick/{mailing.id}/ta-bort")
        assert client.get(f"/utskick/{mailing.id}").status_code == 404

    def test_the_preview_is_shut_in(self, client: Client, session: Session) -> None:
        signed_in(client, "organiser")
        answer = client.get(f"/utskick/{make_mailing(session).id}/html")
        assert "<strong>Välkommen</strong>" in answer.text
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'self'" in policy
        assert policy.endswith("sandbox")
        client.cookies.clear()
        assert client.get(f"/utskick/{make_mailing(session).id}/html").status_code == 303

    def test_nobody_to_send_to(self, client: Client, session: Session) -> None:
        signed_in(client, "organiser")
        mailing = make_mailing(session)
        assert "Ingen får den här inbjudan." in client.get(f"/utskick/{mailing.id}/skicka").text
        answer = client.post(f"/utskick/{mailing.id}/skicka", data={"expected": "0"})
        assert answer.status_code == 409


class TestSending:
    def test_progress_pause_and_recipients(self, client: Client, session: Session) -> None:
        signed_in(client, "organiser")
        mailing = make_mailing(session, make_list(session, contacts=3), launched=True)
        first, second, _third = session.scalars(select(Message).order_by(Message.id)).all()
        first.state, second.state, second.reason = "sent", "failed", "no_such_address"
        hear(session, received(person=_person(first.recipient)))
        session.commit()
        part = client.get(f"/utskick/{mailing.id}/lage").text
        assert "<html" not in part
        assert "2 av 3" in part
        page = client.get(f"/utskick/{mailing.id}/mottagare").text
        assert page.index("Adressen finns inte") < page.index("Anmäld</span>"), "what failed stands first"
        assert "Inte än" in page
        client.post(f"/utskick/{mailing.id}/pausa")
        paused = client.get(f"/utskick/{mailing.id}").text
        assert "Fortsätt skicka" in paused
        assert "hx-trigger" not in paused
        assert client.post(f"/utskick/{mailing.id}/pausa").status_code == 409
        client.post(f"/utskick/{mailing.id}/fortsatt")
        assert "Pausa utskicket" in client.get(f"/utskick/{mailing.id}").text

    @pytest.mark.parametrize(
        ("reason", "told"),
        [
            ("server_away: connection refused", "E-postservern svarar inte"),
            ("server_refuses_us: 535 5.7.8 not you", "E-postservern släpper inte in oss: kontrollera användarnamn"),
        ],
    )
    def test_a_mail_server_that_takes_no_mail_is_told(self, client: Client, session: Session, reason: str, told: str) -> None:
        signed_in(client, "organiser")
        session.add(Pause(scope="server", until=now() + timedelta(minutes=5), reason=reason))
        session.commit()
        assert told in client.get("/utskick").text
        assert told in client.get("/utskick/mejl").text


class TestLog:
    def test_search_by_address_and_name(self, client: Client, session: Session) -> None:
        signed_in(client, "organiser")
        hear(session, received(), received(person=_person("olle.berg@x.example", "Olle Berg")))
        session.commit()
        for search, found in (("asa.l", 1), ("ASA.LIND@", 1), ("berg", 1), ("lind", 1), ("%", 0), ("", 2)):
            page = client.post("/utskick/mejl/sok", data={"sok": search}, follow_redirects=True).text
            assert page.count("Bekräftelse av anmälan</a>") == found, search
        assert client.get("/utskick/mejl", params={"lage": "sent"}).text.count("Bekräftelse av anmälan</a>") == 0
        nobody = client.post("/utskick/mejl/sok", data={"sok": "ingen", "lage": "sent"}, follow_redirects=True)
        assert "Inget mejl passar in på det." in nobody.text
        assert 'value="sent" selected' in nobody.text
        assert "ingen" not in str(nobody.url)
        assert session.scalars(text("SELECT detail FROM audit WHERE detail::text ILIKE '%lind%'")).all() == []

    def test_one_mail_with_every_attempt_and_again(self, client: Client, session: Session) -> None:
        signed_in(client, "operator")
        hear(session, received())
        message = session.scalars(select(Message)).one()
        session.add(MessageAttempt(message_id=message.id, n=1, phase="rcpt", code=550, enhanced="5.1.1", response="5.1.1 okänd"))
        session.execute(update(Message).values(state="failed", reason="no_such_address"))
        session.commit()
        address = f"/utskick/mejl/{message.id}"
        page = client.get(address).text
        assert "5.1.1 okänd" in page
        assert "Adressen finns inte" in page
        assert message.message_id.strip("<>") in page
        wrong = client.post(f"{address}/igen", data={"reason": ""})
        assert wrong.status_code == 422
        assert "Ange varför mejlet ska skickas igen" in wrong.text
        assert client.post(f"{address}/igen", data={"reason": "adressen är rättad"}).status_code == 303
        assert "I kö" in client.get(address).text
        assert client.post(f"{address}/igen", data={"reason": "en gång till"}).status_code == 409
        assert [action for action, _ in audited(session)].count("message.read") >= 2
        assert ("message.send_again", f"message:{message.id}") in audited(session)

    def test_an_unknown_mail(self, client: Client) -> None:
        signed_in(client, "organiser")
        assert client.get(f"/utskick/mejl/{UUID(int=0)}").status_code == 404


def _person(email: str | None, name: str = "Någon"):  # type: ignore[no-untyped-def]
    from shared.events.registration import Person

    return Person(person_id=ident(f"person-{email}"), full_name=name, email=str(email))
