"""`make bench WHAT=pnsmail`: figures of mail, as `name value` lines. As root.

`pnsmail.delivery_ratio` is how many messages a second lie in their mailboxes, over the same servers
configured by hand (bench/pnsmail/hand: Rspamd, quota asked at RCPT, tables in SQLite, LMTP into Maildir, on
the disk before the answer), and `pnsmail.delivery_ratio_bare` over Postfix and Dovecot alone: medians of
rounds that alternate, in which 4 kB messages go to as many mailboxes over ten connections. `.cpu` is the same
of processor time, which a busy machine does not stretch.

`pnsmail.provision_10k_s` is from the names to mailboxes that Postfix lets mail in for. Their first messages
follow in the background, `pnsmail.first_messages_s` a second. `pnsmail.list_ms_10k` is the page of an inbox
of 10,000 messages without the browser, `.changed` when a message came since, `.cold` when nobody had opened
it yet. `pnsmail.idle_pss_mb` is the memory of all mail servers two minutes after what was measured,
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
from collections.abc import Iterator
from pathlib import Path

from bench.figures import say, spread
from bench.pnsmail.reference import DOMAIN, Reference, by_hand
from pendopo.mailer.lookups import Mailbox
from tests.rooms.mailer.engine import Post, folder

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "7"))
ONLY = os.environ.get("BENCH_ONLY", "")
MESSAGES = 400  # a round
CONNECTIONS = 10
BYTES = 4000
PATIENCE = 180  # seconds for a round, or until all servers rest
QUIET = 3  # seconds
IDLE = 120  # seconds: what Dovecot has to spare ends after 60, what Postfix has after 100
TICK = 1000 / os.sysconf("SC_CLK_TCK")  # ms
SENDER = "kirim@luar.test"
# smtp-source writes the number of each message before the address it is given.
NUMBERED = [f"{n}warga@{DOMAIN}" for n in range(MESSAGES + 1)]


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
    root = post.engine.root
    ours = Reference(root, post.mail.smtp_port, post.home.logs / "postfix.log", root / "boxes" / DOMAIN)
    with by_hand(place / "hand", NUMBERED) as hand, by_hand(place / "bare", NUMBERED, bare=True) as bare:
        turns = {"ours": ours, "hand": hand, "bare": bare}
        rates = {name: [] for name in turns}
        for to in turns.values():
            delivered(to)  # the first makes the mailboxes
        settle(turns)
        used = {name: cpu_ms(to.root) for name, to in turns.items()}
        for n in range(ROUNDS):
            for name in list(turns)[:: -1 if n % 2 else 1]:
                rates[name].append(delivered(turns[name]))
        used = {name: (cpu_ms(to.root) - used[name]) / ROUNDS / MESSAGES for name, to in turns.items()}
        for name, to in turns.items():
            found = sum(1 for _ in to.boxes.glob("*warga/Maildir/new/*"))
            if found != MESSAGES * (ROUNDS + 1):
                raise RuntimeError(f"{name}: {found} messages in the inboxes")
    for name, other in (("", "hand"), ("_bare", "bare")):
        ratios = [mine / theirs for mine, theirs in zip(rates["ours"], rates[other], strict=True)]
        spread(f"pnsmail.delivery_ratio{name}", ratios)
        say(f"pnsmail.delivery_ratio{name}.cpu", used[other] / used["ours"])
    for name, found in rates.items():
        say(f"pnsmail.delivered_s.{name}", statistics.median(found), 0)
        say(f"pnsmail.delivered_cpu_ms.{name}", used[name])


def settle(turns: dict[str, Reference]) -> None:
    """Wait until nobody works: Rspamd set up by hand compiles its expressions while it runs."""
    deadline = time.monotonic() + PATIENCE
    quiet = 0
    while quiet < QUIET:
        if time.monotonic() > deadline:
            raise RuntimeError("the servers do not come to rest")
        before = sum(cpu_ms(one.root) for one in turns.values())
        time.sleep(1)
        quiet = quiet + 1 if sum(cpu_ms(one.root) for one in turns.values()) - before < 50 else 0


def inhabitants(root: Path) -> Iterator[Path]:
    """The processes that see the folder `root` as /mnt, as all servers of one set do."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it ended meanwhile
            if os.path.samefile(process / "root" / "mnt", root):
                yield process


def cpu_ms(root: Path) -> float:
    """Processor time of all of them and of those that ended, in ms."""
    total = 0
    for process in inhabitants(root):
        with contextlib.suppress(OSError):
            fields = (process / "stat").read_text().rpartition(")")[2].split()
            total += sum(map(int, fields[11:15]))
    return total * TICK


def pss_mb(root: Path) -> float:
    """Memory of all of them in MB (2^20); what several share is counted once."""
    total = 0
    for process in inhabitants(root):
        with contextlib.suppress(OSError):
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
        say("pnsmail.idle_pss_mb.fresh", pss_mb(post.engine.root), 0)
        if ONLY in ("", "mailboxes"):
            from bench.pnsmail.mailboxes import figures, portal

            with portal(post.home):
                figures(post)
        if ONLY in ("", "delivery"):
            delivery(post, place)
        time.sleep(IDLE)
        say("pnsmail.idle_pss_mb", pss_mb(post.engine.root), 0)
    finally:
        post.clear()
        shutil.rmtree(place, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
