"""The catalogue's settings, from the environment with the prefix CATALOG_."""

from pydantic import AliasChoices, Field
from pydantic_settings import SettingsConfigDict

from shared.settings import DEVELOPMENT_PRIVATE_KEY, KernelSettings


class Settings(KernelSettings):
    """What the kernel needs, the key that sessions are signed with, and what the pages about the site say."""

    model_config = SettingsConfigDict(env_prefix="CATALOG_")

    web_port: int = Field(8001, validation_alias=AliasChoices("PORT"), description="port that the web listens on")
    session_private_key: str = Field(
        DEVELOPMENT_PRIVATE_KEY, repr=False, description="Ed25519 private JWK that sessions are signed with"
    )
    administrator_email: str = Field(
        "", description="who may become the first administrator: made when this address first asks for a link to sign in"
    )
    controller: str = Field("Träffpunkts huvudman", description="the authority that answers for the site, as its name is written")
    contact_email: str = Field("kontakt@traffpunkt.example", description="where visitors write")
    data_protection_email: str = Field("dataskydd@traffpunkt.example", description="the data protection officer's address")
    supervisory_authority: str = Field(
        "Myndigheten för digital förvaltning (Digg)", description="who supervises the accessibility law (DOS-lagen)"
    )
    supervisory_report_url: str = Field("https://www.digg.se/tdosanmalan", description="where lacking accessibility is reported")
