"""One service is down for a while: the others are not affected, and it catches up."""

from uuid import uuid4

import pytest

from deploy.local.program import python
from shared.testing import until
from tests.faults.load import ACTIVITIES, PEOPLE, Load
from tests.faults.narrow import WINDOW
from tests.faults.site import Site
from tests.services import NAMES


@pytest.mark.parametrize("name", ["notifications", "surveys"])
def test_one_is_down_and_comes_up(site: Site, load: Load, name: str) -> None:
    """More waits for it than may be under way to one subscriber: the others do not wait for the minute until it is sent again."""
    for each in NAMES:
        site.replace(each, "relay", python("tests.faults.narrow", each, "relay"))
        site.restart(each, "relay")
    site.well()
    if name == "surveys":
        load.links = []
    site.take_down(name)
    more = [uuid4() for _ in range(2 * WINDOW)]
    for activity in more:
        load.release(activity)
    load.start(over=2)
    load.finish()
    others = {"seats", "confirmations", "invitations"} if name == "surveys" else {"seats", "present"}
    until(lambda: not others & load.lacks().keys(), within=40, every=0.2, saying="the others go on")
    for each in {*ACTIVITIES} - {name}:
        until(lambda known=each: load.knows(known, *more), within=40, every=0.2, saying=f"{each} knows the activities")  # type: ignore[misc]
    assert load.lacks()["invited" if name == "surveys" else "confirmations"] == f"0 of {PEOPLE}"
    site.bring_up(name)
    load.check(within=90)
    until(lambda: load.knows(name, *more), within=40, saying="it knows the activities, too")
