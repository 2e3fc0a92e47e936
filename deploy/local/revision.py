"""`make revision`: writes a migration against a database of its own that has all migrations so far."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from deploy.local.configuration import ROOT, SERVICES
from deploy.local.postgres import Postgres
from deploy.local.program import python


def main(service: str, message: str) -> int:
    """Write it for the service, or for the tables that every service has (`kernel`)."""
    if service not in {*SERVICES, "kernel"} or not message:
        known = ", ".join((*SERVICES, "kernel"))
        sys.exit(f'say whose tables change, and how, as in make revision SERVICE=catalog MESSAGE="add rooms"; there are {known}')
    owner = SERVICES[0] if service == "kernel" else service
    with tempfile.TemporaryDirectory() as folder, Postgres(Path(folder), fast=True) as postgres:
        environment = os.environ | {f"{owner.upper()}_DATABASE_URL": postgres.url(owner)}
        kernel = ["--kernel"] if service == "kernel" else []
        for command in (["migrate"], ["revision", message, *kernel]):
            done = subprocess.run(python(f"services.{owner}", *command), env=environment, cwd=ROOT, check=False)
            if done.returncode != 0:
                return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
