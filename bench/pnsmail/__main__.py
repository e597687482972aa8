"""`make bench WHAT=pnsmail`: figures of mail, as `name value` lines. As root.

`pnsmail.delivery_ratio` is how many messages a second lie in their mailboxes, over the same servers
configured by hand (bench/pnsmail/hand: Rspamd, quota asked at RCPT, tables in SQLite, LMTP into Maildir, on
the disk before the answer), and `pnsmail.delivery_ratio_bare` over Postfix and Dovecot alone: medians of
rounds that alternate, in which 4 kB messages go to as many mailboxes over ten connections.

`pnsmail.provision_10k_s` is from the names to mailboxes that Postfix lets mail in for. Their first messages
follow in the background, `pnsmail.first_messages_s` a second. `pnsmail.list_ms_10k` is the page of an inbox
of 10,000 messages without the browser, `.changed` when a message came since, `.cold` when nobody had opened
it yet. `pnsmail.idle_pss_mb` is the memory of all mail servers that have delivered what was measured,
`.fresh` of those that just started; what processes share is counted once.

BENCH_ROUNDS and BENCH_ONLY (`delivery`, `mailboxes`) change what is run.
"""

import contextlib
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

from bench.pnsmail.reference import DOMAIN, Reference, by_hand
from pendopo.mailer.engine import Engine
from pendopo.mailer.lookups import Mailbox
from tests.rooms.mailer.engine import Post, folder

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "7"))
ONLY = os.environ.get("BENCH_ONLY", "")
MESSAGES = 400  # a round
CONNECTIONS = 10
BYTES = 4000
PATIENCE = 120  # seconds for a round
SENDER = "kirim@luar.test"
# smtp-source writes the number of each message before the address it is given.
NUMBERED = [f"{n}warga@{DOMAIN}" for n in range(MESSAGES + 1)]


def say(name: str, value: float, digits: int = 2) -> None:
    print(f"{name} {value:.{digits}f}", flush=True)


def spread(name: str, values: list[float], digits: int = 2) -> None:
    say(name, statistics.median(values), digits)
    say(f"{name}.low", min(values), digits)
    say(f"{name}.high", max(values), digits)


def delivered(to: Reference) -> float:
    """Messages a second, from the first connection until the last lies in its mailbox."""
    source = ["smtp-source", "-d", "-N", "-s", str(CONNECTIONS), "-m", str(MESSAGES), "-l", str(BYTES)]
    with to.log.open("rb") as log:
        log.seek(0, os.SEEK_END)
        begun = time.perf_counter()
        subprocess.run([*source, "-f", SENDER, "-t", f"warga@{DOMAIN}", f"127.0.0.1:{to.port}"], check=True)
        said = b""
        while said.count(b" status=sent ") < MESSAGES:
            said += log.read()
            if b" status=deferred " in said or time.perf_counter() - begun > PATIENCE:
                raise RuntimeError(said[-2000:].decode(errors="replace"))
            time.sleep(0.005)
        return MESSAGES / (time.perf_counter() - begun)


def delivery(post: Post, place: Path) -> None:
    """Rounds by turns, there and back, so that what slows the machine down slows all three."""
    post.lookups.put_mailboxes(map(Mailbox, NUMBERED))
    ours = Reference(post.mail.smtp_port, post.home.logs / "postfix.log", post.engine.root / "boxes" / DOMAIN)
    with by_hand(place / "hand", NUMBERED) as hand, by_hand(place / "bare", NUMBERED, bare=True) as bare:
        turns = {"ours": ours, "hand": hand, "bare": bare}
        rates = {name: [] for name in turns}
        for to in turns.values():
            delivered(to)  # the first makes the mailboxes
        for n in range(ROUNDS):
            for name in list(turns)[:: -1 if n % 2 else 1]:
                rates[name].append(delivered(turns[name]))
        for name, to in turns.items():
            found = sum(1 for _ in to.boxes.glob("*/Maildir/new/*"))
            if found != MESSAGES * (ROUNDS + 1):
                raise RuntimeError(f"{name}: {found} messages in the inboxes")
    for name, other in (("", "hand"), ("_bare", "bare")):
        ratios = [mine / theirs for mine, theirs in zip(rates["ours"], rates[other], strict=True)]
        spread(f"pnsmail.delivery_ratio{name}", ratios)
    for name, found in rates.items():
        say(f"pnsmail.delivered_s.{name}", statistics.median(found), 0)


def pss_mb(engine: Engine) -> float:
    """Megabytes (2^20) of every process that sees the machine as the servers of `engine` do."""
    total = 0
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it ended meanwhile
            if os.path.samefile(process / "root" / "mnt", engine.root):
                total += int(re.search(r"(?m)^Pss:\s+(\d+)", (process / "smaps_rollup").read_text())[1])
    return total / 1024


def main() -> int:
    if shutil.which("smtp-source") is None:
        print("missing: smtp-source (apt-get install postfix)", file=sys.stderr)
        return 1
    place = folder()
    (place / "ours").mkdir(mode=0o755)
    post = Post(place / "ours", as_user=False)
    try:
        post.start()
        say("pnsmail.idle_pss_mb.fresh", pss_mb(post.engine), 0)
        if ONLY in ("", "mailboxes"):
            from bench.pnsmail.mailboxes import figures, portal

            with portal(post.home):
                figures(post, say)
        if ONLY in ("", "delivery"):
            delivery(post, place)
        say("pnsmail.idle_pss_mb", pss_mb(post.engine), 0)
    finally:
        post.clear()
        shutil.rmtree(place, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
