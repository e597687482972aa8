from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pendopo.core import strict
from pendopo.core.errors import Fault

text = st.text(st.characters(exclude_categories=["Cs"]))
value = st.recursive(
    st.none() | st.booleans() | st.integers(-strict.MAX_INTEGER, strict.MAX_INTEGER) | text,
    lambda inner: st.lists(inner) | st.dictionaries(text, inner),
    max_leaves=12,
)


def code_of(call, *args):
    with pytest.raises(Fault) as fault:
        call(*args)
    return fault.value.code


@given(st.dictionaries(text, value))
def test_what_is_written_reads_back_and_is_the_one_form(obj):
    raw = strict.dumps(obj)
    assert strict.loads_exact(raw) == obj


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b'{"a":1,"a":1}', "json.duplicate_key"),
        (b'{"a":{"b":1,"b":2}}', "json.duplicate_key"),
        (b'{"a":NaN}', "json.number"),
        (b'{"a":-Infinity}', "json.number"),
        (b'{"a":1.0}', "json.number"),
        (b'{"a":1e2}', "json.number"),
        (b'{"a":9007199254740992}', "json.number"),
        (b'{"a":' + b"9" * 5000 + b"}", "json.number"),
        (b'{"a":1} x', "json.malformed"),
        (b'{"a":1}{}', "json.malformed"),
        (b'\xef\xbb\xbf{"a":1}', "json.malformed"),
        (b'{"a":"\xff"}', "json.malformed"),
        (b'{"a":"\\ud800"}', "json.malformed"),
        (b'{"a":' + b"[" * 100_000, "json.malformed"),
        (b"", "json.malformed"),
        (b"[1]", "json.not_object"),
        (b"7", "json.not_object"),
    ],
)
def test_what_two_readers_could_read_differently_is_refused(raw, code):
    assert strict.loads(b'{"a":1}') == {"a": 1}
    assert code_of(strict.loads, raw) == code


@pytest.mark.parametrize(
    "raw", [b'{"b":1,"a":2}', b'{"a": 1}', b'{"a":1}\n', b'{"a":"\\u0041"}', b'{"a":-0}', b'{"a":"\\/"}']
)
def test_the_exact_reader_refuses_what_the_plain_one_takes(raw):
    strict.loads(raw)
    assert code_of(strict.loads_exact, raw) == "json.not_exact"


@given(st.binary(max_size=70))
def test_base64url_has_one_form(data):
    written = strict.b64e(data)
    assert strict.b64d(written, len(data)) == data
    assert code_of(strict.b64d, written, len(data) + 1) == "base64.malformed"


@pytest.mark.parametrize("bad", ["QQ==", "QR", "Q", "+/8", "Q Q", "QQ\n", "é", None, 5])
def test_other_spellings_of_base64_are_refused(bad):
    assert strict.b64d("QQ") == b"A"
    assert code_of(strict.b64d, bad) == "base64.malformed"


@given(st.datetimes(timezones=st.just(UTC)), st.integers(-12, 14))
def test_times_are_utc_with_milliseconds(when, hours):
    when = when.replace(microsecond=when.microsecond // 1000 * 1000)
    if 1 < when.year < 9999:
        assert strict.parse_utc(strict.utc(when.astimezone(timezone(timedelta(hours=hours))))) == when


@given(st.integers(0, 4102444800000))
def test_milliseconds_are_written_exactly(ms):
    assert round(strict.parse_utc(strict.utc_ms(ms)).timestamp() * 1000) == ms


@pytest.mark.parametrize(
    "bad", ["2026-11-23T01:10:00Z", "2026-11-23T01:10:00.000+00:00", "2026-02-30T01:10:00.000Z", "", None,
            "2026-11-23 01:10:00.000Z", "٢٠٢٦-11-23T01:10:00.000Z", "2026-11-23T01:10:00.000Z\n"]
)  # fmt: skip
def test_other_times_are_refused(bad):
    assert strict.parse_utc("2026-11-23T01:10:00.000Z") == datetime(2026, 11, 23, 1, 10, tzinfo=UTC)
    assert code_of(strict.parse_utc, bad) == "time.malformed"


def test_a_moment_without_zone_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="zone"):
        strict.utc(datetime(2026, 11, 23))
