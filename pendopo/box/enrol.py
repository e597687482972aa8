"""A box joins its network with a one-time code; its keys are made here and never leave."""

from pendopo.box import client, state, system
from pendopo.box.state import Identity, Paths
from pendopo.core import crypto, strict
from pendopo.core.errors import Fault
from pendopo.core.home import is_url
from pendopo.core.keys import SigningKey


async def enrol(paths: Paths, url: str, code: str, name: str) -> Identity:
    """Ask the controller at `url` to take this box under `code`; what it is told first waits for the agent.

    Raises `Fault box.enrolled` when it belongs somewhere already, `box.refused` when the code is not taken,
    `box.url`, `box.unreachable`, `box.enrol_answer`.
    """
    if paths.identity.exists():
        raise Fault("box.enrolled")
    if not is_url(url):
        raise Fault("box.url", url=url[:120])
    key = SigningKey.from_seed("node:box", "log", state.key(paths.box_key))
    body = {
        "v": 1,
        "code": code,
        "name": name,
        "box_key": strict.b64e(key.pub),
        "wg_key": strict.b64e(crypto.x25519_public(state.key(paths.wireguard_key))),
        "capabilities": await system.capabilities(),
    }
    answer = await client.call(url, "POST", "/box/v1/enrol", strict.dumps(body))
    if answer.status >= 300:
        raise Fault("box.refused", status=answer.status, what=answer.body[:200].decode("utf-8", "replace"))
    identity, envelope = _told(answer.body, url)
    # In this order: whoever is cut short in between is not enrolled, and has lost nothing but the code.
    state.install(paths.trial, envelope)
    state.keep_identity(paths, identity)
    return identity


def _told(body: bytes, url: str) -> tuple[Identity, bytes]:
    """`{box, network, controller_key, config}`; `config` is the envelope as text."""
    try:
        said = strict.loads(body)
        key = strict.b64d(said["controller_key"], 32)
        identity = Identity(said["box"], said["network"], key, (url,))
        envelope = said["config"].encode()
        state.accept(envelope, identity, key, 0)
    except (ValueError, KeyError, TypeError, AttributeError, Fault) as error:
        raise Fault("box.enrol_answer", why=str(error)[:120]) from None
    return identity, envelope
