"""A service without anything of its own: what the console shows of the kernel."""

import pytest
from fastapi import FastAPI
from sqlalchemy import MetaData

from shared.service import Service
from shared.settings import KernelSettings
from shared.web import create_app


@pytest.fixture(scope="module")
def service() -> Service:
    service = Service("catalog", KernelSettings, MetaData(), {})
    service.__dict__["settings"] = KernelSettings.model_validate(
        {"database_url": "postgresql://nobody@127.0.0.1:1/nothing", "REDIS_URL": "redis://127.0.0.1:1/0"}
    )
    return service


@pytest.fixture
def app(service: Service) -> FastAPI:
    return create_app(service, [])
