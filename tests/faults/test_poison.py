"""Events that cannot be handled: they hold up nobody else, are parked in the end, and a person has them tried again."""

from sqlalchemy import text

from deploy.local.program import python
from shared.testing import until
from tests.faults.load import Load
from tests.faults.site import Site

OPERATOR = "jour@traffpunkt.example"


def press_retry(site: Site, name: str) -> None:
    """An operator has everything that failed in a service tried again, in the console."""
    with site.operator(name) as browser:
        answer = browser.post(f"/drift/{name}/fel/igen", data={"all": "ja", "reason": "Rättat"})
    assert answer.status_code == 303, answer.text


def test_a_handler_that_always_fails(site: Site, load: Load) -> None:
    """The catalogue cannot write down who was there; all else goes on. Mended, and tried again from the console."""
    with site.sessions("catalog").begin() as session:
        session.execute(text("ALTER TABLE participation ADD CONSTRAINT out_of_order CHECK (false) NOT VALID"))
    load.start(over=2)
    load.finish()
    until(lambda: set(load.lacks()) == {"present", "catalog kept"}, within=60, every=0.2, saying=str(load.lacks()))
    assert site.ask("catalog", "SELECT error FROM inbox WHERE state = 'failed'").startswith("CheckViolation")
    with site.sessions("catalog").begin() as session:
        session.execute(text("ALTER TABLE participation DROP CONSTRAINT out_of_order"))
        session.execute(text("UPDATE inbox SET next_at = now() + interval '1 hour' WHERE state = 'failed'"))
    press_retry(site, "catalog")
    load.check()


def alarms(site: Site) -> list[str]:
    """The subjects of the mails about parked events in surveys."""
    subjects = (mail["Subject"] for mail in site.mails.to(OPERATOR))
    return [subject for subject in subjects if "surveys: Händelser har parkerats" in subject]


def test_an_event_that_kills_its_process(site: Site, load: Load) -> None:
    """After three deaths it is parked, and operators get a mail; with the mended code it is tried again from the console.

    When all has been well for a while, a second mail says so.
    """
    site.replace("notifications", "worker", env={"NOTIFICATIONS_ALARM_ADDRESSES": OPERATOR})
    site.restart("notifications", "worker")
    site.replace("surveys", "worker", python("tests.faults.poisoned", "worker"), {"ACTIVITY": str(load.activity)})
    site.restart("surveys", "worker")
    load.start(over=2)
    load.finish()
    until(lambda: set(load.lacks()) == {"invited", "survey mails", "arrived", "surveys kept"}, within=60, every=0.2)
    until(lambda: site.ask("surveys", "SELECT count(*) FROM inbox WHERE state = 'dead'") == 1, within=60)
    assert site.ask("surveys", "SELECT error FROM inbox WHERE state = 'dead'").startswith("KilledItsWorker")
    until(lambda: [subject.partition(" ")[0] for subject in alarms(site)] == ["Larm"], within=60, every=0.2)
    site.replace("surveys", "worker")
    site.restart("surveys", "worker")
    press_retry(site, "surveys")
    load.check()
    with site.sessions("surveys").begin() as session:
        session.execute(text("UPDATE incident SET seen_at = now() - interval '2 minutes' WHERE closed_at IS NULL"))
    until(lambda: [subject.partition(" ")[0] for subject in alarms(site)] == ["Larm", "Över"], within=60, every=0.2)
