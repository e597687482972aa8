"""How a letter stands, in a word, a colour and an icon; and how its initials stand."""

from django.utils.translation import gettext as _

from pendopo.core import strict
from pendopo.simaya.routing.models import Delivery

from .models import Letter, Step

TONES = {
    Letter.State.DRAFT: ("", "pencil"),
    Letter.State.REVIEW: ("amber", "writing-sign"),
    Letter.State.APPROVAL: ("amber", "signature"),
    Letter.State.SIGNING: ("amber", "loader"),
    Letter.State.SIGNED: ("green", "circle-check"),
    Letter.State.WITHDRAWN: ("", "circle-x"),
    Letter.State.RECEIVED: ("acc", "inbox"),
    Letter.State.REGISTERED: ("green", "circle-check"),
    Letter.State.REJECTED: ("red", "circle-x"),
    Letter.State.CLOSED: ("", "archive"),
}


def stand(letter: Letter) -> dict:
    """Label, tone and icon of a letter's state."""
    tone, icon = TONES[letter.state]
    return {"label": letter.get_state_display(), "tone": tone, "icon": icon}


def chain(letter: Letter) -> list[dict]:
    """The steps to the signature, for `portal/parts/steps.html`: written, each initial, the signature."""
    steps = [
        {"label": _("Written"), "state": "done", "who": str(letter.author.person), "at": letter.created_at}
    ]
    for one in letter.steps.select_related("post"):
        done = one.state == Step.State.DONE
        steps.append(
            {
                "label": _("Initialled") if done else _("To initial"),
                "state": "done" if done else "now" if one.state == Step.State.NOW else "next",
                "who": f"{one.by['name']}, {one.post}" if done and one.by else str(one.post),
                "at": one.at,
            }
        )
    signed = letter.state == Letter.State.SIGNED
    turn = letter.state in (Letter.State.APPROVAL, Letter.State.SIGNING)
    steps.append(
        {
            "label": _("Signature"),
            "state": "done" if signed else "now" if turn else "next",
            "who": letter.signer_name or str(letter.signer or ""),
            "at": letter.signed_at,
        }
    )
    return steps


def sent_steps(delivery: Delivery) -> list[dict]:
    """How far a delivery is, for `portal/parts/steps.html`: sent, received, then what the receiver did."""
    state, times = delivery.state, delivery.times
    rejected = state == Delivery.State.REJECTED
    labels = [
        ("sent", _("Delivered")),
        ("received", _("Received whole")),
        ("rejected", _("Rejected")) if rejected else ("registered", _("Registered")),
        *([] if rejected else [("read", _("Read"))]),
    ]
    steps = []
    for event, label in labels:
        at = times.get(event)
        steps.append({"label": label, "at": at and strict.parse_utc(at), "state": "done" if at else "next"})
    first = next((step for step in steps if step["state"] == "next"), None)
    if first and state != Delivery.State.FAILED:
        first["state"] = "now"
    return steps
