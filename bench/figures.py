"""How every bench prints what it measured: a line `name value` each."""

import statistics


def say(name: str, value: float, digits: int = 2) -> None:
    print(f"{name} {value:.{digits}f}", flush=True)


def spread(name: str, values: list[float], digits: int = 2) -> None:
    """The median, the least and the most of several rounds."""
    say(name, statistics.median(values), digits)
    say(f"{name}.low", min(values), digits)
    say(f"{name}.high", max(values), digits)
