import pytest


@pytest.fixture
def desk(db):
    """A communication office with five posts, their holders and the roles."""
    from tests.rooms.simaya import office

    return office.found(office.OFFICE)


@pytest.fixture
def other(desk):
    """Another agency on the same node."""
    from tests.rooms.simaya import office

    return office.found(office.OTHER)


@pytest.fixture
def road(db, django_home, tmp_path, monkeypatch):
    """Two agencies that send each other letters, on a node whose gateway is stood in for."""
    from django.conf import settings

    from tests.conftest import make_home
    from tests.rooms.simaya.road import build

    home = make_home(tmp_path / "node", node="uji", database=django_home.database)
    monkeypatch.setattr(settings, "HOME", home)
    with build(home, monkeypatch) as made:
        yield made
