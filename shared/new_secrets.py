"""`python -m shared.new_secrets FOLDER`: the secrets of one installation, made once, a file each; what is there stays.

Each subfolder is mounted into one service's containers and holds what they need: none sees another's password or key. FOLDER is
its owner's alone, which keeps the host's other users out.
"""

import json
import secrets
import sys
from contextlib import suppress
from pathlib import Path

from cryptography.fernet import Fernet
from joserfc.jwk import OKPKey

SERVICES = ("catalog", "registration", "notifications", "surveys")


def new_keys() -> dict[str, str]:
    """New keys for a site, by the names of their settings."""
    session = OKPKey.generate_key("Ed25519", {"alg": "EdDSA", "use": "sig"})
    return {
        "SESSION_PUBLIC_KEY": json.dumps(session.as_dict(private=False)),
        "CATALOG_SESSION_PRIVATE_KEY": json.dumps(session.as_dict(private=True)),
        "SEAL_KEY": Fernet.generate_key().decode(),
        "REGISTRATION_NEEDS_KEY": Fernet.generate_key().decode(),
    }


def write_secrets(folder: Path) -> list[str]:
    """Make what is missing in `folder`, for docker-compose.yml; the names of the files that were made.

    What another file already says (a password in an address) is taken from there.
    """
    folder.mkdir(exist_ok=True)
    with suppress(PermissionError):  # the folder of somebody else, who has said who may enter
        folder.chmod(0o700)
    keep = _Keeper(folder)
    keys = new_keys()
    private = keep("catalog/session_private_key", keys["CATALOG_SESSION_PRIVATE_KEY"])
    public = json.dumps({name: value for name, value in json.loads(private).items() if name != "d"})
    seal = keep("catalog/seal_key", keys["SEAL_KEY"])
    keep("registration/needs_key", keys["REGISTRATION_NEEDS_KEY"])
    keep("postgres/postgres_password", secrets.token_urlsafe(32))
    redis = keep("redis/redis.conf", f"requirepass {secrets.token_urlsafe(32)}").split()[-1]
    for service in SERVICES:
        password = keep(f"postgres/{service}_password", secrets.token_urlsafe(32))
        keep(f"{service}/database_url", f"postgresql://{service}:{password}@postgres:5432/{service}")
        keep(f"{service}/redis_url", f"redis://:{redis}@redis:6379/0")
        keep(f"{service}/session_public_key", public)
        keep(f"{service}/seal_key", seal)
    return keep.made


class _Keeper:
    """Keeps a secret in a file: readable to all who see the file, which are those that its subfolder is mounted for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.made: list[str] = []

    def __call__(self, name: str, value: str) -> str:
        file = self._folder / name
        if not file.exists():
            file.parent.mkdir(mode=0o755, exist_ok=True)
            new = file.with_suffix(".new")
            new.write_text(value + "\n", encoding="utf-8")
            new.chmod(0o444)
            new.replace(file)
            self.made.append(name)
        return file.read_text(encoding="utf-8").strip()


def main() -> None:
    """Make them, and say which; never what they are."""
    if len(sys.argv) != 2:
        sys.exit("python -m shared.new_secrets FOLDER")
    folder = Path(sys.argv[1])
    try:
        made = write_secrets(folder)
    except OSError as error:
        sys.exit(f"cannot make secrets in {folder}: {error.strerror} ({error.filename})")
    print(f"secrets: {len(made)} made in {folder}" if made else f"secrets: all are there in {folder}")


if __name__ == "__main__":
    main()
