import pytest


@pytest.fixture
def land(db):
    """A network of the province, without sites; everything is rolled back."""
    from tests.rooms.pnsbox.land import found

    return found()


@pytest.fixture
def seen_by(django_home, assets):
    """A browser for an actor: `seen_by(land.officer)`."""
    from django.test import Client

    def make(actor):
        client = Client(HTTP_HOST=f"{django_home.node}.localhost")
        client.force_login(actor.account, backend="pendopo.ground.accounts.signin.NumberBackend")
        return client

    return make
