"""A fleet of gateways as real processes over a real PostgreSQL."""

import shutil
import tempfile
from pathlib import Path

import pytest

from tests.databases import postgresql_server
from tests.fleet.world import World, fill

__all__ = ["postgresql_server"]


@pytest.fixture(scope="session")
def table(postgresql_server) -> dict:
    """The dsn of a database with 1,000 people in `penduduk`."""
    return fill(postgresql_server)


@pytest.fixture
def folder():
    """A short temporary folder."""
    path = Path(tempfile.mkdtemp(prefix="flt-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def world(folder, table) -> World:
    """Two nodes that are not started yet."""
    return World(folder, table)


@pytest.fixture(scope="module")
def fleet(table):
    """Two running gateways for the tests of a module that leave them as they were."""
    path = Path(tempfile.mkdtemp(prefix="flt-"))
    world = World(path, table)
    with world.running():
        yield world
    shutil.rmtree(path, ignore_errors=True)
