"""Runs the mail servers of one home under the supervisor: `python serve.py HOME`, a process of its own."""

import os
import sys

from pendopo.ops import home as homes
from pendopo.ops import mail
from pendopo.ops.supervise import Supervisor

os.umask(0o077)
home = homes.load(sys.argv[1])
mail.prepare(home)


def say(name: str, state: str, facts: dict) -> None:
    print(name, state, *facts.values(), flush=True)


clean = Supervisor(mail.parts(home), say).run(lambda: print("all ready", flush=True))
print("clean" if clean else "forced", flush=True)
