"""`python -m tests.local.standins.site`: `make run` with the stand-ins for services."""

import sys

from deploy.local.__main__ import main

sys.exit(main("tests.local.standins"))
