"""Who may do what in siMAYA: the outer ring. The inner one are the machines with their parties.

Roles by grant: *registrar* (the registry clerk), *cleared* (may be party to secret letters), *supervisor*
(sees, changes nothing) and *administrator* (the office's rules). *holder* is whoever holds a post today,
*assistant* whoever prepares for one (`offices.reads.assistances`, told to the table by `room.register`). Here
stands who may try an act at all; whether this person may do it to this letter in its present state, the
tables in `letters.rules` say.
"""

from pendopo.ground.accounts.rights import HOLDER, Act, register

ADMINISTRATOR = "administrator"
REGISTRAR = "registrar"
CLEARED = "cleared"
SUPERVISOR = "supervisor"
ASSISTANT = "assistant"
SYSTEM = "system"

# act -> roles, grouped by subject, reading before changing.
TABLE: dict[str, set[str]] = {
    "simaya.letter.view": {REGISTRAR, SUPERVISOR, HOLDER, ASSISTANT},
    "simaya.letter.draft": {HOLDER, ASSISTANT},
    "simaya.letter.submit": {HOLDER},
    "simaya.letter.take_back": {HOLDER},
    "simaya.letter.withdraw": {HOLDER},
    "simaya.letter.initial": {HOLDER},
    "simaya.letter.return": {HOLDER},
    "simaya.letter.sign": {HOLDER},
    "simaya.letter.finish": {SYSTEM},
    "simaya.letter.receive": {SYSTEM},
    "simaya.letter.check": {SYSTEM},
    "simaya.letter.scan": {REGISTRAR},
    "simaya.letter.register": {REGISTRAR},
    "simaya.letter.reject": {REGISTRAR},
    "simaya.letter.pass": {REGISTRAR},
    "simaya.letter.close": {REGISTRAR, HOLDER},
    "simaya.letter.read": {HOLDER},
    "simaya.delivery.raise": {SYSTEM},
    "simaya.delivery.again": {REGISTRAR},
    "simaya.receipt.make": {REGISTRAR, HOLDER, SYSTEM},
    "simaya.receipt.seal": {SYSTEM},
    "simaya.proof.download": {REGISTRAR, SUPERVISOR, HOLDER},
    "simaya.disposition.give": {HOLDER},
    "simaya.disposition.read": {HOLDER},
    "simaya.disposition.answer": {HOLDER},
    "simaya.disposition.withdraw": {HOLDER},
    "simaya.disposition.close": {HOLDER},
    "simaya.disposition.remind": {SYSTEM},
    "simaya.dossier.view": {HOLDER, REGISTRAR, SUPERVISOR},
    "simaya.dossier.open": {HOLDER, REGISTRAR},
    "simaya.dossier.file": {HOLDER, REGISTRAR},
    "simaya.dossier.close": {HOLDER, REGISTRAR},
    "simaya.key.make": {HOLDER},
    "simaya.key.end": {HOLDER},
    "simaya.key.revoke": {ADMINISTRATOR},
    "simaya.key.lock": {SYSTEM},
    "simaya.certificate.ask": {SYSTEM},
    "simaya.certificate.issue": {SYSTEM},
    "simaya.certificate.take": {SYSTEM},
    "simaya.crl.issue": {SYSTEM},
    "simaya.crl.take": {SYSTEM},
    "simaya.office.edit": {ADMINISTRATOR},
    "simaya.delegation.edit": {ADMINISTRATOR},
    "simaya.assistant.edit": {ADMINISTRATOR, HOLDER},
    "simaya.number.reserve": {REGISTRAR, SYSTEM},
    "simaya.number.use": {SYSTEM},
    "simaya.number.void": {REGISTRAR, SYSTEM},
    "simaya.number.view": {REGISTRAR, SUPERVISOR},
}

register(*(Act(code, roles, own="agency") for code, roles in TABLE.items()))
