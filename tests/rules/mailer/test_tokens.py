"""Tokens of the portal: who can check one, and how keys follow each other."""

import json
from base64 import urlsafe_b64decode
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from pendopo.mailer.tokens import Keys

NOW = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
ANI = "ani.wati@pns.test"


@pytest.fixture
def keys(tmp_path):
    return Keys(tmp_path / "secret", tmp_path / "public")


def months(keys):
    held = [sorted(path.name for path in folder.iterdir()) for folder in folders(keys)]
    assert held[0] == held[1]
    return held[0]


def folders(keys):
    return keys.private, keys.public / "default" / "ES256"


def opened(keys, token):
    """Header and claims of a token whose signature the public keys bear out."""
    head, body, signature = (urlsafe_b64decode(f"{part}==") for part in token.split("."))
    header, claims = json.loads(head), json.loads(body)
    key = load_pem_public_key((folders(keys)[1] / header["kid"]).read_bytes())
    halves = (int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
    text = token.rpartition(".")[0].encode()
    key.verify(encode_dss_signature(*halves), text, ec.ECDSA(hashes.SHA256()))
    return header, claims


def test_a_token_is_good_for_one_mailbox_and_a_minute(keys):
    with pytest.raises(FileNotFoundError):
        keys.token(ANI, "owner", NOW)
    keys.rotate(NOW)
    header, claims = opened(keys, keys.token(ANI, "owner", NOW))
    assert header == {"alg": "ES256", "typ": "JWT", "kid": "202611"}
    assert (claims["sub"], claims["scope"]) == (ANI, "owner")
    assert claims["exp"] == int(NOW.timestamp()) + 60
    assert claims["iat"] == int(NOW.timestamp()) - 5  # else Dovecot may take it for one of the future
    head, _body, signature = keys.token(ANI, "owner", NOW).split(".")
    with pytest.raises(InvalidSignature):
        opened(keys, ".".join((head, keys.token(ANI, "service", NOW).split(".")[1], signature)))


def test_each_month_has_a_key_and_the_one_before_is_good_for_what_it_signed(keys):
    keys.rotate(NOW)
    before = keys.token(ANI, "owner", NOW)
    keys.rotate(NOW)
    assert months(keys) == ["202611"]
    keys.rotate(NOW + timedelta(seconds=1))
    assert opened(keys, before)[0]["kid"] == "202611"
    assert opened(keys, keys.token(ANI, "owner", NOW))[0]["kid"] == "202612"
    keys.rotate(NOW + timedelta(days=40))
    assert months(keys) == ["202612", "202701"]


def test_private_keys_are_ours_alone_and_public_ones_come_back(keys):
    keys.rotate(NOW)
    private, public = (folder / "202611" for folder in folders(keys))
    assert private.stat().st_mode & 0o777 == 0o600 and public.stat().st_mode & 0o777 == 0o644
    token = keys.token(ANI, "owner", NOW)
    public.unlink()
    keys.rotate(NOW)
    assert opened(keys, token)


def test_many_at_once_agree_on_one_key(keys):
    with ThreadPoolExecutor(8) as together:
        list(together.map(lambda _: keys.rotate(NOW), range(32)))
    assert months(keys) == ["202611"] and opened(keys, keys.token(ANI, "owner", NOW))
