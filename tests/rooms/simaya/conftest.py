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
