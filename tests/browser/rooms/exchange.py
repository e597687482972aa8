"""Nodes: this node is a registry run by the own agency; one member elsewhere, one invited."""

from browser.rooms.ground import press
from browser.walk import Page, Route

MEMBER = "ID/GOV/KEMENDAGRI"


def seed(seeded):
    from dataclasses import replace

    from django.conf import settings
    from nacl import pwhash

    from pendopo.core.home import render
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.nodes import root, setup
    from pendopo.ground.nodes.actions import invite
    from pendopo.ground.nodes.models import Enrolment, Key, Member, Node

    own = seeded.objects["agency"]
    actor = Actor.system(own, via="cli")
    home = settings.HOME = replace(settings.HOME, registry=True)
    home.config.write_text(render(home))
    root.EFFORT, root.MEMORY = pwhash.argon2id.OPSLIMIT_MIN, pwhash.argon2id.MEMLIMIT_MIN
    setup.found_registry(home, own, "sandi akar untuk uji", home.root / "offline", actor=actor)
    Member.objects.update(
        name="Pengelola registri"
    )  # members are public; the agency's own name is not looked for
    seeded.objects["member_node"] = node = Node.objects.create(
        id="kemendagri", name="Kemendagri", addrs=["gerbang.kemendagri.go.id:5500"], log_key="x" * 43
    )
    seeded.objects["member"] = Member.objects.create(id=MEMBER, name="Kementerian Dalam Negeri", node=node)
    for use in ("exchange", "agreement"):
        Key.objects.create(thumb=(use * 8)[:43], owner=f"agency:{MEMBER}", use=use)
    invite("ID/GOV/BPJS", "BPJS Kesehatan", "bpjs", actor=actor)
    seeded.objects["enrolment"] = Enrolment.objects.get()


PAGES = [
    Page("/simpul/"),
    Page("/simpul/", "nobody", "ditolak", status=403),
    Page("/simpul/kunci/"),
    Page("/simpul/kunci/exchange/ganti"),
    Page("/simpul/anggota/"),
    Page("/simpul/anggota/", "admin", "kunci", lambda page: page.get_by_text("2 kunci").last.click()),
    Page("/simpul/anggota/undang"),
    Page("/simpul/anggota/undang", "admin", "salah", press("Buat token")),
    Page("/simpul/anggota/cabut/agency/{member}"),
    Page("/simpul/anggota/cabut/node/{member_node}", "admin", "salah", press("Putus simpul")),
]

_revoked = {"why": "Bubar", "name": "kemendagri"}

ROUTES = [
    Route("nodes:enrol", "program"),
    Route("nodes:node", "node"),
    Route("nodes:keys", "agency"),
    Route("nodes:rotate", "agency", {"use": "exchange"}, post={}),
    Route("nodes:members", "node"),
    Route("nodes:invite", "node", post={"agency": "ID/GOV/BKN", "agency_name": "Badan Baru", "node": "bkn"}),
    Route("nodes:withdraw", "node", {"pk": "enrolment"}, post={}),
    Route("nodes:revoke", "node", {"kind": "node", "subject": "member_node"}, post=_revoked),
]
