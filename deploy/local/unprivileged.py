"""As whom PostgreSQL runs, and from where: it refuses root, and root's folders refuse everybody else.

An ordinary user runs it as himself. For root there are three ways, taken in this order, the first that works:

1. in a user namespace, where the server sees an ordinary user while its files still belong to root;
2. as an existing unprivileged user (postgres, else nobody), if that user can reach the binaries and the data;
3. as that user, with data and a copy of the binaries in /var/lib/traffpunkt, and a link to the data in their place.
"""

import hashlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.local.program import CannotStart, wrapped

OUTSIDE = Path("/var/lib/traffpunkt")
PROBE = '"$1" --version && test -r "$2" -a -w "$2" -a -x "$2"'


@dataclass(frozen=True)
class Place:
    """An identity for `child.py`, whose files they are, and where binaries (bin, lib, share) and data lie for it."""

    identity: str
    owner: tuple[int, int]
    installation: Path
    data: Path

    def own(self, folder: Path) -> None:
        """Give the folder and what is in it to the identity, if it is another's (who started it last time differs)."""
        if os.geteuid() != 0:
            return
        for path in (folder, *folder.rglob("*")):
            status = path.lstat()
            if (status.st_uid, status.st_gid) != self.owner:
                os.chown(path, *self.owner, follow_symlinks=False)

    def works(self) -> bool:
        """Whether this identity can run the binaries and write the data here; tried, not guessed."""
        try:
            self.data.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.own(self.data)
        except OSError:
            return False
        probe = ["/bin/sh", "-c", PROBE, "probe", str(self.installation / "bin" / "postgres"), str(self.data)]
        return subprocess.run(wrapped(probe, self.identity), check=False, capture_output=True).returncode == 0


def place(installation: Path, data: Path, ways: Sequence[str] = ("namespace", "drop", "outside")) -> Place:
    """The first place that works. Raises CannotStart when none does."""
    data = data.resolve()  # where way 3 put it last time, if it did
    if os.geteuid() != 0:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        return Place("same", (os.geteuid(), os.getegid()), installation, data)
    for candidate in _places_for_root(installation, data, ways):
        if candidate.works():
            return candidate
    raise CannotStart(
        "PostgreSQL refuses root and no other user can run it here: start as an ordinary user, or set the DATABASE_URLs"
    )


def _places_for_root(installation: Path, data: Path, ways: Sequence[str]) -> Iterator[Place]:
    users = [user for user in pwd.getpwall() if user.pw_uid != 0]
    if not users:
        return
    if "namespace" in ways:
        yield Place(f"namespace:{users[0].pw_uid}:{users[0].pw_gid}", (0, 0), installation, data)
    named = {user.pw_name: user for user in users}
    user = named.get("postgres") or named.get("nobody") or users[0]
    owner = (user.pw_uid, user.pw_gid)
    if "drop" in ways:
        yield Place("drop:{}:{}".format(*owner), owner, installation, data)
    if "outside" in ways:
        yield Place("drop:{}:{}".format(*owner), owner, _copied(installation), _moved(data))


def _copied(installation: Path) -> Path:
    """A copy of the binaries that everybody may read; made once for each version of them."""
    stamp = (installation / "bin" / "postgres").stat()
    copy = OUTSIDE / f"postgres-{stamp.st_size}-{int(stamp.st_mtime)}"
    if not copy.exists():
        OUTSIDE.mkdir(parents=True, exist_ok=True, mode=0o755)
        unfinished = copy.with_suffix(f".{os.getpid()}")
        package = installation.parent
        for part in (package.relative_to(package.parent) / installation.name, Path(f"{package.name}.libs")):
            if (package.parent / part).exists():  # the second holds libraries that the binaries find by a relative path
                shutil.copytree(package.parent / part, unfinished / part, ignore=shutil.ignore_patterns("include", "*.a"))
        try:
            unfinished.rename(copy)
        except OSError:  # another was faster
            shutil.rmtree(unfinished)
    return copy / installation.parent.name / installation.name


def _moved(data: Path) -> Path:
    """The place outside for these data, with a link to it where they should have been."""
    if OUTSIDE in data.parents:
        return data
    outside = OUTSIDE / f"data-{hashlib.sha256(str(data).encode()).hexdigest()[:16]}"
    if data.exists() and any(data.iterdir()):
        shutil.copytree(data, outside, symlinks=True, dirs_exist_ok=True)
    outside.mkdir(parents=True, exist_ok=True, mode=0o700)
    if data.exists():
        shutil.rmtree(data)
    data.parent.mkdir(parents=True, exist_ok=True)
    data.symlink_to(outside)
    return outside
