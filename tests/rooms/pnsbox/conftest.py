import pytest


@pytest.fixture
def land(db):
    """A network of the province, without sites; everything is rolled back."""
    from tests.rooms.pnsbox.land import found

    return found()
