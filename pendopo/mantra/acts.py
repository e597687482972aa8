"""Who may do what in MANTRA: the room's rows of the joined table role × act × own/foreign.

Five roles of an account in an agency: *administrator* (keys, subsystems, people), *manager* (approves,
suspends, revokes), *provider* (prepares sources and services), *requester* (asks, uses) and *supervisor*
(a head who sees all transactions and changes nothing). Every act is for one's own agency only. `system` is
the node itself: what other agencies' signed deliveries make it do, and the log it reads.
"""

from pendopo.ground.accounts.rights import Act, register

ADMINISTRATOR = "administrator"
MANAGER = "manager"
PROVIDER = "provider"
REQUESTER = "requester"
SUPERVISOR = "supervisor"
SYSTEM = "system"

ROLES = (ADMINISTRATOR, MANAGER, PROVIDER, REQUESTER, SUPERVISOR)

# act -> roles, grouped by subject, reading before changing.
TABLE: dict[str, set[str]] = {
    "mantra.subsystem.view": set(ROLES),
    "mantra.subsystem.create": {ADMINISTRATOR},
    "mantra.subsystem.token": {ADMINISTRATOR},
    "mantra.subsystem.remove": {ADMINISTRATOR},
    "mantra.source.view": {ADMINISTRATOR, MANAGER, PROVIDER, SUPERVISOR},
    "mantra.source.connect": {PROVIDER},
    "mantra.source.remove": {PROVIDER},
    "mantra.service.view": set(ROLES),
    "mantra.service.draft": {PROVIDER},
    "mantra.service.publish": {PROVIDER},
    "mantra.service.disable": {PROVIDER, MANAGER},
    "mantra.service.enable": {PROVIDER, MANAGER},
    "mantra.service.check": {PROVIDER, SYSTEM},
    "mantra.catalogue.view": set(ROLES),
    "mantra.request.view": set(ROLES),
    "mantra.request.send": {REQUESTER, MANAGER},
    "mantra.request.receive": {SYSTEM},
    "mantra.request.approve": {MANAGER},
    "mantra.request.refuse": {MANAGER},
    "mantra.request.close": {SYSTEM},
    "mantra.agreement.view": set(ROLES),
    "mantra.agreement.receive": {SYSTEM},
    "mantra.agreement.countersign": {SYSTEM},
    "mantra.agreement.accept": {REQUESTER, MANAGER},
    "mantra.agreement.decline": {REQUESTER, MANAGER},
    "mantra.agreement.suspend": {MANAGER},
    "mantra.agreement.resume": {MANAGER},
    "mantra.agreement.revoke": {MANAGER},
    "mantra.transaction.view": {SUPERVISOR, MANAGER},
    "mantra.evidence.download": {SUPERVISOR, MANAGER},
}

register(*(Act(code, roles, own="agency") for code, roles in TABLE.items()))
