"""One service is down for a while: the others are not affected, and it catches up."""

import pytest

from shared.testing import until
from tests.faults.load import PEOPLE, Load
from tests.faults.site import Site


@pytest.mark.parametrize("name", ["notifications", "surveys"])
def test_one_is_down_and_comes_up(site: Site, load: Load, name: str) -> None:
    if name == "surveys":
        load.links = []
    site.take_down(name)
    load.start(over=2)
    load.finish()
    others = {"seats", "confirmations", "invitations"} if name == "surveys" else {"seats", "present"}
    until(lambda: not others & load.lacks().keys(), within=60, every=0.2, saying="the others go on")
    assert load.lacks()["invited" if name == "surveys" else "confirmations"] == f"0 of {PEOPLE}"
    site.bring_up(name)
    load.check(within=90)
