"""A letter signed by a key on a token: SoftHSM 2 stands for the smart card."""

import os
import subprocess
import threading
from pathlib import Path

import pytest

from pendopo.core.errors import Fault
from pendopo.ground.nodes import authority
from pendopo.simaya.signing.check import Seen, check
from tests.rules.simaya.signatures import AGENCY, der, instance

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
PINS = {"sekda": "123456", "kadis": "654321"}  # a token each


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    """Two people, each with a token of their own: their certificates by name."""
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    settings = folder / "softhsm2.conf"
    settings.write_text(
        f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    # The library reads it when it is first loaded, so it stays for the process.
    os.environ["SOFTHSM2_CONF"] = str(settings)
    for name, pin in PINS.items():
        command = [
            "softhsm2-util",
            "--init-token",
            "--free",
            "--label",
            name,
            "--pin",
            pin,
            "--so-pin",
            "87654321",
        ]
        subprocess.run(command, check=True, capture_output=True)
    return {name: made_on_token(name, pin) for name, pin in PINS.items()}


def made_on_token(name: str, pin: str) -> bytes:
    """A key pair made on the token; its certificate."""
    import pkcs11
    from cryptography.hazmat.primitives.serialization import load_der_public_key
    from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters

    curve = {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
    with pkcs11.lib(str(MODULE)).get_token(token_label=name).open(user_pin=pin, rw=True) as session:
        domain = session.create_domain_parameters(pkcs11.KeyType.EC, curve, local=True)
        public, _ = domain.generate_keypair(store=True, label="surat")
        public = load_der_public_key(encode_ec_public_key(public))
    made = instance()
    given = {"name": name, "number": "1", "agency": AGENCY, "now": made.now}
    return der(authority.certify_person(public, made.authority, made.authority_key, **given))


def opened(people, name, **other):
    """The token's key; `other` are arguments of `opened` to replace."""
    from pendopo.simaya.signing import token

    given = {"module": MODULE, "token": name, "label": "surat", "pin": PINS[name]}
    return token.opened(**given | other, certificate=people[name], chain=instance().person.chain)


def test_a_letter_signed_on_a_token_holds(people):
    with opened(people, "sekda") as key:
        seen = check(instance().sign(key=key), instance().trust.root)
    assert isinstance(seen, Seen) and seen.name == "sekda", seen


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"pin": "999999"}, "signing.pin"),
        ({"pin": ""}, "signing.pin"),
        ({"label": "tiada"}, "signing.token_key"),
        ({"token": "tiada"}, "signing.token_absent"),
        ({"module": Path("/nonexistent.so")}, "signing.token_module"),
    ],
)
def test_a_refusal_says_what_is_wrong_and_the_next_try_succeeds(people, other, code):
    with pytest.raises(Fault) as fault, opened(people, "sekda", **other):
        pass
    assert fault.value.code == code
    with opened(people, "sekda") as key:
        assert key.sign(b"surat")


def test_a_pin_is_looked_at_while_another_letter_is_being_signed(people):
    """PKCS #11 logs in a process: without the lock the second PIN would not be looked at at all."""
    outcome = []

    def second(pin: str) -> None:
        try:
            with opened(people, "sekda", pin=pin):
                outcome.append("in")
        except Fault as fault:
            outcome.append(fault.code)

    for pin in ("999999", PINS["sekda"]):
        waiting = threading.Thread(target=second, args=(pin,))
        with opened(people, "sekda") as key:
            waiting.start()
            assert key.sign(b"surat")
            waiting.join(0.2)
            assert waiting.is_alive() and len(outcome) < 2
        waiting.join(10)
    assert outcome == ["signing.pin", "in"]


def test_two_people_with_a_token_each(people):
    for name in PINS:
        with opened(people, name) as key:
            assert check(instance().sign(key=key), instance().trust.root).name == name
    with pytest.raises(Fault) as fault, opened(people, "kadis", pin=PINS["sekda"]):
        pass
    assert fault.value.code == "signing.pin"


def test_a_fault_inside_the_block_logs_out(people):
    with pytest.raises(ZeroDivisionError), opened(people, "sekda"):
        1 / 0
    with pytest.raises(Fault) as fault, opened(people, "sekda", pin="999999"):
        pass
    assert fault.value.code == "signing.pin"
