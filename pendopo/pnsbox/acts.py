"""Who may do what in PNSBox: the room's rows of the joined table role × act × own/foreign.

A network belongs to the agency that runs it, and so does everything in it: its *officer* draws sites, writes
the policy and cuts boxes off. A *viewer* of any agency sees the agency's own sites and changes nothing.
`system` is the node itself: what boxes, which sign what they ask, make it do.
"""

from pendopo.ground.accounts.rights import Act, register

OFFICER = "officer"
VIEWER = "viewer"
SYSTEM = "system"

# act -> roles, grouped by subject, reading before changing.
TABLE: dict[str, set[str]] = {
    "pnsbox.network.view": {OFFICER},
    "pnsbox.network.create": {OFFICER},
    "pnsbox.site.view": {OFFICER, VIEWER},
    "pnsbox.site.add": {OFFICER},
    "pnsbox.site.edit": {OFFICER},
    "pnsbox.site.remove": {OFFICER},
    "pnsbox.viewer.edit": {OFFICER},
    "pnsbox.line.edit": {OFFICER},
    "pnsbox.host.edit": {OFFICER},
    "pnsbox.code.make": {OFFICER},
    "pnsbox.box.enrol": {SYSTEM},
    "pnsbox.box.rekey": {OFFICER},
    "pnsbox.box.rotate": {SYSTEM},
    "pnsbox.box.move": {SYSTEM},
    "pnsbox.box.quarantine": {OFFICER},
    "pnsbox.trouble.note": {SYSTEM},
    "pnsbox.relay.lend": {SYSTEM},
    "pnsbox.relay.end": {SYSTEM},
    "pnsbox.service.edit": {OFFICER},
    "pnsbox.rule.add": {OFFICER},
    "pnsbox.rule.change": {OFFICER},
    "pnsbox.rule.remove": {OFFICER},
}

register(*(Act(code, roles, own="agency") for code, roles in TABLE.items()))
