"""The seats as their callers hold them: one process inside each node, told by lines of JSON (`seat`)."""

import json
import os
import subprocess
import sys
from pathlib import Path
from threading import Lock


class Failed(RuntimeError):
    """A step did not work; the text says which and why."""


class Seat:
    """The process inside the node whose home is given; one step at a time."""

    def __init__(self, home: Path):
        self.node = home.name
        self.lock = Lock()
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "pendopo.portal.demo.seat"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PENDOPO_HOME": str(home)},
        )

    def do(self, step: str, **arguments):
        """The step's result. Raises Failed with the node's own words."""
        with self.lock:
            try:
                self.process.stdin.write(json.dumps({"do": step, "with": arguments}) + "\n")
                self.process.stdin.flush()
                line = self.process.stdout.readline()
            except BrokenPipeError:
                line = ""
        answer = json.loads(line or '{"failed": "the seat is gone"}')
        if "failed" in answer:
            raise Failed(f"{self.node}: {step}: {answer['failed']}")
        return answer["did"]

    def close(self) -> None:
        """End the process."""
        self.process.stdin.close()
        self.process.wait()
