"""The first day of the demo nation, told by its seats: ``python -m pendopo.portal.demo.story``.

Started once by `run` when all nodes answer. It fills directories, publishes services, sends and decides
requests, drives exchanges, and writes demo.json last: until that is there, the nation counts as unfinished.
A nation that was made without mail is told that alone, once it has it.
"""

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from pendopo.ops.home import load, write_private
from pendopo.portal.demo import FACTS, kept, letters, messages, nation, script, show, traffic
from pendopo.portal.demo.seats import Failed, Seat
from pendopo.portal.demo.sources import Sources


def tell(base: Path, offset: int, codes: dict[str, str]) -> dict:
    """Live through the first day; what demo.json will hold.

    ``codes`` are the activation codes of the nodes' administrators, by agency. Raises Failed.
    """
    made = datetime.now(UTC).isoformat(timespec="seconds")
    seats = {node.name: Seat(base / node.name) for node in nation.NODES}
    sources = Sources(base / "sources", offset)
    with ThreadPoolExecutor(len(seats)) as pool:

        def everywhere(work) -> list:
            """``work(node, seat)`` in all nodes at once."""
            running = [pool.submit(work, node, seats[node.name]) for node in nation.NODES]
            return [one.result() for one in running]

        def settle(node: nation.Node, seat: Seat) -> bool:
            """Whether its people have mail: before anything happens of which notices go by it."""
            seat.do("fill_directory", agency=node.agency, admin_code=codes[node.agency])
            for agency in node.hosts:
                seat.do("host", agency=agency)
                seat.do("fill_directory", agency=agency)
            has_mail = load(base / node.name).mail is not None
            return has_mail and tell_mail(seat, made)

        def connect(node: nation.Node, seat: Seat) -> dict[str, str]:
            mine = [s for s in script.SYSTEMS if s.agency in (node.agency, *node.hosts)]
            found = {
                s.path: seat.do("connect", system_path=s.path, address=asdict(getattr(sources, s.source)))
                for s in mine
            }
            return {path: token for path, token in found.items() if token}

        def each(step: str, side: str, outcomes: tuple[str, ...] = ()):
            def work(node: nation.Node, seat: Seat) -> None:
                for number, plan in enumerate(script.REQUESTS):
                    agency = plan.system.agency if side == "requester" else plan.service.system.agency
                    if nation.node_of(agency) == node and (not outcomes or plan.outcome in outcomes):
                        seat.do(step, number=number)

            everywhere(work)

        def write_letters(node: nation.Node, seat: Seat) -> None:
            for agency in (node.agency, *node.hosts):
                seat.do("office", agency=agency)
                if agency in letters.SENDERS:
                    seat.do("key", agency=agency)
            for number, letter in enumerate(letters.LETTERS):
                if nation.node_of(letter.sender) == node:
                    seat.do("write", number=number)

        say("pegawai dan akun")
        mail = any(everywhere(settle))
        say("sumber dan layanan")
        tokens = {path: token for found in everywhere(connect) for path, token in found.items()}
        say("permintaan dan perjanjian")
        each("ask", "requester")
        each("decide", "provider")
        each("settled", "requester", ("approved", "offered", "refused", "revoked"))
        each("in_force", "provider", ("approved", "revoked"))
        say("surat")
        everywhere(write_letters)
        for agency in letters.SENDERS:
            seats[nation.node_of(agency).name].do("receive", agency=agency)
        say("jaringan privat")
        seats[nation.node_of(nation.KOMINFO).name].do("draw_network")
        say("pertukaran")
        seen = traffic.history(offset, tokens)
        each("revoke", "provider", ("revoked",))
        accounts = seats[nation.NODES[0].name].do("people")
        for seat in seats.values():
            seat.close()
    first = script.REQUESTS[0]
    nik = _some_nik(offset, tokens)
    return {
        "v": 1,
        "made": made,
        "offset": offset,
        "accounts": accounts,
        "exchanges": {"answered": seen[200], "refused": sum(seen.values()) - seen[200]},
        "curl": traffic.call_of(first, offset, tokens, nik=f"eq.{nik}").curl(),
        "source": asdict(sources.population),
        "mail": mail,
    }


def tell_mail(seat: Seat, made: str) -> bool:
    """Mailboxes and what they hold; False, after saying so, when the next start must tell it again."""
    try:
        seat.do("mailboxes", made=made)
        seat.do("messages", made=made)
    except Failed as error:
        print(f"Surel negeri contoh belum lengkap, dilanjutkan saat dijalankan lagi: {error}", flush=True)
        return False
    return True


def say(chapter: str) -> None:
    """Tell people what is being made now."""
    print(f"Mengisi negeri contoh: {chapter}", flush=True)


def _some_nik(offset: int, tokens: dict[str, str]) -> str:
    """The number of somebody in the register, for the line to paste."""
    _, body = traffic.send(traffic.call_of(script.REQUESTS[0], offset, tokens, limit="1"))
    return json.loads(body)[0]["nik"]


def main() -> None:
    """Tell what is not told yet, and print what it came to."""
    base, offset = Path(sys.argv[1]), int(sys.argv[2])
    codes = json.loads(os.environ.pop("PENDOPO_DEMO_CODES"))
    facts = kept(base)
    try:
        if facts is None:
            facts = tell(base, offset, codes)
        else:
            say("surel")
            with closing(Seat(base / messages.NODE)) as seat:
                facts["mail"] = tell_mail(seat, facts["made"])
    except (Failed, RuntimeError, OSError) as error:
        print(f"Negeri contoh belum jadi: {error}", flush=True)
        print("Hentikan dengan Ctrl-C dan jalankan lagi: semuanya dibuat ulang dari awal.", flush=True)
        sys.exit(1)
    write_private(base / FACTS, json.dumps(facts, indent=1).encode())
    print(show.text(facts, base), flush=True)


if __name__ == "__main__":
    main()
