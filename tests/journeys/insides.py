"""What only those see who run the site: where its servers answer, and with which passwords."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from deploy.local.postgres import Postgres
from tests.journeys.conftest import Site

SERVICES = ("catalog", "registration", "notifications", "surveys")


class Insides:
    """Of one site."""

    def __init__(self, site: Site) -> None:
        postgres = Postgres(site.data / "postgres")
        postgres.port = int((site.data / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[3])
        self.databases = {service: postgres.url(service) for service in SERVICES}
        settings = dict(line.split(" ", 1) for line in (site.data / "redis" / "redis.conf").read_text().splitlines())
        self.redis = f"redis://:{settings['requirepass']}@127.0.0.1:{settings['port']}/0"
        gateway = next(found for found in environments() if found.get("XDG_DATA_HOME") == str(site.data / "gateway"))
        self.webs = {service: f"http://{gateway[f'{service.upper()}_WEB']}" for service in SERVICES}


def environments() -> Iterator[dict[str, str]]:
    """The environment of each process that we may look at."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                pairs = (folder / "environ").read_bytes().decode(errors="replace").split("\0")
                yield dict(pair.split("=", 1) for pair in pairs if "=" in pair)
