"""One site for all faults: started once, broken by each test, and well again before the next."""

from collections.abc import Iterator

import pytest

from deploy.local.postgres import Postgres
from deploy.local.redis import Redis
from services.catalog.actions.projects import publish_project
from shared.service import use
from shared.testing import Databases
from tests.catalog.cast import TODAY, Cast
from tests.faults.load import STARTS, Load
from tests.faults.site import Site
from tests.notifications.mailserver import MailServer
from tests.services import SERVICES


@pytest.fixture(scope="session")
def whole_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Servers of its own: they are broken, too."""
    folder = tmp_path_factory.mktemp("faults")
    with Postgres(folder / "postgres", fast=True) as postgres, Redis(folder / "redis", fast=True) as redis, MailServer() as mails:
        databases = Databases(postgres)
        with Site(folder, postgres, redis, databases, mails) as site:
            yield site
        databases.close()


class Loads:
    """Gives each test a load, which answers the survey of the one before."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._links: list[str] = []
        self._number = 0
        use(SERVICES["catalog"])
        with site.sessions("catalog").begin() as session:
            cast = Cast(session)
            project = cast.project("Prov av fel")
            cast.activity(project, starts_at=STARTS)
            publish_project(session, project, now=TODAY)
            self._project, self._slug = project.id, project.slug

    def next(self) -> Load:
        """Prepared, and not yet begun."""
        self._number += 1
        load = Load(self._site, self._project, self._slug, f"fel{self._number}", self._links)
        load.prepare()
        return load

    def over(self, load: Load) -> None:
        """Its people have been asked what they thought."""
        self._links = load.survey_links()


@pytest.fixture(scope="session")
def loads(whole_site: Site) -> Loads:
    """Begun with a load while nothing is wrong: it shows that the checker works, and the next has its survey to answer."""
    loads = Loads(whole_site)
    first = loads.next()
    first.start(over=1)
    first.finish()
    first.check()
    loads.over(first)
    return loads


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
