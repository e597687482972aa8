"""The records a domain publishes, as other programs read them, and what a checker says of those found."""

from datetime import UTC, date, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from hypothesis import given
from hypothesis import strategies as st

from pendopo.pnsmail.domains.rules import (
    KEPT,
    SIGNS,
    Record,
    compared,
    due,
    keys,
    selector,
    spare,
    tls_policy,
    wanted,
)

DOMAIN, SERVER, REPORTS = "endekab.go.id", "surel.endekab.go.id", "laporan@endekab.go.id"
CHANGED = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def key():
    return (
        rsa.generate_private_key(65537, 2048)
        .public_key()
        .public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    )


@pytest.fixture(scope="module")
def records(key):
    names = [selector(date(2026, 10, 1)), selector(date(2026, 11, 30))]
    return wanted(DOMAIN, SERVER, [(name, key) for name in names], REPORTS, CHANGED)


def test_each_record_once_and_below_the_domain(records):
    assert len({(one.kind, one.name) for one in records}) == len(records)
    assert all(one.name == DOMAIN or one.name.endswith(f".{DOMAIN}") for one in records)
    assert {"p202610._domainkey.endekab.go.id", "p202611._domainkey.endekab.go.id"} < {
        r.name for r in records
    }


def test_a_key_comes_back_whole_out_of_the_zone_file(records, key):
    from base64 import b64decode

    [record] = [one for one in records if one.name.startswith("p202611.")]
    strings = record.line().partition(" IN TXT ")[2].split('"')[1::2]
    assert len(strings) > 1 and all(len(one) <= 255 for one in strings)
    tags = dict(part.strip().split("=", 1) for part in "".join(strings).split(";"))
    assert load_der_public_key(b64decode(tags["p"])).key_size == 2048 and tags["v"] == "DKIM1"
    assert b64decode(tags["p"]) == key


def test_what_was_published_as_told_is_right(records):
    for one in records:
        assert compared(one, [one.value]) == "right", one


SPF = Record("TXT", DOMAIN, "v=spf1 mx -all")
MX = Record("MX", DOMAIN, f"10 {SERVER}.")
DMARC = Record("TXT", f"_dmarc.{DOMAIN}", f"v=DMARC1; p=quarantine; rua=mailto:{REPORTS}")
NAME = Record("CNAME", f"autoconfig.{DOMAIN}", f"{SERVER}.")


@pytest.mark.parametrize(
    ("record", "answers", "told"),
    [
        (SPF, [], "missing"),
        (SPF, ["google-site-verification=x"], "missing"),
        (SPF, ["google-site-verification=x", "v=spf1  mx -all"], "right"),
        (SPF, ["v=spf1 mx ~all"], "differs"),
        (SPF, ["v=spf1 mx -all", "v=spf1 include:lain.id -all"], "several"),
        (SPF, ["v=spf10 mx -all"], "missing"),
        (DMARC, [f"v=DMARC1;p=quarantine;rua=mailto:{REPORTS};"], "right"),
        (DMARC, ["v=DMARC1; p=none"], "differs"),
        (MX, [f"10 {SERVER.upper()}"], "right"),
        (MX, [f"20 {SERVER}."], "differs"),
        (MX, [f"10 {SERVER}.", "20 cadangan.id."], "differs"),
        (NAME, [SERVER], "right"),
        (NAME, ["lain.id."], "differs"),
    ],
)
def test_what_a_checker_says(record, answers, told):
    assert compared(record, answers) == told


def test_a_key_is_compared_to_the_letter(records):
    [record] = [one for one in records if one.name.startswith("p202611.")]
    assert compared(record, [record.value.replace("; ", ";")]) == "right"
    assert (
        compared(record, [record.value.swapcase().replace("V=dkim1; K=RSA; P=", "v=DKIM1; k=rsa; p=")])
        == "differs"
    )


def test_the_tls_policy_is_four_lines_that_end_as_they_must():
    text = tls_policy(SERVER, enforced=True)
    assert text.endswith("\r\n")
    fields = dict(line.split(": ") for line in text.strip().split("\r\n"))
    assert fields == {"version": "STSv1", "mode": "enforce", "mx": SERVER, "max_age": "604800"}
    assert "mode: testing\r\n" in tls_policy(SERVER, enforced=False)


DAY = timedelta(days=1)


def test_the_next_key_is_made_in_time_and_only_once():
    found = keys(["p202611"], "p202611", CHANGED)
    assert due(found, CHANGED + SIGNS - DAY) is None
    assert due(found, CHANGED + SIGNS) == "p202705"
    waiting = keys(["p202611", "p202705"], "p202611", CHANGED)
    assert waiting.next == "p202705" and due(waiting, CHANGED + 2 * SIGNS) is None


def test_an_old_key_stays_published_while_its_mail_is_about():
    found = keys(["p202611", "p202705", "p202605"], "p202705", CHANGED)
    assert found.next is None and found.old == ("p202605", "p202611")
    assert spare(found, CHANGED + KEPT - DAY) == ()
    assert spare(found, CHANGED + KEPT) == found.old


@given(st.lists(st.integers(1, 400), max_size=12), st.dates(date(2026, 1, 1), date(2030, 1, 1)))
def test_whenever_the_job_runs_and_the_record_comes_mail_is_signed_by_a_key_that_was_published(steps, day):
    """Years of a domain: the job runs after so many days; every other time the record had been published."""
    now = datetime(day.year, day.month, day.day, tzinfo=UTC)
    there, signs, since, before = [selector(day)], selector(day), now, None
    for number, days in enumerate(steps):
        now += days * DAY
        found = keys(there, signs, since)
        assert signs in there and not (before and now - since < KEPT and before not in there)
        if name := due(found, now):
            assert name not in there
            there = [signs, name]  # what was spare since long goes
        elif found.next and number % 2:
            before, signs, since = signs, found.next, now
    assert len(there) <= 2
