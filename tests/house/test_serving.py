"""The web server of portal and controller stops, however often it is told to."""

import threading


def test_a_second_signal_does_not_wait_for_the_first():
    """As when a supervisor stops it and dies: the second comes while the first one sets its event."""
    from granian.constants import Interfaces

    from pendopo.ground.serving import Server

    server = Server("forked", interface=Interfaces.WSGI)
    server.signal_handler_interrupt()
    assert server.main_loop_interrupt.is_set()
    with server.main_loop_interrupt._cond:
        second = threading.Thread(target=server.signal_handler_interrupt, daemon=True)
        second.start()
        second.join(10)
        assert not second.is_alive()
