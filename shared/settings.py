"""Settings that every service shares, from the environment only. A service adds its own with its prefix.

NAME_FILE names a file that holds the value of NAME, as container platforms hand out secrets; NAME itself wins, and an empty NAME
is as good as none. Development has defaults; production refuses to start with any secret that others could know.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import AliasChoices, Field, model_validator
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

# For development and tests only: whoever has read this file knows them.
DEVELOPMENT_PUBLIC_KEY = (
    '{"kty":"OKP","crv":"Ed25519","x":"hdyZ9eZ2DKIK5_ssFCWQONCamqGTQ_MHa6m9mR5XL2I","alg":"EdDSA","use":"sig"}'
)
DEVELOPMENT_PRIVATE_KEY = (
    '{"kty":"OKP","crv":"Ed25519","x":"hdyZ9eZ2DKIK5_ssFCWQONCamqGTQ_MHa6m9mR5XL2I",'
    '"d":"dl2cYO8b_EtvtXwyzKO834aMUy0zIU8-Y5FL-Ows19Y","alg":"EdDSA","use":"sig"}'
)
DEVELOPMENT_FERNET_KEY = "dHJhZmZwdW5rdC1kZXZlbG9wbWVudC1vbmx5LWtleSE="


WEAK = 12
"""Characters: a password that is shorter can be tried out."""
_HERE = {"127.0.0.1", "::1", "localhost"}


class Files(EnvSettingsSource):
    """The settings that are given as files. Raises `OSError` for a file that cannot be read."""

    def _load_env_vars(self) -> Mapping[str, str | None]:
        names = [
            found[1] for name, field in self.settings_cls.model_fields.items() for found in self._extract_field_info(field, name)
        ]
        return {
            name: Path(file).read_text(encoding="utf-8").strip()
            for name in names
            if (file := os.environ.get(f"{name.upper()}_FILE"))
        }


class KernelSettings(BaseSettings):
    """What web, worker and relay of any service need."""

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True, hide_input_in_errors=True)

    environment: Literal["development", "production"] = Field(
        "development",
        validation_alias="ENVIRONMENT",
        description="production refuses secrets that others could know, and plain http",
    )
    redis_url: str = Field(
        "redis://127.0.0.1:6379/0",
        validation_alias="REDIS_URL",
        repr=False,
        description="Redis 6.2 or later: redis://:password@host:port/0, or rediss:// for TLS",
    )
    public_url: str = Field(
        "http://127.0.0.1:8000", validation_alias="PUBLIC_URL", description="the site's address, without a slash at the end"
    )
    allow_http: bool = Field(
        False,
        validation_alias="ALLOW_HTTP",
        description="true lets production serve plain http, for trying out on a closed network: sessions can be stolen",
    )
    session_public_key: str = Field(
        DEVELOPMENT_PUBLIC_KEY,
        validation_alias="SESSION_PUBLIC_KEY",
        description="Ed25519 public JWK that sessions are checked by",
    )
    seal_key: str = Field(
        DEVELOPMENT_FERNET_KEY,
        validation_alias="SEAL_KEY",
        repr=False,
        description="Fernet key that seals links inside events and mails",
    )
    metrics_port: int = Field(
        0,
        ge=0,
        validation_alias="METRICS_PORT",
        description="port on which worker and relay answer Prometheus at /metrics (0: they do not; the web does on its own)",
    )
    alarm_webhook: str = Field(
        "",
        validation_alias="ALARM_WEBHOOK",
        repr=False,
        description="an address that is told of alarms with a POST of JSON; they are mailed to NOTIFICATIONS_ALARM_ADDRESSES",
    )
    alarm_old_seconds: int = Field(
        120, ge=10, validation_alias="ALARM_OLD_SECONDS", description="how old an event may get before it is an alarm"
    )
    alarm_outbox_rows: int = Field(
        10000, ge=1, validation_alias="ALARM_OUTBOX_ROWS", description="how many events may wait for others before it is an alarm"
    )
    redelivery_seconds: int = Field(
        60,
        ge=5,
        validation_alias="REDELIVERY_SECONDS",
        description="seconds after which Redis gives what a worker has taken and not finished to another",
    )
    log_level: str = Field("INFO", validation_alias="LOG_LEVEL", description="DEBUG, INFO, WARNING or ERROR")
    web_host: str = Field("127.0.0.1", validation_alias=AliasChoices("HOST"), description="address that the web listens on")
    web_port: int = Field(8000, validation_alias=AliasChoices("PORT"), description="port that the web listens on")
    database_url: str = Field(repr=False, description="PostgreSQL 17 or later: postgresql://role:password@host:port/database")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment, then files that it names."""
        return init_settings, env_settings, Files(settings_cls)

    @model_validator(mode="after")
    def _refuse_what_is_unsafe_in_production(self) -> Self:
        if self.environment == "production":
            defaults = sorted(
                name
                for name, field in type(self).model_fields.items()
                if name.endswith("_key") and getattr(self, name) == field.get_default(call_default_factory=False)
            )
            if defaults:
                raise ValueError(
                    f"production needs secrets of its own; these have the development default: {', '.join(defaults)}"
                )
            public = urlsplit(self.public_url)
            if public.scheme != "https" and public.hostname not in _HERE and not self.allow_http:
                raise ValueError("production needs a public_url with https (ALLOW_HTTP=true allows http, for trying out)")
            for name in ("database_url", "redis_url"):
                if problem := _weakness(getattr(self, name)):
                    raise ValueError(f"{name}: production needs {problem}")
        return self


def _weakness(url: str) -> str:
    """What is wrong with the password in a server's address; nothing for a socket, or where another proof takes its place."""
    parts = urlsplit(url)
    proofs = {"passfile", "sslcert", "service", "password"} & parse_qs(parts.query).keys()
    if not parts.hostname or proofs or parts.scheme == "unix":
        return ""
    password = unquote(parts.password or "")
    if not password:
        return "a password in its address"
    if len(password) < WEAK or password == unquote(parts.username or ""):
        return f"a password of at least {WEAK} characters that is not the role's name"
    return ""
