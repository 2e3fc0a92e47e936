"""`python -m deploy.audit`: does a package that we lock have a known vulnerability? Fails if so.

Where the service that knows cannot be asked, it says so in a line and lets the rest go on.
"""

import re
import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).parents[1] / "requirements" / "dev.lock"
"""It holds every version that the other lock files hold."""
SERVICE = "https://api.osv.dev/v1/query"
PATIENCE = 60.0
"""Seconds for all packages together: they are looked up one by one."""
AWAY = re.compile(r"requests\.exceptions\.\w+|ServiceError|Could not connect")


def audit(lock: Path = LOCK, service: str = SERVICE, patience: float = PATIENCE) -> tuple[bool, str]:
    """Whether the build may go on, and what to say."""
    options = ["--vulnerability-service=osv", f"--osv-url={service}", "--disable-pip", "--progress-spinner=off", "--timeout=5"]
    argv = [sys.executable, "-m", "pip_audit", *options, f"--requirement={lock}"]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=patience)  # noqa: S603 (our own words)
    except subprocess.TimeoutExpired:
        return True, f"not looked up: {service} did not answer for all packages within {patience:.0f} s"
    if done.returncode == 0:
        return True, "no known vulnerability in what is locked"
    if done.stdout.strip():
        return False, f"known vulnerabilities:\n{done.stdout}"
    if found := AWAY.findall(done.stderr):
        return True, f"not looked up: {service} cannot be asked ({found[-1]})"
    return False, done.stderr


if __name__ == "__main__":
    may_go_on, said = audit()
    print(f"pip-audit: {said}")
    sys.exit(not may_go_on)
