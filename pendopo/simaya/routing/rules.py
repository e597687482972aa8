"""The delivery of a letter to one agency: its table. Receipts only ever raise a state."""

from pendopo.simaya.moves import move

# The later a state stands here, the more is known; the peer's receipts may come in any order, before our own
# outbox heard that it delivered, and after it gave up.
ORDER = ("failed", "queued", "sent", "received", "registered", "rejected", "read")
EVENTS = ("received", "registered", "rejected", "read")


def raised(state: str, event: str) -> str:
    """The state after a receipt: whichever of the two says more. Rejected beats all but read."""
    return max(state, event, key=ORDER.index)


DELIVERY = {
    ("waiting", "queue"): move("system", "queued"),
    ("queued", "sent"): move("system", "sent"),
    ("queued", "give_up"): move("system", "failed"),
    ("failed", "again"): move("registrar", "queued"),
    **{(state, event): move("receiver", raised(state, event)) for state in ORDER for event in EVENTS},
}
