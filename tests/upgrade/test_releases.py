"""Whoever holds data of an earlier release goes on with today's code: database, log, documents, evidence.

Each folder beside this file is a release: two nodes as they were stopped at the end of a small day.
"""

import json
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import net
import post
import psycopg
import pytest
from installation import pendopo, run
from mailing import borrow
from pair import PATH, Bureau, Pair, migrate, unpack
from seat import Seat
from servers import until

from pendopo.core import boxconfig, log, merkle, strict
from pendopo.core.log import Checkpoint
from pendopo.core.snapshot import Node, Registry
from pendopo.gateway.log.checkpoints import Checkpoints
from pendopo.gateway.log.segments import LogDamaged
from pendopo.gateway.log.store import Log
from pendopo.ops import home as homes

RELEASES = sorted(path.parent for path in Path(__file__).parent.glob("*/release.json"))
EPOCH = 1
NODES = ("dukcapil", "djp")
A_MINUTE = 60


@pytest.fixture(params=RELEASES, ids=lambda folder: folder.name)
def release(request):
    return request.param


def facts_of(release: Path) -> dict:
    return json.loads((release / "release.json").read_text())


def opened(home: Path) -> list[bytes]:
    """Opens the log of a home as its gateway does; all entries."""
    found = homes.load(home)
    journal = Log(found.log, found.openings, EPOCH, *Checkpoints(found.log, EPOCH).known)
    try:
        return [entry for _, entry in journal.entries(0, journal.size)]
    finally:
        for part in (journal.writer, journal.tree, journal.index, journal.openings):
            part.close()


def checkpoints(home: Path) -> list[Checkpoint]:
    """Every checkpoint that the log kept, oldest first."""
    path = homes.load(home).log / f"e{EPOCH:04d}.ckpt"
    lines = [json.loads(line) for line in path.read_bytes().splitlines() if line]
    return [Checkpoint.parse(line["ckpt"]) for line in lines]


def root_of(entries: list[bytes]) -> bytes:
    return merkle.root([merkle.leaf(entry) for entry in entries])


@pytest.mark.parametrize("node", NODES)
def test_its_log_is_read_whole(release, node, tmp_path):
    """Every entry, under the roots that were signed then; the registry's document vouches for the signer."""
    home = unpack(release, node, tmp_path)
    entries = opened(home)
    told = [log.decode(entry) for entry in entries]
    assert [entry.seq for entry in told] == list(range(len(told)))
    whole = {entry.req.exchange for entry in told if entry.kind == "exchange" and entry.req.agreement}
    assert whole >= set(facts_of(release)["exchanges"])

    documents = homes.load(home).documents
    anchor = strict.loads((documents / "anchor.json").read_bytes())
    registry = Registry.open((documents / "registry.json").read_bytes(), anchor)
    assert Node.open((documents / "node.json").read_bytes(), registry.keys).services is not None
    signed = checkpoints(home)
    assert signed and signed[-1].size == len(entries)
    for checkpoint in signed:
        assert root_of(entries[: checkpoint.size]) == checkpoint.root
        registry.keys.signed(checkpoint.envelope, checkpoint.at, f"node:{node}", "log")


def test_a_changed_entry_of_it_is_seen(release, tmp_path):
    """One bit of the first segment, its checksum made to fit: the tree made anew gives another root."""
    home = unpack(release, "djp", tmp_path)
    found = homes.load(home)
    [segment] = found.log.glob("*.seg")
    raw = bytearray(segment.read_bytes())
    raw[raw.index(b'"seq":3') + 6] ^= 1
    segment.write_bytes(raw)
    (found.log / f"e{EPOCH:04d}.tree").unlink()  # as after a restore without it
    with pytest.raises(LogDamaged):
        opened(home)


def test_its_evidence_still_proves(release, tmp_path):
    """Alone, with the release's anchor; with one bit changed it proves nothing."""
    anchor = release / "anchor.json"
    files = sorted(release.glob("evidence-*.json"))
    assert files
    for file in files:
        told = pendopo("verify", file, "--anchor", anchor).stdout
        assert told.startswith("SAH.") and "ID/GOV/DJP/coretax" in told, told
    letters = sorted(release.glob("letter-*.pendopo.json"))
    assert letters or release.name == "r1"  # which had none
    for file in letters:
        told = " ".join(pendopo("verify", file, "--anchor", anchor).stdout.split())
        assert told.startswith("SAH.") and "Kepala dukcapil" in told and "diterima" in told, told
    for file in (files[0], *letters):
        altered = bytearray(file.read_bytes())
        altered[len(altered) // 2] ^= 1
        (tmp_path / "bukti.json").write_bytes(altered)
        refused = pendopo("verify", tmp_path / "bukti.json", "--anchor", anchor, check=False)
        assert refused.returncode and "Traceback" not in refused.stderr, file


@pytest.fixture
def clock_of(release, monkeypatch):
    """Processes started from here on believe it is a minute after the release was made."""
    made = datetime.fromisoformat(facts_of(release)["made"]).timestamp()
    shift = f"{made + A_MINUTE - time.time():+.0f}s"
    told = subprocess.run(
        ["faketime", "-f", shift, "printenv", "LD_PRELOAD"], capture_output=True, text=True, check=True
    )
    monkeypatch.setenv("LD_PRELOAD", told.stdout.strip())
    monkeypatch.setenv("FAKETIME", shift)
    monkeypatch.setenv("FAKETIME_DONT_FAKE_MONOTONIC", "1")


@pytest.fixture
def pair(release, clock_of, monkeypatch):
    """Both nodes, migrated and running on today's code."""
    both = Pair()
    try:
        for office in both.offices:
            unpack(release, office.node.name, office.node.base)
        with ThreadPoolExecutor() as hands:
            list(hands.map(lambda office: migrate(office.node.home), both.offices))
            list(hands.map(lambda office: office.node.up(), both.offices))
        yield both
    finally:
        both.end()


def test_its_nodes_go_on(release, pair, tmp_path):
    """Sign-in with the old password; services, agreements and exchanges on the pages; rows; new evidence."""
    facts = facts_of(release)
    pair.sign_in()
    provider, asker = pair.dukcapil.seat, pair.djp.seat
    assert "Data penduduk" in provider.open("/mantra/layanan/")
    assert "berlaku" in provider.open(facts["agreement"])
    assert "dicabut" in provider.open(facts["revoked"])
    for seat in (provider, asker):
        assert facts["exchanges"][-1][:8] in seat.open("/mantra/transaksi/")

    assert json.loads(pair.djp.node.rows(PATH, pair.djp.client).body) == facts["rows"]
    refused = pair.djp.node.get(f"{PATH}&select=nik,alamat", X_Road_Client=pair.djp.client)
    assert refused.headers["x-pendopo-error"] == "query.column_unknown"

    for exchange in (facts["exchanges"][0], facts["exchanges"][-1], pair.exchange()):
        proof = pair.evidence(pair.djp, exchange)
        assert json.loads(proof)["other"], exchange
        (tmp_path / "bukti.json").write_text(proof)
        told = pendopo("verify", tmp_path / "bukti.json", "--anchor", release / "anchor.json").stdout
        assert told.startswith("SAH."), told
    if "letter" in facts:
        _letters_go_on(pair, release, facts["letter"], tmp_path)
    else:
        _letters_can_be_signed(pair)


def test_its_mail_and_network_go_on(release, tmp_path):
    """Messages of then where they lay, under the password of then; a new one comes; the signing key stays.
    The private network of then too, from r4 on."""
    facts = facts_of(release).get("mail")
    if facts is None:
        assert release.name in ("r1", "r2")  # which had none
        return
    node = post.installation()
    try:
        unpack(release, post.NODE, node.base)
        migrate(node.home)
        borrow(node)
        node.up()
        program = post.teacher(node, facts)
        post.from_outside(program.address, "Kabar baru")
        program.gets("Kabar baru")
        assert post.FIRST in program.subjects() and program.subjects("Archive") == [post.FILED]
        with program.imap() as box:
            box.select("Archive")
            assert b"\\Flagged" in box.fetch("1", "(FLAGS)")[1][0]
        owner, admin = Seat(node.url), Seat(node.url)
        for seat, number in ((owner, post.TEACHER), (admin, post.ADMIN)):
            seat.open("/masuk")
            seat.post("/masuk", login=number, password=post.PASSWORD)
        assert post.FIRST in owner.open("/surel/")
        assert post.signing_key(admin) == facts["dkim"]
        if network := facts_of(release).get("network"):
            _network_goes_on(admin, network)
        else:
            assert release.name == "r3"  # which had none
    finally:
        node.remove()


def _network_goes_on(admin: Seat, facts: dict) -> None:
    """The box of then is told what it was told, under the key of then; a withdrawn rule reaches it."""
    key = strict.b64d(facts["controller_key"], 32)
    before = boxconfig.open_config(net.told(facts), key)
    assert before.flows and before.site.name == net.SITES["dinas"]
    assert net.SITES["gudang"] in admin.open("/jaringan/lokasi/")
    net.report(facts)
    assert "1 dari 2" in admin.open("/jaringan/")
    page = admin.open("/jaringan/kebijakan/")
    withdraw = re.search(r'href="(/jaringan/kebijakan/[0-9a-f-]{36}/cabut/)"', page)[1]
    assert "Kantor Dinas" in admin.open(withdraw)
    admin.post(withdraw)
    after = boxconfig.open_config(net.told(facts), key)
    assert after.serial > before.serial and not after.flows


def _letters_go_on(pair: Pair, release: Path, letter: dict, tmp_path: Path) -> None:
    """The letter of then at both ends, its proof made anew; the next one under the kept keys and numbers."""
    sender, receiver = map(Bureau.again, pair.offices)
    assert letter["number"] in sender.head.open(letter["out"])
    assert f"Agenda {letter['agenda']}" in sender.head.open(letter["out"])
    assert letter["number"] in receiver.head.open(letter["in"])
    assert "Sudah dijawab." in receiver.head.open(letter["disposition"])
    new, number = sender.send(receiver.office)
    first, following = (int(one.split("/")[1]) for one in (letter["number"], number))
    assert following == first + 1
    _, agenda = receiver.take_in()
    assert agenda == letter["agenda"].replace("1/", "2/", 1)
    for path in (letter["out"], new):
        (tmp_path / "surat.json").write_text(sender.proof(path))
        told = pendopo("verify", tmp_path / "surat.json", "--anchor", release / "anchor.json").stdout
        assert told.startswith("SAH."), told


def _letters_can_be_signed(pair: Pair) -> None:
    """With the root at hand: both nodes get letter keys, lists and their time stampers by themselves."""
    root = Path(pair.dukcapil.node.home) / "offline" / "root.pendopo"
    node, passphrase = pair.dukcapil.node, "sandi akar untuk uji"
    run(
        node.command(
            "nodes", "letters", "--root", root, "--home", node.home, PENDOPO_ROOT_PASSPHRASE=passphrase
        )
    )
    for office in pair.offices:
        home = office.node.home
        until(
            f"a letter key of {office.node.agency}",
            lambda home=home: re.search(
                r"agency:\S+ +letter +berlaku", pendopo("keys", "list", "--home", home).stdout
            ),
        )
        url = homes.cluster(homes.load(home)).url()
        until(
            f"the certificates of {office.node.name}",
            lambda url=url: _one(url) == (1, 2),
        )


def _one(url: str) -> tuple:
    """How many lists a node has, and how long its time stamper's chain is."""
    with psycopg.connect(url) as link:
        return link.execute(
            "SELECT (SELECT count(*) FROM simaya_authority),"
            " (SELECT jsonb_array_length(chain) FROM simaya_stamper)"
        ).fetchone()
