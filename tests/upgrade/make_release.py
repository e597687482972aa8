"""`python -m tests.upgrade.make_release r1`: plays the day on today's code and keeps what it left.

Once a release, on the commit that is released; tests/upgrade/README.md says how to go on.
"""

import sys
from pathlib import Path

RELEASES = Path(__file__).parent


def make(release: str) -> Path:
    """Makes the folder of `release`, replacing one of that name."""
    sys.path[:0] = [str(RELEASES), str(RELEASES.parent / "accept")]  # as conftest.py does for the tests
    import post
    from pair import Pair, day, pack

    pair, mail = Pair(), post.installation()
    try:
        told = day(pair)
        told["facts"] |= post.day(mail)
        for node in (*(office.node for office in pair.offices), mail):
            node.stop()
        pack(pair, told, RELEASES / release)
        post.pack(mail, RELEASES / release)
    finally:
        pair.end()
        mail.remove()
    return RELEASES / release


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tests.upgrade.make_release RELEASE, such as r1")
    made = make(sys.argv[1])
    for path in sorted(made.iterdir()):
        print(f"{path.stat().st_size:8} {path}")
