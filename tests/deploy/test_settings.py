"""What the environment may say, and what production refuses."""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from deploy.settings import SERVICES
from services.catalog.settings import Settings
from shared.new_secrets import new_keys
from shared.settings import DEVELOPMENT_FERNET_KEY

KEYS = new_keys()
GOOD = {
    **KEYS,
    "ENVIRONMENT": "production",
    "PUBLIC_URL": "https://traffpunkt.example",
    "CATALOG_DATABASE_URL": "postgresql://catalog:long-enough-to-keep@db.example/catalog",
    "REDIS_URL": "redis://:long-enough-to-keep@redis.example:6379/0",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def refusal() -> str:
    with pytest.raises(ValidationError) as caught:
        Settings()
    return "; ".join(error["msg"] for error in caught.value.errors())


def test_production_starts_with_secrets_of_its_own(environment: pytest.MonkeyPatch) -> None:
    assert Settings().session_private_key == KEYS["CATALOG_SESSION_PRIVATE_KEY"]


@pytest.mark.parametrize("name", ["SEAL_KEY", "SESSION_PUBLIC_KEY", "CATALOG_SESSION_PRIVATE_KEY"])
@pytest.mark.parametrize("value", [None, ""])
def test_production_refuses_a_default_key(environment: pytest.MonkeyPatch, name: str, value: str | None) -> None:
    if value is None:
        environment.delenv(name)
    else:
        environment.setenv(name, value)
    assert name.removeprefix("CATALOG_").lower() in refusal()


def test_production_refuses_the_known_key_when_it_is_given_too(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SEAL_KEY", DEVELOPMENT_FERNET_KEY)
    assert "seal_key" in refusal()


@pytest.mark.parametrize("service", SERVICES)
def test_every_key_of_every_service_is_refused_in_production_as_long_as_it_is_the_known_one(
    service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**GOOD, f"{service.upper()}_DATABASE_URL": GOOD["CATALOG_DATABASE_URL"]}.items():
        if not name.endswith("_KEY"):
            monkeypatch.setenv(name, value)
    monkeypatch.setenv("NOTIFICATIONS_SMTP_URL", "smtps://mail.example")
    monkeypatch.setenv("NOTIFICATIONS_MAIL_FROM", "a@b.example")
    keys = {name for name in SERVICES[service].model_fields if name.endswith("_key")}
    with pytest.raises(ValidationError) as caught:
        SERVICES[service]()
    assert all(key in str(caught.value) for key in keys)
    assert len(keys) >= 2


@pytest.mark.parametrize(
    ("address", "good"),
    [
        ("https://traffpunkt.example", True),
        ("http://traffpunkt.example", False),
        ("http://10.1.2.3", False),
        ("http://127.0.0.1:8000", True),
        ("http://localhost:8000", True),
        ("http://localhost.evil.example", False),
    ],
)
def test_production_serves_plain_http_to_this_machine_only(environment: pytest.MonkeyPatch, address: str, good: bool) -> None:
    environment.setenv("PUBLIC_URL", address)
    if good:
        assert Settings().public_url == address
    else:
        assert "https" in refusal()
        environment.setenv("ALLOW_HTTP", "true")
        assert Settings().public_url == address


@pytest.mark.parametrize("name", ["CATALOG_DATABASE_URL", "REDIS_URL"])
@pytest.mark.parametrize(
    ("login", "good"),
    [
        ("", False),
        ("catalog@", False),
        ("catalog:@", False),
        ("catalog:short@", False),
        ("a-long-name-here:a-long-name-here@", False),
        ("catalog:long-enough-to-keep@", True),
    ],
)
def test_production_wants_passwords_that_cannot_be_guessed(
    environment: pytest.MonkeyPatch, name: str, login: str, good: bool
) -> None:
    environment.setenv(name, f"{'redis' if name == 'REDIS_URL' else 'postgresql'}://{login}server.example/0")
    if good:
        Settings()
    else:
        assert "password" in refusal()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql:///catalog?host=/run/postgresql",
        "postgresql://catalog@db.example/catalog?sslcert=/c&sslkey=/k",
        "postgresql://catalog@db.example/catalog?passfile=/p",
    ],
)
def test_another_proof_may_stand_in_the_password_s_place(environment: pytest.MonkeyPatch, url: str) -> None:
    environment.setenv("CATALOG_DATABASE_URL", url)
    assert Settings().database_url == url


def test_a_setting_can_be_a_file_and_the_setting_itself_wins(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://catalog:from-the-file-it-is@db.example/catalog\n")
    environment.setenv("CATALOG_DATABASE_URL_FILE", str(tmp_path / "url"))
    assert Settings().database_url == GOOD["CATALOG_DATABASE_URL"]
    environment.setenv("CATALOG_DATABASE_URL", "")
    assert Settings().database_url == "postgresql://catalog:from-the-file-it-is@db.example/catalog"


def test_a_shared_setting_can_be_a_file_too(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{KEYS['SEAL_KEY']}\n")
    environment.delenv("SEAL_KEY")
    environment.setenv("SEAL_KEY_FILE", str(tmp_path / "key"))
    assert Settings().seal_key == KEYS["SEAL_KEY"]


def test_a_file_that_is_missing_is_named(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("SEAL_KEY_FILE", str(tmp_path / "none"))
    with pytest.raises(FileNotFoundError, match="none"):
        Settings()


def test_no_secret_is_shown_by_a_settings_text_or_its_errors(environment: pytest.MonkeyPatch) -> None:
    secrets = [
        GOOD["CATALOG_DATABASE_URL"],
        GOOD["REDIS_URL"],
        KEYS["SEAL_KEY"],
        json.loads(KEYS["CATALOG_SESSION_PRIVATE_KEY"])["d"],
    ]
    shown = repr(Settings()) + str(Settings())
    assert not [secret for secret in secrets if secret in shown]
    environment.setenv("PORT", "no number")
    with pytest.raises(ValidationError) as caught:
        Settings()
    assert not [secret for secret in secrets if secret in str(caught.value)]
