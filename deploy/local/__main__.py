"""`python -m deploy.local`: what `make run` runs. Exit code 1, with one line that says what to do, when it cannot."""

import asyncio
import errno
import os
import sys

from deploy.local.configuration import Configuration
from deploy.local.console import Console
from deploy.local.program import CannotStart
from deploy.local.run import Run


def main(services: str = "services") -> int:
    """Run the site until it is stopped. `services` is the package that the four services live in."""
    try:
        configuration = Configuration.from_environment(os.environ, services)
        asyncio.run(Run(configuration, Console()).run())
    except CannotStart as reason:
        return _refuse(str(reason))
    except OSError as error:
        if error.errno == errno.ENOSPC:
            return _refuse("the disk is full: make room, or choose another folder, as in `make run DATA=/other/folder`")
        raise
    return 0


def _refuse(reason: str) -> int:
    print(f"Träffpunkt cannot start: {reason}", file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main())
