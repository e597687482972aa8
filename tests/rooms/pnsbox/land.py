"""A province's private network: who runs it, whose offices are on it, and boxes as tests hold them."""

import json
import time
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_network

from nacl.bindings import crypto_sign, crypto_sign_seed_keypair

KOMINFO, IZIN, DUKCAPIL, DJP = "ID/GOV/KOMINFO", "ID/GOV/IZIN", "ID/GOV/DUKCAPIL", "ID/GOV/DJP"
URL = "http://192.0.2.1:8090"


@dataclass
class Held:
    """A box as its machine knows it: its id and its private half."""

    id: str
    secret: bytes
    wg_key: bytes
    at: int = 0  # of the last request: no two have the same

    def asked(self, method, target, body=b"", *, now=None, **changed):
        """A signed request; `changed` are headers to send instead."""
        from pendopo.core import boxcall
        from pendopo.pnsbox.machines.asked import Asked

        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        if now is None:
            now = self.at = max(self.at + 1, time.time_ns() // 1_000_000)
        sign = lambda message: crypto_sign(message, self.secret)[:64]  # noqa: E731
        headers = boxcall.headers(self.id, sign, method, target, body, now)
        headers |= {name.replace("_", "-"): value for name, value in changed.items()}
        return Asked(method, target, {k.lower(): v for k, v in headers.items()}, body, "192.0.2.9")


def keys(number: int) -> tuple[bytes, bytes, bytes]:
    """(Ed25519 public, its secret, a WireGuard public key) of a box that tests number."""
    pub, secret = crypto_sign_seed_keypair(number.to_bytes(32, "big"))
    return pub, secret, (10**9 + number).to_bytes(32, "little")


@dataclass
class Land:
    """`officer` and `viewer` (of the licence office) are actors, `outsider` an officer of another agency."""

    agencies: dict
    officer: object
    viewer: object
    outsider: object
    network: object = None
    made: int = 0
    boxes: dict = field(default_factory=dict)

    def site(self, code, of=IZIN, groups=(), machines=20, **more):
        from pendopo.pnsbox.sites import actions

        return actions.add_site(
            self.network, code=code, name=f"Kantor {code}", of=self.agencies[of], machines=machines,
            groups=list(groups), actor=self.officer, **more,
        )  # fmt: skip

    def service(self, name="web", protocol="tcp", ports=((443, 443),)):
        from pendopo.pnsbox.reach import actions

        actions.keep_service(
            self.network, name=name, protocol=protocol, ports=list(ports), actor=self.officer
        )
        return self.network.services.get(name=name)

    def rule(self, sources, destinations, services=("web",)):
        from pendopo.pnsbox.reach import actions

        return actions.add_rule(
            self.network, sources=sources.split(), destinations=destinations.split(), services=services,
            actor=self.officer,
        )  # fmt: skip

    def enrolled(self, site) -> Held:
        """The site's box, in service."""
        from pendopo.ground.accounts.actor import Actor
        from pendopo.pnsbox.boxes import actions

        self.made += 1
        pub, secret, wg = keys(self.made)
        code = actions.make_code(site, actor=self.officer)
        box = actions.enrol(
            code=code, box_key=pub, wg_key=wg, capabilities={}, actor=Actor.system(via="wire")
        )
        self.boxes[site.code] = held = Held(str(box.pk), secret, wg)
        return held

    def placed(self, code, **more):
        """A site with its box in service."""
        site = self.site(code, **more)
        self.enrolled(site)
        return site

    def told(self, code):
        """The newest configuration of the box at a site, as the box reads it."""
        from pendopo.core import boxconfig
        from pendopo.pnsbox.boxes.models import Configuration

        newest = Configuration.objects.filter(box=self.boxes[code].id).order_by("-serial").first()
        return boxconfig.open_config(bytes(newest.raw), bytes(self.network.key_pub))

    def serials(self) -> dict:
        from pendopo.pnsbox.boxes.models import Box

        return dict(Box.objects.filter(state="active").values_list("name", "serial"))


def found():
    """The network `nusa`, without sites."""
    from django.utils import timezone

    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.accounts.models import Account, RoleGrant
    from pendopo.ground.directory import actions as directory
    from pendopo.ground.directory.models import Agency, Person
    from pendopo.pnsbox.sites import actions

    node = Actor.system(via="cli")
    codes = (KOMINFO, IZIN, DUKCAPIL, DJP)
    agencies = {one.code: one for one in Agency.objects.filter(code__in=codes)}
    for code in set(codes) - set(agencies):
        agencies[code] = directory.create_agency(
            code, f"Dinas {code[7:].title()}", "Asia/Jakarta", actor=node
        )
    since = timezone.localdate() - timedelta(days=1)

    def actor(code, role):
        agency = agencies[code]
        person = Person.objects.create(agency=agency, name=f"{role.title()} {agency.name}")
        account = Account.objects.create_user(f"{code[7:]}-{role}".lower(), person=person, state="active")
        RoleGrant.objects.create(
            account=account, agency=agency, room="pnsbox", role=role, valid=(since, None)
        )
        return Actor.of(account, agency)

    land = Land(agencies, actor(KOMINFO, "officer"), actor(IZIN, "viewer"), actor(DJP, "officer"))
    land.network = actions.create_network(
        code="nusa", name="Jaringan Nusa", pool4=ip_network("10.64.0.0/12"),
        pool6=ip_network("fd00:64::/48"), urls=[URL], actor=land.officer,
    )  # fmt: skip
    return land
