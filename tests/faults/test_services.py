"""One service is down for a while: the others are not affected, and it catches up."""

import pytest

from tests.faults.load import PEOPLE, Load
from tests.faults.site import Site, pause


@pytest.mark.parametrize("name", ["notifications", "surveys"])
def test_one_is_down_and_comes_up(site: Site, load: Load, name: str) -> None:
    if name == "surveys":
        load.links = []
    site.take_down(name)
    load.start(over=2)
    load.finish()
    pause(1)
    lacks = load.lacks()
    assert "seats" not in lacks
    if name == "surveys":
        assert "confirmations" not in lacks
        assert lacks["invited"] == f"0 of {PEOPLE}"
    else:
        assert "present" not in lacks
        assert lacks["confirmations"] == f"0 of {PEOPLE}"
    site.bring_up(name)
    load.check(within=90)
