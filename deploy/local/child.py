"""Turns itself into another program that dies with its parent and, if asked, is another user. Standard library only.

    python -I -S child.py PARENT SIGNAL IDENTITY PROGRAM ARGUMENT...

PARENT is the pid of the process that must live; SIGNAL the number of the signal that the kernel sends when it does not.
IDENTITY is `same`, `drop:UID:GID` (be that user), or `namespace:UID:GID` (look like that user to oneself, in a user
namespace of one's own, while files still belong to who started it). It is a program of its own because what it does must
happen between fork and exec, where a Python with threads may do next to nothing.
"""

import ctypes
import os
import sys
from pathlib import Path

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1


def _libc_call(name: str, *arguments: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) != 0:
        raise OSError(ctypes.get_errno(), f"{name}: {os.strerror(ctypes.get_errno())}")


def _enter_namespace(uid: int, gid: int) -> None:
    outside_uid, outside_gid = os.geteuid(), os.getegid()
    _libc_call("unshare", CLONE_NEWUSER)
    for name, line in (("setgroups", "deny"), ("uid_map", f"{uid} {outside_uid} 1"), ("gid_map", f"{gid} {outside_gid} 1")):
        Path(f"/proc/self/{name}").write_text(line, encoding="ascii")


def _drop(uid: int, gid: int) -> None:
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def become(identity: str) -> None:
    """Take the identity. Raises OSError where the machine does not allow it."""
    kind, *numbers = identity.split(":")
    if kind == "namespace":
        _enter_namespace(int(numbers[0]), int(numbers[1]))
    elif kind == "drop":
        _drop(int(numbers[0]), int(numbers[1]))


def main(arguments: list[str]) -> None:
    parent, signal, identity, *program = arguments
    try:
        become(identity)
        if sys.platform == "linux":  # after the identity: a change of credentials forgets it
            _libc_call("prctl", PR_SET_PDEATHSIG, int(signal), 0, 0, 0)
            if os.getppid() != int(parent):
                sys.exit(1)
        os.execvp(program[0], program)  # noqa: S606
    except OSError as error:
        sys.exit(f"{program[0]}: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
