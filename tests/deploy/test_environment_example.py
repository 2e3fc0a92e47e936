""".env.example names every setting, with its default, and no other."""

from deploy.settings import settings
from tests.deploy.compose import environment_example, variables

BY_THE_TOOLS = {"COMPOSE_PROFILES"}
IN_THE_IMAGE = {"ENVIRONMENT": "production", "HOST": "0.0.0.0", "PORT": "8000"}
FOR_TRYING_OUT = {
    "PUBLIC_URL",
    "SITE_ADDRESS",
    "HTTP_PORT",
    "HTTPS_PORT",
    "INBOX_WEB",
    "NOTIFICATIONS_SMTP_URL",
    "NOTIFICATIONS_MAIL_FROM",
}


def test_it_names_every_setting_and_nothing_else() -> None:
    files = {f"{name}_FILE" for name in variables()}
    known = {setting.name for setting in settings()} | set(variables()) - files | BY_THE_TOOLS
    assert set(environment_example()) == known


def test_a_line_that_is_commented_out_shows_the_default() -> None:
    shown = environment_example()
    for setting in settings():
        if setting.name not in FOR_TRYING_OUT and not setting.is_secret and not setting.name.endswith("_KEY"):
            default = IN_THE_IMAGE.get(setting.name, setting.default)
            assert shown[setting.name].casefold() == default.casefold(), setting.name
    for name, default in variables().items():
        if default and name not in FOR_TRYING_OUT:
            assert shown[name] == default, name


def test_it_holds_no_secret() -> None:
    shown = environment_example()
    assert {shown[setting.name] for setting in settings() if setting.is_secret} == {"", "smtp://inbox:2525"}
