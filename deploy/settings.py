"""`python -m deploy.settings`: writes the table of all settings into deploy/README.md, from the code that reads them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from pydantic import AliasChoices
from pydantic.fields import FieldInfo

from services.catalog.settings import Settings as Catalog
from services.notifications.settings import Settings as Notifications
from services.registration.settings import Settings as Registration
from services.surveys.settings import Settings as Surveys
from shared.settings import KernelSettings

SERVICES: dict[str, type[KernelSettings]] = {
    "catalog": Catalog,
    "registration": Registration,
    "notifications": Notifications,
    "surveys": Surveys,
}
README = Path(__file__).parent / "README.md"
BEGIN, END = "<!-- settings: written by `python -m deploy.settings` -->\n", "<!-- end of settings -->\n"


@dataclass(frozen=True)
class Setting:
    """One variable of the environment, and what a service makes of it."""

    name: str
    owner: str
    """The service that reads it; empty when all do."""
    field: FieldInfo

    @property
    def default(self) -> str:
        """As one would write it; empty when there is none."""
        return "" if self.field.is_required() else str(self.field.default).removeprefix("None")

    @property
    def is_secret(self) -> bool:
        """Whether its value gives power to who knows it."""
        return not self.field.repr

    @property
    def said_default(self) -> str:
        """For the table."""
        if self.field.is_required():
            return "must be set"
        if self.name.endswith("_KEY"):
            return "a known one, refused in production"
        return f"`{self.default}`" if self.default else ""


def environment_name(service: type[KernelSettings], name: str) -> str:
    """What the variable is called that a field is read from."""
    alias = service.model_fields[name].validation_alias
    if isinstance(alias, AliasChoices):
        return str(alias.choices[0])
    return alias if isinstance(alias, str) else f"{service.model_config.get('env_prefix', '')}{name}".upper()


def settings() -> Iterator[Setting]:
    """Every setting of every service: those that all share first, once."""
    shared = set(KernelSettings.model_fields) - {"database_url"}
    for name in KernelSettings.model_fields:
        if name in shared:
            yield Setting(environment_name(KernelSettings, name), "", KernelSettings.model_fields[name])
    for owner, service in SERVICES.items():
        for name, field in service.model_fields.items():
            if name not in shared:
                yield Setting(environment_name(service, name), owner, field)


def table() -> str:
    """Markdown."""
    rows = ["| setting | read by | default | what it is |", "| --- | --- | --- | --- |"]
    for setting in settings():
        values = " or ".join(map(str, get_args(setting.field.annotation)))
        description = setting.field.description or ""
        meaning = f"{values}: {description}" if values and values not in description else description
        secret = "; secret" if setting.is_secret else ""
        rows.append(f"| `{setting.name}` | {setting.owner or 'all'} | {setting.said_default} | {meaning}{secret} |")
    return "\n".join(rows) + "\n"


def written(text: str) -> str:
    """`text` with the table between its marks."""
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + "\n" + table() + "\n" + END + rest.partition(END)[2]


if __name__ == "__main__":
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
