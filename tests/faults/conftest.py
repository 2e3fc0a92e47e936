"""One site for all faults: started once, broken by each test, and well again before the next."""

from collections.abc import Iterator

import pytest

from tests.faults.load import Load, Loads
from tests.faults.site import Site, a_site
from tests.faults.witness import Mark, account
from tests.services import NAMES


@pytest.fixture(scope="session")
def whole_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Servers of its own: they are broken, too."""
    with a_site(tmp_path_factory.mktemp("faults")) as site:
        yield site


@pytest.fixture(scope="session")
def loads(whole_site: Site) -> Iterator[Loads]:
    """Begun with a load while nothing is wrong: it shows that the checker works, and the next has its survey to answer.

    Each load accounts for what happened since it was prepared; at the end all that ever happened is looked at once more.
    """
    loads = Loads(whole_site)
    first = loads.next()
    first.start(over=1)
    first.finish()
    first.check()
    loads.over(first)
    yield loads
    everything = account(whole_site.sessions, dict.fromkeys(NAMES, Mark()))
    assert everything.is_clean, f"in the whole run: {everything}"


@pytest.fixture
def site(whole_site: Site) -> Iterator[Site]:
    """The site, well; what a test has changed of it is undone."""
    whole_site.well()
    yield whole_site
    whole_site.mend()


@pytest.fixture
def load(site: Site, loads: Loads) -> Iterator[Load]:
    """To be started when the fault is at hand, and checked when it is over."""
    load = loads.next()
    yield load
    loads.over(load)
