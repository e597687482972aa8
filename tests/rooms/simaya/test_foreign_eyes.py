"""Other people's programs read what we sign: openssl the time stamps, pdfsig the letter."""

import io
import subprocess
from datetime import UTC, datetime
from hashlib import sha256

import pikepdf
import pytest
from asn1crypto import tsp
from cryptography.hazmat.primitives.serialization import Encoding

from pendopo.simaya.paper import pdfa, render
from pendopo.simaya.signing import tsa
from pendopo.simaya.signing.check import Broken, Seen, check
from tests.rules.simaya import sheets
from tests.rules.simaya.signatures import NAME, Instance, der, instance, letter


def run(*command) -> subprocess.CompletedProcess:
    return subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=60)


def stamped(folder, data: bytes, **other):
    """Files of a request for `data` and of our answer to it."""
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": sha256(data).digest()}
    asked = tsp.TimeStampReq(
        {"version": "v1", "message_imprint": imprint, "cert_req": True, "nonce": 2**63 + 5} | other
    ).dump()
    query, reply = folder / "q.tsq", folder / "r.tsr"
    query.write_bytes(asked)
    reply.write_bytes(tsa.Authority(instance().stamp_key).respond(asked, datetime.now(UTC)))
    return query, reply


def verified(folder, query, reply, trusted: Instance):
    root, between = folder / "root.pem", folder / "between.pem"
    root.write_bytes(trusted.root.public_bytes(Encoding.PEM))
    between.write_bytes(instance().authority.public_bytes(Encoding.PEM))
    return run(
        "openssl", "ts", "-verify", "-in", reply, "-queryfile", query, "-CAfile", root, "-untrusted", between
    )


def test_openssl_takes_our_time_stamps(tmp_path):
    query, reply = stamped(tmp_path, b"surat")
    done = verified(tmp_path, query, reply, instance())
    assert done.returncode == 0 and "Verification: OK" in done.stdout, done.stderr


def test_openssl_refuses_them_for_other_data_and_under_another_root(tmp_path):
    (tmp_path / "other").mkdir()
    query, reply = stamped(tmp_path, b"surat")
    other, _ = stamped(tmp_path / "other", b"surat lain")
    assert verified(tmp_path, other, reply, instance()).returncode != 0
    assert verified(tmp_path, query, reply, Instance.make()).returncode != 0


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"req_policy": "1.2.3.4"}, "the requested TSA policy is not supported"),
        (
            {"extensions": [{"extn_id": "1.2.3.4", "extn_value": b"x"}]},
            "the requested extension is not supported",
        ),
    ],
)
def test_openssl_reads_our_refusals(tmp_path, other, told):
    _, reply = stamped(tmp_path, b"surat", **other)
    done = run("openssl", "ts", "-reply", "-in", reply, "-text")
    assert "Status: Rejected" in done.stdout and told in done.stdout, done.stdout + done.stderr


def test_pdfsig_calls_the_signature_valid(tmp_path):
    file = tmp_path / "surat.pdf"
    file.write_bytes(letter())
    said = run("pdfsig", "-nocert", file).stdout
    assert "Signature is Valid." in said and NAME in said and "ETSI.CAdES.detached" in said, said


@pytest.mark.parametrize(("profile", "kind"), sheets.KINDS)
def test_a_rendered_letter_stays_pdf_a_and_keeps_its_data(tmp_path, profile, kind):
    """Each kind of each profile as the product sets it: signed, it is still what it was, and valid."""
    pages = render.pdf(sheets.sheet(profile, kind), sheets.AT).pdf
    signed = instance().sign(pages)
    assert pdfa.faults(pages) == [] == pdfa.faults(signed)
    assert signed.startswith(pages)
    with pikepdf.open(io.BytesIO(pages)) as before, pikepdf.open(io.BytesIO(signed)) as after:
        data = [pdf.attachments["letter.json"].get_file().read_bytes() for pdf in (before, after)]
        assert data[0] == data[1] and len(before.pages) == len(after.pages)
    assert isinstance(check(signed, der(instance().root)), Seen)
    bent = bytearray(signed)
    bent[len(pages) // 2] ^= 1
    assert isinstance(check(bytes(bent), der(instance().root)), Broken)
    file = tmp_path / "surat.pdf"
    file.write_bytes(signed)
    assert "Signature is Valid." in run("pdfsig", "-nocert", file).stdout


def test_pdfsig_sees_a_bent_page(tmp_path):
    file = tmp_path / "surat.pdf"
    file.write_bytes(letter().replace(b"595 842", b"595 843", 1))
    said = run("pdfsig", "-nocert", file).stdout
    assert "Signature is Valid." not in said and "Digest Mismatch" in said, said
