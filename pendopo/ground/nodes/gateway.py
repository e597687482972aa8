"""Client of the gateway's control socket (docs/architecture.md): HTTP/1.1 and JSON over a unix socket.

The keys live in the gateway process; the portal and the worker ask it to make keys, to sign and to install
documents. Every call has a time limit and ends in an answer or a `Fault`:

- `gateway.down`: nobody listens, or the connection broke; nothing is known about what was asked;
- `gateway.slow`: no answer in time; it may still happen;
- any other code: the gateway's own refusal.
"""

import http.client
import json
import socket
from pathlib import Path
from urllib.parse import quote, urlencode

from pendopo.core import strict
from pendopo.core.errors import Fault

TIMEOUT = 10.0  # seconds
UNANSWERED = ("gateway.down", "gateway.slow")


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path, timeout: float):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


class Gateway:
    """The gateway that listens on the unix socket `path`. Holds no connection between calls."""

    def __init__(self, path: Path):
        self.path = path

    def status(self) -> dict:
        """`{"node", "epoch", "size", "serials", "valid_until", "peers", "faults"}`."""
        return self._call("GET", "/status", timeout=2.0)

    def make_key(self, owner: str, use: str) -> dict:
        """Makes a key that never leaves the gateway: `{"thumb", "alg", "pub"}`."""
        return self._call("POST", "/keys", {"owner": owner, "use": use})

    def sign(self, thumb: str, type: str, payload: bytes) -> dict:
        """A signature for an envelope by the key `thumb`: `{"key", "alg", "sig"}`."""
        return self._call("POST", "/sign", {"thumb": thumb, "type": type, "payload": strict.b64e(payload)})

    def put_registry(self, raw: bytes) -> None:
        """Installs a registry/1 envelope; at a registry it goes out to every linked node at once."""
        self._call("PUT", "/documents/registry", raw)

    def put_node(self, raw: bytes) -> None:
        """Installs this node's node/1 envelope; its blobs must be there."""
        self._call("PUT", "/documents/node", raw)

    def put_blob(self, sha: str, raw: bytes) -> None:
        """Installs an agreement, request or definition under its SHA-256 (hex)."""
        self._call("PUT", f"/documents/blobs/{quote(sha, safe='')}", raw)

    def deliver(self, from_agency: str, to_agency: str, msg_id: str, type: str, doc: bytes) -> dict:
        """A signed exchange that brings `doc` to `to_agency`: `{"status", "exchange_id"}`."""
        return self._call(
            "POST",
            "/deliver",
            {"from": from_agency, "to": to_agency, "msg_id": msg_id, "type": type, "doc": doc.decode()},
            timeout=35.0,
        )

    def inbox(self, wait: int = 25) -> list[dict]:
        """Deliveries that wait, oldest first; waits up to `wait` seconds for the first."""
        return self._call("GET", f"/inbox?wait={wait}", timeout=wait + TIMEOUT)

    def taken(self, id: str) -> None:
        """The delivery `id` is in the database: the gateway may forget it."""
        self._call("DELETE", f"/inbox/{quote(id, safe='')}")

    def describe(self, subsystem: str, service: str) -> bytes:
        """The provider's signed description (an envelope); `subsystem` asks for it in a signed exchange."""
        query = urlencode({"from": subsystem, "service": service, "what": "describe"})
        return self._call("GET", f"/fetch?{query}", timeout=35.0, parse=False)

    def log(self, epoch: int, after: int, limit: int = 500) -> list[dict]:
        """Entries of the exchange log after `after` in `epoch`, and of later epochs, oldest first."""
        query = urlencode({"epoch": epoch, "after": after, "limit": limit})
        return self._call("GET", f"/log?{query}")

    def evidence(self, exchange_id: str) -> bytes:
        """The evidence file of one exchange."""
        return self._call("POST", "/evidence", {"exchange_id": exchange_id}, timeout=35.0, parse=False)

    def _call(self, method: str, path: str, body=None, *, timeout: float = TIMEOUT, parse: bool = True):
        data = body if isinstance(body, bytes | None) else strict.dumps(body)
        connection = _Connection(self.path, timeout)
        try:
            connection.request(method, path, data, {"Content-Type": "application/json"} if data else {})
            answer = connection.getresponse()
            raw = answer.read()
        except TimeoutError:
            raise Fault("gateway.slow") from None
        except (OSError, http.client.HTTPException):
            raise Fault("gateway.down") from None
        finally:
            connection.close()
        if answer.status >= 400:
            raise _fault(raw, answer.status)
        return raw if not parse else json.loads(raw) if raw else None


def _fault(raw: bytes, status: int) -> Fault:
    """The gateway's refusal, or `gateway.refused` where it did not say which.

    It may be a peer's that the gateway passes on: no answer says that there was none.
    """
    try:
        said = json.loads(raw)
        if said["code"] not in UNANSWERED:
            return Fault(said["code"], **said.get("params", {}))
    except (ValueError, KeyError, TypeError):
        pass
    return Fault("gateway.refused", status=status)
