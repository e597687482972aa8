"""What signing asks: the actor's key, what a signature holds by, this node's time stamper."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings
from django.utils import timezone

from pendopo.core.errors import Fault
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.nodes import reads as nodes
from pendopo.ground.nodes.x509 import RENEW_BEFORE

from . import paths
from .models import Authority, PersonKey, Stamper
from .seal import SoftwareKey

if TYPE_CHECKING:
    from . import sign

STAMPER_KEY = "stamper.key"  # in the folder of keys


def of(actor: Actor) -> PersonKey | None:
    """The actor's key for its agency: the one that can sign, else the one that is being certified."""
    found = PersonKey.objects.filter(person=actor.person, agency=actor.agency)
    live = found.filter(state__in=(PersonKey.State.READY, PersonKey.State.ASKED))
    return live.order_by("-state").first()  # "ready" comes after "asked"


def refusal(actor: Actor) -> str:
    """Why the registry refused the actor's last key: a fault's code; "" when it did not."""
    last = PersonKey.objects.filter(person=actor.person, agency=actor.agency).first()
    return last.fault if last is not None and last.state == PersonKey.State.REFUSED else ""


def ends_soon(actor: Actor) -> bool:
    """Whether the actor's key that can sign ends within 60 days and none is asked for to follow it."""
    live = PersonKey.objects.filter(person=actor.person, agency=actor.agency)
    held = live.filter(state=PersonKey.State.READY).first()
    asked = live.filter(state=PersonKey.State.ASKED).exists()
    return held is not None and not asked and held.until - timezone.now() <= RENEW_BEFORE


def own(actor: Actor) -> PersonKey:
    """The actor's key that can sign; `Fault signing.key_none`, `signing.key_waiting` (being certified)."""
    key = of(actor)
    if key is None:
        raise Fault("signing.key_none")
    if key.state == PersonKey.State.ASKED:
        raise Fault("signing.key_waiting")
    return key


def trust() -> sign.Trust:
    """What a signature made now holds by.

    `Fault signing.not_ready` before the registry has sent its lists, `signing.crl_ended` (with the day) when
    one of them has run out.
    """
    from .sign import Trust  # pyHanko is slow to import, and most processes never sign

    row = Authority.objects.first()
    if row is None:
        raise Fault("signing.not_ready")
    lists, now = (bytes(row.crl), bytes(row.root_crl)), timezone.now()
    until = min(map(paths.ends, lists))
    if until <= now:
        raise Fault("signing.crl_ended", day=f"{until:%Y-%m-%d}")
    return Trust(paths.der(nodes.anchor()["root_x509"]), paths.der(row.authority), lists)


def stamper() -> sign.Stamper:
    """This node's time stamper; `Fault signing.not_ready` until it is certified."""
    row, path = Stamper.objects.first(), settings.HOME.keys / STAMPER_KEY
    if row is None or not row.chain or not path.exists():
        raise Fault("signing.not_ready")
    return _stamper(path.read_bytes(), tuple(row.chain))


@lru_cache(maxsize=2)
def _stamper(pem: bytes, chain: tuple[str, ...]) -> sign.Stamper:
    from . import tsa
    from .sign import Stamper as TimeStamper

    own, *above = map(paths.der, chain)
    key = SoftwareKey(load_pem_private_key(pem, password=None), own, tuple(above))
    return TimeStamper(tsa.Authority(key), lambda: datetime.now(UTC))
