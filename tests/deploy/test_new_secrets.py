"""An installation's secrets: made once, each where it is needed and nowhere else."""

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from deploy.settings import SERVICES
from shared.new_secrets import write_secrets
from tests.deploy.compose import containers


def read(folder: Path) -> dict[str, str]:
    return {str(file.relative_to(folder)): file.read_text().strip() for file in folder.rglob("*") if file.is_file()}


def test_they_are_made_once_and_what_is_there_stays(tmp_path: Path) -> None:
    made = write_secrets(tmp_path)
    first = read(tmp_path)
    assert sorted(made) == sorted(first)
    assert write_secrets(tmp_path) == []
    assert read(tmp_path) == first


def test_what_is_lost_is_made_anew_from_what_is_there(tmp_path: Path) -> None:
    write_secrets(tmp_path)
    before = read(tmp_path)
    for name in ("surveys/database_url", "surveys/redis_url", "surveys/seal_key", "surveys/session_public_key"):
        (tmp_path / name).unlink()
    assert len(write_secrets(tmp_path)) == 4
    assert read(tmp_path) == before


def test_each_installation_has_its_own(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_secrets(tmp_path / name)
    a, b = read(tmp_path / "a"), read(tmp_path / "b")
    assert a.keys() == b.keys()
    assert not [name for name in a if a[name] == b[name]]


def test_a_service_gets_its_own_password_and_the_keys_that_it_needs(tmp_path: Path) -> None:
    write_secrets(tmp_path)
    files = read(tmp_path)
    for service in SERVICES:
        assert files[f"postgres/{service}_password"] in files[f"{service}/database_url"]
        others = [name for name in files if name.startswith("postgres/") and not name.startswith(f"postgres/{service}_")]
        assert not [name for name in others if any(files[name] in files[own] for own in files if own.startswith(f"{service}/"))]
    assert [name for name in files if "private" in name] == ["catalog/session_private_key"]
    assert [name for name in files if "needs" in name] == ["registration/needs_key"]
    assert json.loads(files["surveys/session_public_key"]).keys() == {"kty", "crv", "x", "alg", "use"}
    Fernet(files["surveys/seal_key"])
    assert len({files[f"{service}/seal_key"] for service in SERVICES}) == 1


def test_compose_finds_every_file_that_it_names(tmp_path: Path) -> None:
    write_secrets(tmp_path)
    for service in SERVICES:
        for name, value in containers()[f"{service}-web"]["environment"].items():
            if name.endswith("_FILE") and value.startswith("/run/secrets/"):
                assert (tmp_path / service / value.removeprefix("/run/secrets/")).is_file(), name


def test_the_folder_is_its_owner_s_alone(tmp_path: Path) -> None:
    write_secrets(tmp_path / "secrets")
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "secrets").rglob("*") if file.is_file()} == {0o444}


@pytest.mark.parametrize("name", ["ok", "file/below"])
def test_the_command_says_what_it_did_and_never_a_secret(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    argv = [sys.executable, "-m", "shared.new_secrets", str(tmp_path / name)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=30)
    if name == "ok":
        assert done.stdout == f"secrets: 24 made in {tmp_path / name}\n"
        assert not [secret for secret in read(tmp_path / name).values() if secret in done.stdout]
    else:
        assert done.returncode == 1
        assert "cannot make secrets" in done.stderr
