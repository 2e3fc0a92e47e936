"""deploy/README.md says what the code and docker-compose.yml say."""

import re

from deploy.settings import README, written
from tests.deploy.compose import ROOT, containers, environment_example


def test_the_table_of_settings_is_what_the_code_reads() -> None:
    text = README.read_text()
    assert written(text) == text, "run: python -m deploy.settings"


def test_every_container_that_a_command_names_exists() -> None:
    commands = re.findall(r"^    docker compose (?:stop|start|exec -T|run --rm) (.*)$", README.read_text(), flags=re.MULTILINE)
    named = {
        word
        for command in commands
        for word in command.split()
        if re.fullmatch(r"[a-z]+-(web|worker|relay|migrate)|postgres", word)
    }
    assert len(named) >= 4
    assert named - {"postgres"} <= set(containers())


def test_every_setting_that_it_tells_to_change_exists() -> None:
    told = set(re.findall(r"^    ([A-Z][A-Z_]+)=", README.read_text(), flags=re.MULTILINE))
    assert len(told) > 8
    assert told <= set(environment_example())


def test_the_front_page_has_the_one_command_that_starts_it() -> None:
    assert "cp .env.example .env && docker compose up --build -d" in (ROOT / "README.md").read_text()
