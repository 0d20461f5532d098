"""Fixtures: a provider, and an application with a client of either kind to run the same tests on."""

import sys
from functools import partial
from pathlib import Path

import pytest

# Test folders are no packages; this one has two modules of its own beside the tests.
sys.path.insert(0, str(Path(__file__).parent))

from fake_provider import FakeProvider
from logto._memory import ProcessMemory
from sdk_harness import Application, DictStorage, new_async, new_sync


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


@pytest.fixture(params=[new_async, new_sync], ids=["async", "sync"])
def application(provider: FakeProvider, request: pytest.FixtureRequest) -> Application:
    return Application(provider, ProcessMemory(provider.clock), partial(request.param, provider))


@pytest.fixture
def async_application(provider: FakeProvider) -> Application:
    return Application(provider, ProcessMemory(provider.clock), partial(new_async, provider))


@pytest.fixture
def storage() -> DictStorage:
    return DictStorage()
