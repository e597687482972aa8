"""What a member may put into a document must not stop the inbox or the log for everybody on the node."""

import pytest

from pendopo.core.errors import Fault
from tests.rooms.delivery.test_inbox import delivery, dukcapil, rows, taken

__all__ = ["dukcapil", "taken"]


@pytest.mark.parametrize("said", ["ID/GOV/X", "ID/GOV/\0", ["ID"], {"a": Fault("id.malformed")}])
def test_a_refusal_that_repeats_what_came_is_kept_whatever_it_repeats(taken, monkeypatch, said):
    from pendopo.ground.delivery import handlers
    from pendopo.ground.delivery.inbox import receive

    def refuse(message):
        raise Fault("id.malformed", id=said)

    sound = handlers.handler("ping/1")
    monkeypatch.setitem(handlers._handlers, "ping/1", refuse)
    assert receive(delivery()) is True
    monkeypatch.setitem(handlers._handlers, "ping/1", sound)
    assert receive(delivery()) is True
    assert rows() == ([("failed", "id.malformed"), ("done", "")], 1)
