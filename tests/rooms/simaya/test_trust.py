"""A person's key from its making to a letter's signature, and to its end: documents go from hand to hand."""

from contextlib import nullcontext
from datetime import timedelta

import pytest

from tests.rooms.simaya.office import OFFICE, OTHER, fault
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


def test_every_document_may_come_twice(trusted):
    from pendopo.simaya.signing.models import Authority, Issued

    trusted.number()
    trusted.make()
    from pendopo.simaya.signing import actions, taking

    taking.work()
    assert trusted.post(twice=True) == []
    assert Issued.objects.count() == 2  # one person, one stamper
    key = actions.own(trusted.desk.actor("Kepala Dinas"))
    doc, number = bytes(Authority.objects.get().doc), Authority.objects.get().number
    assert trusted.deliver(OFFICE, OTHER, "crl/1", doc) == []
    actions.revoke(key, "Pindah tugas", actor=trusted.desk.actor("Kepala Dinas"))
    assert trusted.post(twice=True) == []
    assert Issued.objects.exclude(revoked_at=None).count() == 1
    assert Authority.objects.get().number > number


def test_only_a_holder_of_a_post_makes_a_key_and_one_at_a_time(trusted):
    from pendopo.ground.accounts.rights import Refused
    from pendopo.simaya.signing import actions

    trusted.number()
    trusted.number("registrar", "197001011995031002")
    for phrase, code in (("sebelas hur", "signing.passphrase_short"), ("x" * 201, "signing.passphrase_long")):
        with fault(code):
            trusted.make(passphrase=phrase)
    with pytest.raises(Refused):
        trusted.make("registrar")
    trusted.make(passphrase="dua belas ya")
    with fault("signing.key_waiting"):
        trusted.make()
    assert trusted.post() == []
    with fault("signing.key_live"):
        trusted.make()
    trusted.number("Sekretaris", "197001011995031003")
    trusted.make("Sekretaris")
    assert actions.of(trusted.desk.actor("Analis")) is None


def test_a_name_that_no_certificate_takes(trusted):
    trusted.number()
    person = trusted.desk.accounts["Kepala Dinas"].person
    person.name = "x" * 65
    person.save()
    with fault("signing.name"):
        trusted.make()
    person.name = "x" * 64
    person.save()
    trusted.make()
    assert trusted.post() == []


def test_five_wrong_passphrases_close_the_key_for_a_quarter_of_an_hour(trusted):
    from django.utils import timezone

    from pendopo.ground.audit.models import Line
    from pendopo.simaya.signing import actions

    key = trusted.ready()
    for _ in range(4):
        with fault("signing.passphrase"):
            actions.unlock(key, "bukan yang ini")
    assert actions.unlock(key, PASSPHRASE).certificate == bytes(key.certificate)  # and it counts anew
    for _ in range(4):
        with fault("signing.passphrase"):
            actions.unlock(key, "bukan yang ini")
    assert not Line.objects.filter(act="simaya.key.lock").exists()
    for phrase in ("bukan yang ini", PASSPHRASE):
        with fault("signing.locked"):
            actions.unlock(key, phrase)
    assert Line.objects.get(act="simaya.key.lock").subject_id == str(key.pk)
    type(key).objects.filter(pk=key.pk).update(locked_until=timezone.now() - timedelta(seconds=1))
    with fault("signing.passphrase"):
        actions.unlock(key, "bukan yang ini")
    actions.unlock(key, PASSPHRASE)


def test_tries_at_once_are_five_in_all(trusted, monkeypatch):
    """Whoever guesses many at a time: while one is being tried the others count already."""
    from pendopo.core.errors import Fault
    from pendopo.simaya.signing import opening

    key, tried = trusted.ready(), []

    def unseal(sealed, passphrase):
        tried.append(passphrase)
        if len(tried) < 20:
            with pytest.raises(Fault):
                opening.unlock(key, "tebakan")
        raise Fault("signing.passphrase")

    monkeypatch.setattr(opening, "unseal", unseal)
    monkeypatch.setattr(opening, "_MEMORY", nullcontext())
    with pytest.raises(Fault):
        opening.unlock(key, "tebakan")
    assert len(tried) == opening.TRIES


def test_a_key_ended_by_its_person_signs_no_more_and_what_it_signed_holds(trusted):
    from pendopo.core.errors import Broken, Fault
    from pendopo.simaya.signing import actions
    from pendopo.simaya.signing.check import check
    from pendopo.simaya.signing.sign import sign as sign_pdf

    key = trusted.ready()
    opened = actions.unlock(key, PASSPHRASE)  # a copy that somebody may have kept
    before, root = sign(key), actions.trust().root
    head = trusted.desk.actor("Kepala Dinas")
    with fault("signing.why"):
        actions.revoke(key, " ", actor=head)
    actions.revoke(key, "Telepon hilang", actor=head)
    with fault("signing.key_none"):
        actions.unlock(key, PASSPHRASE)
    with fault("signing.key_none"):
        actions.own(head)
    key.refresh_from_db()
    assert key.sealed is None and key.why == "Telepon hilang"
    assert trusted.post() == []
    with pytest.raises(Fault, match=r"signing\.revoked"):
        sign_pdf(page(), opened, actions.stamper(), actions.trust(), name=key.name, **SAID)
    assert not isinstance(check(before, root), Broken)
    trusted.make()
    trusted.post()
    assert not isinstance(check(sign(actions.own(head)), root), Broken)


def test_who_may_end_whose_key(trusted):
    from pendopo.ground.accounts.rights import Refused
    from pendopo.simaya.signing import actions

    key = trusted.ready()
    for actor in (
        trusted.desk.actor("Sekretaris"),
        trusted.desk.actor("registrar"),
        trusted.desk.actor("supervisor"),
        trusted.other.actor("administrator"),
    ):
        with pytest.raises(Refused):
            actions.revoke(key, "Iseng", actor=actor)
    key.refresh_from_db()
    assert key.state == "ready"
    actions.revoke(key, "Pensiun", actor=trusted.desk.actor("administrator"))
    key.refresh_from_db()
    assert key.state == "revoked"


def test_a_key_ended_while_it_was_being_certified_is_revoked_when_the_answer_comes(trusted):
    from pendopo.simaya.signing import actions
    from pendopo.simaya.signing.models import Issued

    trusted.number()
    key, head = trusted.make(), trusted.desk.actor("Kepala Dinas")
    actions.revoke(key, "Salah orang", actor=head)
    assert trusted.post() == []
    key.refresh_from_db()
    assert key.state == "revoked" and key.certificate
    assert Issued.objects.get(purpose="person").revoked_at is not None


def test_the_next_key_takes_over_when_it_is_certified(trusted):
    from django.utils import timezone

    from pendopo.simaya.signing import actions

    key, head = trusted.ready(), trusted.desk.actor("Kepala Dinas")
    type(key).objects.filter(pk=key.pk).update(until=timezone.now() + timedelta(days=61))
    with fault("signing.key_live"):
        trusted.make()
    type(key).objects.filter(pk=key.pk).update(until=timezone.now() + timedelta(days=59))
    following = trusted.make(passphrase="frasa sandi berikutnya")
    assert actions.own(head) == key
    sign(key)
    assert trusted.post() == []
    assert actions.own(head) == following
    sign(following, "frasa sandi berikutnya")
    with fault("signing.key_none"):
        actions.unlock(key, PASSPHRASE)


def test_the_registrys_refusal_is_said_and_another_key_may_be_made(trusted):
    from pendopo.simaya.signing import actions

    pem = trusted.home.keys / "letters.pem"
    away = pem.rename(pem.with_suffix(".away"))
    trusted.number()
    trusted.make()
    assert trusted.post() == []
    head = trusted.desk.actor("Kepala Dinas")
    assert actions.of(head) is None and actions.refusal(head) == "signing.no_authority"
    away.rename(pem)
    trusted.make()
    assert trusted.post() == []
    assert actions.own(head).state == "ready" and actions.refusal(head) == ""


def test_a_node_cut_off_for_a_week_says_the_day(trusted):
    from django.utils import timezone

    from pendopo.ground.nodes import authority, letters
    from pendopo.simaya.signing import actions, issuing, paths
    from pendopo.simaya.signing.models import Authority

    key = trusted.ready()
    old = timezone.now() - authority.CRL_LIFE
    top, top_key = issuing._authority()
    crl = authority.revocation_list(top, top_key, [], 1, old)
    Authority.objects.update(crl=crl)
    with fault("signing.crl_ended"):
        sign(key)
    Authority.objects.update(at=old)
    issuing.current(actor=key_actor(trusted))
    sign(key)
    assert paths.ends(bytes(Authority.objects.get().crl)) > timezone.now() + timedelta(days=6)
    assert letters.ends(trusted.home) > timezone.now()
    assert actions.trust().root


def key_actor(trusted):
    from pendopo.ground.accounts.actor import Actor

    return Actor.system(trusted.desk.agency)


def test_lists_are_made_daily_and_when_the_roots_changed(trusted):
    from pendopo.ground.nodes import actions, root
    from pendopo.simaya.signing import taking
    from pendopo.simaya.signing.models import Authority
    from tests.rooms.simaya.trust import ROOT_PASSPHRASE

    taking.work()
    first = Authority.objects.get()
    taking.work()
    assert Authority.objects.get().number == first.number
    Authority.objects.update(at=first.at - timedelta(hours=23))
    taking.work()
    assert Authority.objects.get().number == first.number
    Authority.objects.update(at=first.at - timedelta(hours=24))
    taking.work()
    second = Authority.objects.get()
    assert second.number > first.number
    top = root.open((trusted.home.root / "offline" / root.FILE).read_bytes(), ROOT_PASSPHRASE)
    actions.renew_letters(top, actor=key_actor(trusted))
    taking.work()
    third = Authority.objects.get()
    assert third.number > second.number and bytes(third.root_crl) != bytes(second.root_crl)


def test_the_stampers_certificate_is_asked_for_once_an_hour_and_before_it_ends(trusted):
    from django.utils import timezone

    from pendopo.simaya.signing import actions, taking
    from pendopo.simaya.signing.models import Stamper

    taking.work()
    taking.work()
    assert trusted.queued().filter(type="certificate-request/1").count() == 1
    trusted.post(lose=("certificate-request/1",))
    Stamper.objects.update(asked_at=timezone.now() - timedelta(hours=1))
    taking.work()
    assert trusted.post() == []
    first = actions.stamper()
    assert actions.stamper() is first
    Stamper.objects.update(asked_at=timezone.now() - timedelta(days=1))
    taking.work()
    assert not trusted.queued().exists()
    Stamper.objects.update(until=timezone.now() + timedelta(days=59))
    taking.work()
    assert trusted.post() == []
    assert actions.stamper() is not first
    assert (trusted.home.keys / "stamper.key").stat().st_mode & 0o777 == 0o600


def test_a_registry_from_before_letters_refuses_until_it_has_its_authority(trusted):
    from pendopo.simaya.signing import actions, taking

    files = [trusted.home.keys / name for name in ("letters.key", "letters.pem", "root.crl")]
    away = [path.rename(path.with_name(f"{path.name}.away")) for path in files]
    taking.work()
    assert trusted.post() == []
    taking.work()
    assert not trusted.queued().exists()
    with fault("signing.not_ready"):
        actions.stamper()
    for path, kept in zip(files, away, strict=True):
        kept.rename(path)
    taking.work()
    assert trusted.post() == []
    assert actions.stamper() and actions.trust()


def test_with_an_agency_its_peoples_certificates_end(trusted):
    from cryptography import x509

    from pendopo.ground.nodes.models import Revocation
    from pendopo.simaya.signing import actions, taking
    from pendopo.simaya.signing.models import Authority, Issued

    trusted.ready()
    trusted.number("Sekretaris", "197001011995031003")
    guest = trusted.other
    guest_head = guest.accounts["Kepala Dinas"].person
    guest_head.numbers.create(scheme="nip", value="197001011995031009", valid=("2020-01-01", None))
    actions.make_key(PASSPHRASE, actor=guest.actor("Kepala Dinas"))
    assert trusted.post() == []
    theirs = actions.own(guest.actor("Kepala Dinas"))
    Revocation.objects.create(kind="agency", subject=OTHER, why="Dibubarkan")
    taking.work()
    crl = x509.load_der_x509_crl(bytes(Authority.objects.get().crl))
    assert [row.serial_number for row in crl] == [int(theirs.serial, 16)]
    assert Issued.objects.count() == 3
    number = Authority.objects.get().number
    taking.work()
    assert Authority.objects.get().number == number
    theirs.refresh_from_db()
    assert theirs.state == "revoked"
    assert actions.own(trusted.desk.actor("Kepala Dinas")).state == "ready"
