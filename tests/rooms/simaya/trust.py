"""The two offices of `office.py` on a founded registry, whose gateway is stood in for by its key files.

Keys sign only what the real gateway has them sign. The wire is `post`: what is in outboxes goes into inboxes
as the worker would bring it, handler and all.
"""

from dataclasses import dataclass
from uuid import uuid4

PASSPHRASE = "padi menguning di lembah"
ROOT_PASSPHRASE = "sandi akar untuk uji"


class Gateway:
    """The calls of `nodes.gateway.Gateway` that making and certifying keys need, on a home's files."""

    def __init__(self, home):
        from pendopo.gateway.keys import Keys

        self.home, self.keys = home, Keys(home.keys)

    def status(self) -> dict:
        return {"serials": {}, "peers": [], "faults": []}

    def make_key(self, owner: str, use: str) -> dict:
        from pendopo.core import strict

        key = self.keys.make(owner, use)
        return {"thumb": key.thumb, "alg": key.alg, "pub": strict.b64e(key.pub)}

    def sign(self, thumb: str, type: str, payload: bytes) -> dict:
        from pendopo.core import strict

        signed = self.keys.sign(thumb, type, payload)
        return {"key": thumb, "alg": "ed25519", "sig": strict.b64e(signed)}

    def put_registry(self, raw: bytes) -> None:
        (self.home.documents / "registry.json").write_bytes(raw)

    def put_node(self, raw: bytes) -> None:
        (self.home.documents / "node.json").write_bytes(raw)

    def put_blob(self, sha: str, raw: bytes) -> None:
        (self.home.blobs / sha).write_bytes(raw)


@dataclass
class World:
    """`desk`'s agency keeps the registry, `other`'s is its guest; both have their letter keys."""

    home: object
    desk: object
    other: object

    def key(self, owner: str, use: str):
        """A private key of the home, to sign what a forger who has it would sign."""
        from pendopo.gateway.keys import Keys

        return Keys(self.home.keys).held(owner, use)[-1]

    def number(self, name: str = "Kepala Dinas", value: str = "197001011995031001") -> None:
        """Gives whoever is known as `name` a NIP."""
        from pendopo.ground.directory.models import PersonNumber
        from tests.rooms.simaya.office import SINCE

        person = self.desk.accounts[name].person
        PersonNumber.objects.create(person=person, scheme="nip", value=value, valid=(SINCE, None))

    def make(self, name: str = "Kepala Dinas", passphrase: str = PASSPHRASE):
        """The key of whoever is known as `name`, not certified yet."""
        from pendopo.simaya.signing import actions

        return actions.make_key(passphrase, actor=self.desk.actor(name))

    def ready(self, name: str = "Kepala Dinas"):
        """Their certified key, and this node able to stamp."""
        from pendopo.simaya.signing import actions, taking

        self.number(name)
        self.make(name)
        taking.work()
        self.post()
        return actions.own(self.desk.actor(name))

    def queued(self):
        """What waits in outboxes, oldest first."""
        from pendopo.ground.delivery.models import Outbox

        return Outbox.objects.filter(state=Outbox.State.QUEUED).select_related("agency").order_by("id")

    def post(self, *, twice: bool = False, lose: tuple = ()) -> list[str]:
        """Delivers what waits until nothing does; faults of what was not handled.

        `twice`: each document comes again as a message of its own. Types in `lose` never arrive.
        """
        from pendopo.ground.delivery.models import Outbox

        faults = []
        while row := self.queued().first():
            if row.type not in lose:
                for _ in range(2 if twice else 1):
                    faults += self.deliver(row.agency.code, row.to_agency, row.type, bytes(row.doc))
            Outbox.objects.filter(pk=row.pk).update(state=Outbox.State.SENT)
        return faults

    def deliver(self, sender: str, to: str, type: str, doc: bytes) -> list[str]:
        """Brings one document; the fault it was not handled for, if any."""
        from pendopo.ground.delivery import inbox
        from pendopo.ground.delivery.models import Inbox

        message = {"id": "1", "from": sender, "to": to, "msg_id": str(uuid4()), "type": type}
        inbox.receive(message | {"doc": doc.decode(), "exchange_id": str(uuid4())})
        row = Inbox.objects.get(msg_id=message["msg_id"])
        return [row.fault] if row.state == Inbox.State.FAILED else []


def found(home, desk, other) -> World:
    """Founds the registry with `desk`'s agency, hosts `other`'s, and makes their letter keys."""
    from pendopo.ground.accounts.actor import Actor
    from pendopo.ground.directory.models import Agency
    from pendopo.ground.nodes import actions, setup, upkeep

    node = Actor.system(desk.agency, via="cli")
    Agency.objects.filter(pk=other.agency.pk).update(hosted=False)
    setup.found_registry(home, desk.agency, ROOT_PASSPHRASE, home.root / "offline", actor=node)
    actions.host(other.agency, actor=node)
    upkeep.letter_keys()
    return World(home, desk, other)
