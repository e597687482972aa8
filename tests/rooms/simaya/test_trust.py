"""A person's key from its making to a letter's signature, and to its end: documents go from hand to hand."""

from tests.rooms.simaya.office import fault
from tests.rooms.simaya.trust import PASSPHRASE
from tests.rules.simaya.signatures import page

SAID = {"reason": "Menandatangani surat", "place": "Ende"}


def sign(key, passphrase=PASSPHRASE) -> bytes:
    from pendopo.simaya.signing import actions
    from pendopo.simaya.signing.sign import sign as sign_pdf

    opened = actions.unlock(key, passphrase)
    return sign_pdf(page(), opened, actions.stamper(), actions.trust(), name=key.name, **SAID)


def test_from_a_passphrase_to_a_signature_that_holds(trusted):
    from pendopo.simaya.signing import actions, paths, taking
    from pendopo.simaya.signing.check import check

    head = trusted.desk.actor("Kepala Dinas")
    for nothing in (actions.trust, actions.stamper):
        with fault("signing.not_ready"):
            nothing()
    with fault("signing.key_none"):
        actions.own(head)
    with fault("signing.number"):
        trusted.make()
    trusted.number()
    key = trusted.make()
    assert PASSPHRASE.encode() not in bytes(key.sealed)
    with fault("signing.key_waiting"):
        actions.own(head)
    with fault("signing.key_waiting"):
        actions.unlock(key, PASSPHRASE)
    taking.work()
    assert trusted.post() == []
    key = actions.own(head)
    assert actions.of(head) == key and key.state == "ready"
    root = actions.trust().root
    seen = check(sign(key), root)
    assert (seen.name, seen.number, seen.agency) == (key.name, "197001011995031001", trusted.desk.agency.name)
    assert seen.certificate == bytes(key.certificate)
    assert paths.subject(paths.x509.load_der_x509_certificate(seen.certificate))[2] == "Dinas KOMINFO-ENDE"
