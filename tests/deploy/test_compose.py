"""docker-compose.yml: what it must hold, whatever else changes."""

import re

import pytest

from deploy.local.postgres import SETTINGS as SETTINGS_OF_MAKE_RUN
from deploy.settings import SERVICES as SETTINGS
from deploy.settings import environment_name
from tests.deploy.compose import ROOT, SERVICES, VARIABLE, compose, containers, of_service, strings

IN_THE_IMAGE = {"ENVIRONMENT", "HOST", "PORT"}
ONCE = {"secrets", *(f"{service}-{command}" for service in SERVICES for command in ("migrate", "demo"))}


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_migrates_and_has_a_web_a_worker_and_a_relay(service: str) -> None:
    commands = {name.removeprefix(f"{service}-"): container["command"] for name, container in of_service(service).items()}
    assert commands == {name: [name] for name in ("migrate", "web", "worker", "relay", "demo")}
    assert of_service(service)["catalog-demo" if service == "catalog" else f"{service}-demo"]["profiles"] == ["demo"]


@pytest.mark.parametrize("name", containers())
def test_every_container_has_no_right_that_it_does_not_need(name: str) -> None:
    container = containers()[name]
    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert container["restart"] == ("no" if name in ONCE else "unless-stopped")
    assert "privileged" not in container
    assert container.get("network_mode", "none") == "none"
    assert not [volume for volume in container.get("volumes", []) if "docker.sock" in volume]
    added = {"postgres": 5, "redis": 4, "gateway": 1, "secrets": 1}
    assert len(container.get("cap_add", [])) == added.get(name, 0)


def test_only_the_gateway_is_reached_from_outside() -> None:
    assert [name for name, container in containers().items() if "ports" in container] == ["gateway"]
    networks = compose()["networks"]
    assert [name for name, network in networks.items() if not (network or {}).get("internal")] == ["outside"]
    outside = {name for name, container in containers().items() if "outside" in container.get("networks", [])}
    assert outside == {
        "gateway",
        "notifications-worker",
        "inbox",
        *(f"{service}-{kind}" for service in SERVICES for kind in ("web", "relay")),
    }
    assert all(containers()[name]["networks"] == ["data"] for name in ("postgres", "redis"))


def test_without_settings_the_site_is_open_to_this_machine_only() -> None:
    assert [VARIABLE.sub(r"\2", port) for port in containers()["gateway"]["ports"]] == ["127.0.0.1:8000:80", "127.0.0.1:8443:443"]


def test_postgres_writes_neither_statements_nor_rows_into_its_log() -> None:
    quiet = {f"-c{name}={SETTINGS_OF_MAKE_RUN[name]}" for name in ("log_min_error_statement", "log_error_verbosity")}
    assert quiet == {"-clog_min_error_statement=panic", "-clog_error_verbosity=terse"}
    assert quiet <= set(containers()["postgres"]["command"])


def test_redis_keeps_what_it_can_refuses_what_it_cannot_and_asks_for_a_password() -> None:
    words = containers()["redis"]["command"]
    assert words[:2] == ["redis-server", "/run/secrets/redis.conf"]
    options = dict(zip(words[2::2], words[3::2], strict=True))
    assert options == {"--appendonly": "yes", "--appendfsync": "everysec", "--maxmemory-policy": "noeviction", "--dir": "/data"}


@pytest.mark.parametrize("service", SERVICES)
def test_each_process_gets_every_setting_of_its_service_and_nothing_of_another(service: str) -> None:
    names = {environment_name(SETTINGS[service], field) for field in SETTINGS[service].model_fields}
    for process in of_service(service).values():
        given = set(process["environment"])
        assert sorted(names - IN_THE_IMAGE - given) == [], "docker-compose.yml does not hand on these settings"
        surplus = {name for name in given if name.removesuffix("_FILE") not in names} - {"WORKER_CONCURRENCY"}
        assert not surplus, "no setting of this service"
        assert process["volumes"] == [f"./secrets/{service}:/run/secrets:ro"]


def test_what_cannot_start_anew_by_itself_waits_for_the_secrets_and_nothing_else_depends_on_them() -> None:
    """Podman refuses to restart a container while one that it depends on has ended."""
    waits = {name for name, container in containers().items() if "depends_on" in container}
    assert waits == {"postgres", "redis", *(ONCE - {"secrets"})}


def test_no_secret_is_written_down() -> None:
    for name, container in containers().items():
        for variable, value in container.get("environment", {}).items():
            if re.search("KEY|PASSWORD|SECRET|TOKEN|_URL", variable) and value:
                assert value.startswith("/run/secrets/") or VARIABLE.sub("", value) == "", f"{name}: {variable}"
    for text in strings(compose()):
        assert not re.search(r"\w+://\w*:[^@/]+@", text), text


def test_the_databases_are_made_for_each_service_with_its_own_password() -> None:
    script = (ROOT / "deploy" / "compose" / "databases.sql").read_text()
    for service in SERVICES:
        assert f"\\set {service} `cat /run/secrets/{service}_password`" in script
        assert f"CREATE ROLE {service} LOGIN PASSWORD :'{service}';" in script
        assert f"CREATE DATABASE {service} OWNER {service} :alike;" in script
    revoked = re.search(r"REVOKE ALL ON DATABASE (.*) FROM PUBLIC;", script)
    assert revoked is not None
    assert set(revoked[1].split(", ")) == {"postgres", *SERVICES}


def test_the_gateway_reads_the_routes_of_make_run_and_is_told_all_it_asks_for() -> None:
    gateway = containers()["gateway"]
    assert "./deploy/Caddyfile:/etc/caddy/Caddyfile:ro" in gateway["volumes"]
    asked = set(re.findall(r"\{\$(\w+)", (ROOT / "deploy" / "Caddyfile").read_text()))
    assert set(gateway["environment"]) - {"XDG_DATA_HOME", "XDG_CONFIG_HOME"} == asked - {"SITE_BIND"}
    for service in SERVICES:
        assert gateway["environment"][f"{service.upper()}_WEB"] == f"{service}-web:8000"
        assert f"{service}=http://{service}-web:8000" in containers()["health"]["environment"]["HEALTH_SERVICES"]
