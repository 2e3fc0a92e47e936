"""The surveys' settings, from the environment with the prefix SURVEYS_."""

from pydantic import AliasChoices, Field
from pydantic_settings import SettingsConfigDict

from shared.settings import KernelSettings


class Settings(KernelSettings):
    """What the kernel needs."""

    model_config = SettingsConfigDict(env_prefix="SURVEYS_")

    web_port: int = Field(8004, validation_alias=AliasChoices("PORT"), description="port that the web listens on")
