"""The roles an account can hold, room by room, with the words people read."""

from django.utils.translation import gettext_lazy as _

# room -> role -> (name, what it may do). `operator` looks after the node itself, not an agency's data.
ROLES = {
    "ground": {
        "administrator": (_("Agency administrator"), _("Looks after people, accounts and roles.")),
        "operator": (_("Node operator"), _("Looks after agencies, keys and links of this node.")),
    },
    "mantra": {
        "administrator": (_("MANTRA administrator"), _("Looks after keys and subsystems.")),
        "manager": (_("Manager"), _("Approves, suspends and revokes agreements.")),
        "provider": (_("Provider"), _("Prepares sources and services.")),
        "requester": (_("Requester"), _("Asks for access and uses services.")),
        "supervisor": (_("Supervisor"), _("Sees all transactions and changes nothing.")),
    },
}

ROOMS = [(room, room) for room in ROLES]


def name(room: str, role: str) -> str:
    """The role's name in the reader's language; the bare code for one this version does not know."""
    known = ROLES.get(room, {}).get(role)
    return str(known[0]) if known else f"{room}.{role}"
