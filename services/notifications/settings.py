"""What notifications is told by its environment."""

from email.headerregistry import Address
from email.utils import parseaddr
from functools import cached_property
from typing import Self, cast
from urllib.parse import unquote, urlsplit

from pydantic import Field, model_validator
from pydantic_settings import SettingsConfigDict

from shared.service import current_settings
from shared.settings import KernelSettings

_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}


class Settings(KernelSettings):
    """NOTIFICATIONS_... in the environment."""

    model_config = SettingsConfigDict(env_prefix="NOTIFICATIONS_")

    smtp_url: str = Field(
        "smtp://127.0.0.1:2525",
        repr=False,
        description="the server that takes our mail: smtp://, smtps:// or smtp+starttls://[user:password@]host[:port]",
    )
    mail_from: str = Field(
        "Träffpunkt <anmalan@traffpunkt.example>", description="sender of every mail and organiser of every calendar entry"
    )
    alarm_addresses: str = Field("", description="who gets a mail when something is wrong: addresses with commas between")
    alarm_rejected: int = Field(
        5, ge=1, description="how many mails the recipients' servers may reject by their rules in an hour before it is an alarm"
    )
    connections: int = Field(
        1,
        ge=1,
        le=50,
        description="connections to the mail server at the same time, for mails and for mailings each, over all workers",
    )

    @model_validator(mode="after")
    def _check_mail(self) -> Self:
        parts = urlsplit(self.smtp_url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ValueError("smtp_url must be smtp://, smtps:// or smtp+starttls:// with a host")
        if not self.sender.domain:
            raise ValueError("mail_from must be an address, such as Träffpunkt <anmalan@example.org>")
        if self.environment == "production":
            if not {"smtp_url", "mail_from"} <= self.model_fields_set:
                raise ValueError("production needs NOTIFICATIONS_SMTP_URL and NOTIFICATIONS_MAIL_FROM of its own")
            if parts.username and parts.scheme == "smtp":
                raise ValueError("smtp_url: a password must not travel in clear text; use smtps:// or smtp+starttls://")
        return self

    @cached_property
    def sender(self) -> Address:
        """`mail_from` in its parts."""
        name, address = parseaddr(self.mail_from)
        return Address(name, addr_spec=address) if "@" in address else Address(name)

    @property
    def alarm_recipients(self) -> list[str]:
        """`alarm_addresses` one by one."""
        return [address.strip() for address in self.alarm_addresses.split(",") if "@" in address]

    @cached_property
    def server(self) -> "MailServer":
        """`smtp_url` in its parts."""
        return MailServer(self.smtp_url)


class MailServer:
    """Where mails are handed over, and how."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.scheme = parts.scheme
        self.host = parts.hostname or ""
        self.port = parts.port or _PORTS[parts.scheme]
        self.username = unquote(parts.username or "")
        self.password = unquote(parts.password or "")


def settings() -> Settings:
    """The settings of this process."""
    return cast("Settings", current_settings())
