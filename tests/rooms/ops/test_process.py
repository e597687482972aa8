"""Children that are started while somebody presses Ctrl-C."""

import subprocess
import sys

import pytest

# A signal in the middle of fork, where Python only reports what its handler raises.
SCRIPT = """
import os, signal, subprocess
from pendopo.ops import process

if {interrupted}:
    os.register_at_fork(after_in_parent=lambda: signal.raise_signal(signal.SIGINT))
try:
    child = process.spawn(["sleep", "60"], stdout=subprocess.DEVNULL)
    print("started", child.poll())
    process.kill_group(child)
except KeyboardInterrupt:
    print("interrupted")
try:
    os.waitpid(-1, os.WNOHANG)
    print("a child is left")
except ChildProcessError:
    print("no child is left")
"""


@pytest.mark.parametrize(("interrupted", "said"), [(False, "started None"), (True, "interrupted")])
def test_an_interrupt_while_a_child_is_made_is_not_lost(interrupted, said):
    command = [sys.executable, "-c", SCRIPT.format(interrupted=interrupted)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines() == [said, "no child is left"], done.stderr
