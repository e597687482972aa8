"""The roles an account can hold, room by room, with the words people read."""

from django.utils.translation import gettext_lazy as _

# room -> role -> (name, what it may do). `operator` looks after the node itself, not an agency's data.
# Roles are handed out for rooms that are open; `holder`, of whoever holds a post, never is.
ROLES = {
    "ground": {
        "administrator": (_("Agency administrator"), _("Looks after people, accounts and roles.")),
        "operator": (_("Node operator"), _("Looks after agencies, keys and links of this node.")),
    },
    "simaya": {
        "administrator": (
            _("siMAYA administrator"),
            _("Looks after letterhead, number patterns and written mandates."),
        ),
        "registrar": (_("Registry clerk"), _("Registers letters, passes them on, keeps the register book.")),
        "cleared": (_("Cleared for secrets"), _("May write, initial, sign and read secret letters.")),
        "supervisor": (_("Letters supervisor"), _("Sees all letters that are not secret, changes nothing.")),
    },
    "pnsmail": {
        "administrator": (
            _("PNSMail administrator"),
            _("Hands out mailboxes, holds them, looks after the mail domain."),
        ),
    },
    "mantra": {
        "administrator": (_("MANTRA administrator"), _("Looks after keys and subsystems.")),
        "manager": (_("Manager"), _("Approves, suspends and revokes agreements.")),
        "provider": (_("Provider"), _("Prepares sources and services.")),
        "requester": (_("Requester"), _("Asks for access and uses services.")),
        "supervisor": (_("Supervisor"), _("Sees all transactions and changes nothing.")),
    },
    "pnsbox": {
        "officer": (_("Network officer"), _("Draws sites, writes the policy, cuts boxes off.")),
        "viewer": (_("Network viewer"), _("Sees the agency's own sites and changes nothing.")),
    },
}

ROOMS = [(room, room) for room in ROLES]


def name(room: str, role: str) -> str:
    """The role's name in the reader's language; the bare code for one this version does not know."""
    known = ROLES.get(room, {}).get(role)
    return str(known[0]) if known else f"{room}.{role}"
