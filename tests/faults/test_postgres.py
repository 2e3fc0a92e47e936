"""PostgreSQL restarts as after a crash, or cuts every connection: a clear page for those hit, nothing half done."""

import signal

from sqlalchemy import create_engine, text

from tests.faults.load import Load
from tests.faults.site import Site, pause


def test_crashes_and_recovers(site: Site, load: Load) -> None:
    assert site.postgres.process is not None
    load.start()
    pause(1.5)
    site.postgres.process.send_signal(signal.SIGQUIT)
    site.postgres.process.wait(10)
    pause(1)
    site.postgres.start()
    load.finish()
    load.check()
    assert not load.unclear, "who is hit reads what to do"


def test_cuts_every_connection_again_and_again(site: Site, load: Load) -> None:
    engine = create_engine(site.postgres.admin_url().replace("postgresql://", "postgresql+psycopg://"))
    load.start()
    for _ in range(6):
        pause(0.6)
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename <> 'postgres'"))
    load.finish()
    load.check()
    engine.dispose()
    assert not load.unclear, "who is hit reads what to do"
