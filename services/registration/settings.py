"""Registration's settings, from the environment with the prefix REGISTRATION_."""

from typing import cast

from pydantic import AliasChoices, Field
from pydantic_settings import SettingsConfigDict

from shared.service import current_settings
from shared.settings import KernelSettings

# For development and tests only: whoever has read this file knows it.
DEVELOPMENT_NEEDS_KEY = "dHJhZmZwdW5rdC1uZWVkcy1kZXZlbG9wbWVudC1rZXk="


class Settings(KernelSettings):
    """What the kernel needs, and the key that keeps diets and needs apart from everything else."""

    model_config = SettingsConfigDict(env_prefix="REGISTRATION_")

    web_port: int = Field(8002, validation_alias=AliasChoices("PORT"), description="port that the web listens on")
    needs_key: str = Field(DEVELOPMENT_NEEDS_KEY, repr=False, description="Fernet key that encrypts diets and needs")
    offer_hours: float = Field(
        24, gt=0, description="working hours (Mon-Fri 8-16, Swedish days off aside) that an offered seat is held"
    )
    needs_days: int = Field(7, ge=0, description="days after an activity's end when diets and needs given for it are erased")
    form_rate: str = Field("120/minute", description="forms that one address may send; a whole authority may share one")


def current() -> Settings:
    """The settings of this process: for handlers and pages, which hand values on to actions."""
    return cast("Settings", current_settings())
