"""Loading Django in a process of a node: it stays for the whole life of the process, and is never garbage."""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager

import django


def setup() -> None:
    """Django with this node's settings, for the home PENDOPO_HOME."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pendopo.portal.settings")
    with for_good():
        django.setup()


@contextmanager
def for_good() -> Iterator[None]:
    """What the block loads stays: nobody looks for garbage meanwhile, nor among it afterwards.

    Looking through a hundred thousand objects again and again takes an eighth of its time; and what is frozen
    is not written to, so that processes forked from this one go on sharing it.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
