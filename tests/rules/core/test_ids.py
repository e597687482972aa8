import pytest
from hypothesis import given
from hypothesis import strategies as st

from pendopo.core import ids
from pendopo.core.errors import Fault
from pendopo.core.ids import AgencyId, ServiceId, SubsystemId

part = st.from_regex(r"\A[A-Za-z0-9'()+,\-.=?]{1,64}\Z").filter(lambda text: text.strip("."))


@given(st.lists(part, min_size=5, max_size=5))
def test_an_identifier_comes_back_as_it_was_written(parts):
    text = "/".join(parts)
    service = ServiceId.parse(text)
    assert str(service) == text
    assert SubsystemId.parse("/".join(parts[:4])) == service.subsystem
    assert AgencyId.parse("/".join(parts[:3])) == service.agency


@pytest.mark.parametrize(
    "text",
    ["ID/GOV", "ID/GOV/DJP/x", "ID/GOV/D_JP", "ID//DJP", "ID/GOV/DJP ", "ID/GOV/DJP\n", "ID/GOV/..",
     "ID/GOV/.", "ID/GOV/" + "A" * 65, "ID/GOV/É", "", None, 7],
)  # fmt: skip
def test_what_is_no_agency_is_refused(text):
    AgencyId.parse("ID/GOV/DJP")
    with pytest.raises(Fault) as fault:
        AgencyId.parse(text)
    assert fault.value.code == "id.malformed"
    assert "ID/GOV/DUKCAPIL" in fault.value.text("id")


@given(st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=10))
def test_a_uuid7_carries_its_time_and_its_bits(ms, rand):
    text = ids.uuid7(ms, rand)
    assert ids.is_uuid7(text)
    assert ids.uuid7_ms(text) == ms


def test_uuid7_of_the_rfc():
    # RFC 9562, appendix A.6
    rand = bytes.fromhex("0CC3") + bytes.fromhex("18C4DC0C0C07398F")
    assert ids.uuid7(0x017F22E279B0, rand) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


def test_new_ids_differ_and_other_uuids_are_told_apart():
    assert ids.new_id() != ids.new_id()
    assert not ids.is_uuid7("017F22E2-79B0-7CC3-98C4-DC0C0C07398F")
    with pytest.raises(Fault) as fault:
        ids.uuid7_ms("017f22e2-79b0-4cc3-98c4-dc0c0c07398f")
    assert fault.value.code == "id.uuid"


@pytest.mark.parametrize(("name", "good"), [("djp", True), ("djp-2", True), ("DJP", False), ("-djp", False),
                                            ("djp.id", False), ("", False), ("a" * 41, False)])  # fmt: skip
def test_node_names(name, good):
    assert ids.is_node(name) is good


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("gerbang.djp.go.id:5500", "gerbang.djp.go.id"),
        ("DJP:1", "djp"),
        ("10.1.2.3:65535", "10.1.2.3"),
        ("[2001:db8::1]:5500", "2001:db8::1"),
        ("localhost:5500", "localhost"),
    ],
)
def test_an_address_of_a_node_names_its_host(address, host):
    assert ids.host_of(address) == host


@pytest.mark.parametrize(
    "address",
    ["gerbang.djp.go.id", "gerbang:0", "gerbang:65536", "gerbang:5500x", "gerbang:", ":5500", "",
     "ger bang:5500", "http://gerbang:5500", "ger/bang:5500",
     "10.1.2:5500", "10.1.2.300:5500", "0.0.0.0:5500", "[::]:5500",
     "2001:db8::1:5500", "[10.1.2.3]:5500", "gerbang..id:5500", "-djp:5500", "a" * 254 + ":5500",
     "gerbang:5500\n", "gerbang:٥", "[fe80::1%eth0]:5500", "[fe80::1%1]:1\nAllowedIPs=10.0.0.1\n#]:5500"],
)  # fmt: skip
def test_what_nobody_can_dial_is_no_address(address):
    with pytest.raises(Fault) as fault:
        ids.host_of(address)
    assert fault.value.code == "nodes.address"


@pytest.mark.parametrize(
    ("address", "here"),
    [("127.0.0.1:1", True), ("127.9.9.9:1", True), ("[::1]:1", True), ("djp.localhost:1", True),
     ("LOCALHOST:1", True), ("10.0.0.1:1", False), ("localhost.go.id:1", False),
     ("[2001:db8::1]:1", False)],
)  # fmt: skip
def test_loopback_is_told_from_the_rest(address, here):
    assert ids.is_loopback(ids.host_of(address)) is here
