"""Formats of the platform that leave a machine: files written by version 0.1, read by today's code.

They were written once, with random parts, and are never written again.
"""

from datetime import UTC, datetime
from pathlib import Path

from pendopo.core import envelope
from pendopo.ground.nodes import root, tokens, x509
from tests.worlds import ISSUING, agency_key

V1 = Path(__file__).parent / "v1-platform"


def read(name: str) -> bytes:
    return (V1 / name).read_bytes()


def test_a_token_as_a_person_pastes_it():
    token = tokens.parse(read("token.txt").decode())
    assert (token.agency, token.node, token.instance) == ("ID/GOV/DJP", "djp", "ID")
    assert token.url == "http://kominfo.localhost:8000" and len(token.anchor) == 64
    assert str(token) == read("token.txt").decode().strip()


def test_a_request_for_enrolment():
    request = tokens.read_request(read("enrolment.json"))
    assert (request.agency, request.node, request.addr) == ("ID/GOV/DJP", "djp", "djp.go.id:5500")
    assert request.key("agency:ID/GOV/DJP", "exchange").thumb == agency_key("ID/GOV/DJP", "exchange").thumb
    assert request.token_pub == tokens.strict.b64e(tokens.parse(read("token.txt").decode()).key().pub)


def test_the_root_in_its_sealed_file():
    opened = root.open(read("root.pendopo"), "sandi akar contoh")
    assert opened.key.owner == "registry:ID" and opened.key.use == "root"
    assert opened.x509_key.startswith(b"-----BEGIN PRIVATE KEY-----")


def test_a_refusal_of_a_request():
    key = agency_key("ID/GOV/DUKCAPIL", "agreement")
    opened = envelope.open(read("request-refusal.json"), "request-refusal/1")
    assert opened.signed_by(key.thumb, key.pub)
    assert opened.body.keys() == {"v", "request", "request_sha", "reason", "at", "refused_by"}
    assert opened.body["reason"] == "Dasar hukum tidak mencakup NIK."


def test_the_next_certificate_of_a_node():
    opened = envelope.open(read("tls.json"), "tls/1")
    assert opened.signed_by(ISSUING.thumb, ISSUING.pub)
    assert opened.body.keys() == {"v", "node", "chain"}
    spki = "b80e4a14ac28d69d2e5f2037c8b5d65337bc4e69a50193e23e1c8ce988892035"
    made = datetime(2026, 11, 24, 1, tzinfo=UTC)
    x509.check_chain(opened.body["chain"], read("tls-root.pem").decode(), opened.body["node"], spki, made)
    assert x509.ends(opened.body["chain"]) == made + x509.NODE_LIFE
