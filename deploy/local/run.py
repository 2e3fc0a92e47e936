"""One run of the site: start it step by step, tell when it is ready, wait for the end, stop it."""

import asyncio
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.configuration import SERVICES, Configuration, check_machine, claim
from deploy.local.console import Console
from deploy.local.inbox import Inbox
from deploy.local.keys import keys
from deploy.local.logs import LogWatch, new_log
from deploy.local.postgres import Postgres
from deploy.local.program import CannotStart
from deploy.local.programs import Site
from deploy.local.redis import Redis
from deploy.local.spawning import Spawner
from deploy.local.supervisor import Supervisor

HEALTH_PATIENCE = 60.0


class Run:
    """Everything between `make run` and Ctrl-C."""

    def __init__(self, configuration: Configuration, console: Console) -> None:
        self.configuration = configuration
        self.console = console
        self.logs = LogWatch(console)
        self.spawner = Spawner(configuration.data / "log" / "nursery.log")
        self.supervisor = Supervisor(console, self.spawner, self.logs)
        self.shown: list[tuple[str, str]] = []
        self._interrupted = asyncio.Event()

    async def run(self) -> None:
        """Start all, wait until somebody says stop, stop all. Raises CannotStart, with nothing left running."""
        with claim(self.configuration), self._interruptible():
            check_machine(self.configuration)
            watching = asyncio.create_task(self.logs.run())
            starting = asyncio.create_task(self._start())
            waiting = asyncio.create_task(self._interrupted.wait())
            try:
                await asyncio.wait({starting, waiting}, return_when=asyncio.FIRST_COMPLETED)
                if starting.done():
                    await starting
                    await waiting
                self.console.say("Stopping …")
            finally:
                starting.cancel()
                await asyncio.gather(starting, return_exceptions=True)
                await self.supervisor.stop()
                watching.cancel()
                waiting.cancel()
            self.console.say("Träffpunkt is stopped.")

    @contextmanager
    def _interruptible(self) -> Iterator[None]:
        """The first Ctrl-C or SIGTERM stops in order; the second ends everything at once."""
        loop = asyncio.get_running_loop()

        def interrupt() -> None:
            if self._interrupted.is_set():
                self.supervisor.kill()
            self._interrupted.set()

        stops = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        for number in stops:
            loop.add_signal_handler(number, interrupt)
        try:
            yield
        finally:
            for number in stops:
                loop.remove_signal_handler(number)

    async def _start(self) -> None:
        console, supervisor, configuration = self.console, self.supervisor, self.configuration
        console.say(f"Träffpunkt starts, with its data in {configuration.data}")
        new_log(configuration.data / "log", "nursery")
        if self.spawner.fork:
            await self.spawner.warm_up()
        site = await self._start_servers()

        await supervisor.run(site.migrations())
        console.step("Databases are of the newest version")
        await supervisor.start(site.relays())
        await supervisor.start(site.workers())
        await supervisor.start([*site.webs(), site.health()])
        console.step(f"Webs answer: {', '.join(SERVICES)}")
        await supervisor.start([site.gateway()])
        await self._wait_until_healthy()
        console.step("Workers and relays answer: all services are well")
        if configuration.demo:
            demonstrations = site.demonstrations()
            for program in demonstrations:
                self.logs.each_line_of(program.log, lambda line, who=program.name: self._heard(who, line))  # type: ignore[misc]
            await supervisor.run(demonstrations)
            console.step("The demonstration is loaded")
        self._announce(site)

    async def _start_servers(self) -> Site:
        """PostgreSQL, Redis and the inbox, as far as the environment names no others."""
        configuration = self.configuration
        data = configuration.data
        servers = []
        own_databases = [service for service in SERVICES if configuration.database_url(service) is None]
        postgres = Postgres(data / "postgres", databases=own_databases, log=self._log("postgres"))
        redis = Redis(data / "redis", log=self._log("redis"))
        inbox = Inbox(data / "inbox", log=self._log("inbox"))
        if own_databases:
            servers.append(await asyncio.to_thread(postgres.prepare))
        if configuration.redis_url is None:
            servers.append(redis.prepare())
        if configuration.smtp_url is None:
            servers.append(inbox.prepare())
        await self.supervisor.start(servers)
        if own_databases:
            await asyncio.to_thread(postgres.make_databases)
        return Site(
            configuration,
            keys(data / "keys.json", configuration.environ),
            {service: configuration.database_url(service) or postgres.url(service) for service in SERVICES},
            configuration.redis_url or redis.url,
            configuration.smtp_url or inbox.smtp_url,
            None if configuration.smtp_url else inbox.web_port,
        )

    async def _wait_until_healthy(self) -> None:
        """Until the gateway's health says so. Raises CannotStart with the reason that it gave last."""
        address = f"http://127.0.0.1:{self.configuration.port}/healthz"
        deadline = asyncio.get_running_loop().time() + HEALTH_PATIENCE
        while reason := await asyncio.to_thread(_why_ill, address):
            if asyncio.get_running_loop().time() > deadline:
                raise CannotStart(
                    f"not all services became well in {HEALTH_PATIENCE:.0f} s: {reason} (see {self.configuration.data}/log)"
                )
            await asyncio.sleep(0.1)

    def _heard(self, who: str, line: str) -> None:
        """Progress is shown; what is an address (`what<tab>where`) waits for the end."""
        what, tab, where = line.partition("\t")
        if tab:
            self.shown.append((what, where))
        else:
            service = who.removesuffix(" demo")
            self.console.heard(service, line.removeprefix(f"{service}: "))

    def _announce(self, site: Site) -> None:
        public_url = self.configuration.public_url
        self.console.say()
        self.console.say(f"Träffpunkt is ready: {public_url}")
        rows = [("Start page", f"{public_url}/"), ("Staff", f"{public_url}/arbeta"), ("Operations", f"{public_url}/drift")]
        if site.inbox_port is not None:
            rows.append(("Mail inbox", f"{public_url}/inkorg"))
        self.console.table([*rows, *((what, where.replace("{site}", public_url)) for what, where in self.shown)])
        self.console.say("Stop with Ctrl-C.")

    def _log(self, name: str) -> Path:
        return new_log(self.configuration.data / "log", name)


def _why_ill(address: str) -> str | None:
    """Nothing when all is well; else what the health page says."""
    try:
        with urllib.request.urlopen(address, timeout=5):  # noqa: S310
            return None
    except urllib.error.HTTPError as error:
        return error.read().decode(errors="replace")[:300] or str(error)
    except OSError as error:
        return str(error)
