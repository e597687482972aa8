"""The lookups file: what is put is found, a change is whole or nothing, others can read and write."""

import contextlib
import dataclasses
import os
import sqlite3
import stat
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pendopo.core.errors import Fault
from pendopo.mailer.lookups import Alias, AppPassword, Contents, Lookups, Mailbox, hashed, shut_out

ANI, BUDI = "ani.wati@pns.test", "budi@pns.test"


@pytest.fixture
def lookups(tmp_path):
    return Lookups(tmp_path / "lookups" / "lookups.sqlite")


def test_each_change_is_found_and_taken_back(lookups):
    lookups.put_domain("pns.test")
    lookups.put_mailbox(Mailbox(ANI))
    lookups.put_mailbox(Mailbox(ANI, quota_mb=1024, overquota="552 5.2.2 penuh", held=True))
    lookups.put_mailbox(Mailbox(BUDI, active=False))
    lookups.put_alias("kepala@pns.test", [ANI, BUDI])
    lookups.put_alias("kepala@pns.test", [ANI])
    lookups.put_app_password(AppPassword("1", ANI, hashed("rahasia")))
    lookups.put_app_password(AppPassword("2", ANI, hashed("lain")))
    assert lookups.contents() == Contents(
        frozenset({"pns.test"}),
        frozenset({Mailbox(ANI, 1024, True, "552 5.2.2 penuh", True), Mailbox(BUDI, active=False)}),
        frozenset({Alias("kepala@pns.test", ANI)}),
        frozenset({AppPassword("1", ANI, hashed("rahasia")), AppPassword("2", ANI, hashed("lain"))}),
    )
    lookups.remove_app_password("1")
    assert {one.id for one in lookups.contents().app_passwords} == {"2"}
    lookups.put_alias("kepala@pns.test", [])
    assert not lookups.contents().aliases


local = st.from_regex(r"[a-z]{1,6}(\.[a-z]{1,6})?@pns\.test", fullmatch=True)
hexes = st.binary(min_size=4, max_size=4).map(bytes.hex)
everything = st.builds(
    Contents,
    st.frozensets(st.sampled_from(["pns.test", "kota.test"])),
    st.lists(
        st.builds(
            Mailbox, local, st.integers(1, 4096), st.booleans(), st.none() | st.just("552 a"), st.booleans()
        ),
        unique_by=lambda one: one.address,
    ).map(frozenset),
    st.frozensets(st.builds(Alias, local, local)),
    st.lists(st.builds(AppPassword, hexes, local, hexes), unique_by=lambda one: one.id).map(frozenset),
)


@settings(max_examples=25)
@given(everything, everything)
def test_what_replaces_everything_is_everything(tmp_path_factory, first, second):
    lookups = Lookups(tmp_path_factory.mktemp("lookups") / "lookups.sqlite")
    for contents in (first, second):
        lookups.replace(lambda given=contents: given)
        assert lookups.contents() == contents


def test_a_replacement_that_fails_changes_nothing(lookups):
    before = Contents(frozenset({"pns.test"}), frozenset({Mailbox(ANI)}))
    lookups.replace(lambda: before)
    with pytest.raises(sqlite3.IntegrityError):
        lookups.replace(lambda: Contents(frozenset({"kota.test"}), frozenset({Mailbox("Budi@pns.test")})))
    assert lookups.contents() == before
    lookups.replace(lambda: Contents(frozenset({"kota.test"}), frozenset({Mailbox(BUDI)})))
    assert lookups.contents().mailboxes == {Mailbox(BUDI)}


def test_who_may_enter_the_folder_may_read_and_write_all_in_it(lookups):
    """A server that runs as another user makes `-shm` anew when it is the first to come."""
    before = os.umask(0o077)
    try:
        lookups.put_domain("pns.test")
    finally:
        os.umask(before)
    assert stat.S_IMODE(lookups.path.parent.stat().st_mode) == 0o700
    reader = sqlite3.connect(lookups.path)
    assert reader.execute("select name from domain").fetchall() == [("pns.test",)]
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in lookups.path.parent.iterdir()}
    assert modes == {f"lookups.sqlite{end}": 0o666 for end in ("", "-shm", "-wal")}
    reader.close()


def test_a_reader_without_patience_never_meets_a_writer(lookups):
    """Postfix does not wait: in the middle of a change it reads what was before."""
    lookups.put_domain("pns.test")
    with sqlite3.connect(lookups.path, timeout=0) as reader, lookups.changing() as writer:
        writer.execute("delete from domain")
        assert reader.execute("select name from domain").fetchall() == [("pns.test",)]
    assert reader.execute("select name from domain").fetchall() == []
    reader.close()


def test_writers_at_once_wait_for_each_other(lookups):
    def write(start: int) -> None:
        for number in range(start, start + 20):
            lookups.put_mailbox(Mailbox(f"u{number}@pns.test"))

    threads = [threading.Thread(target=write, args=(start,)) for start in range(0, 80, 20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lookups.contents().mailboxes) == 80


def test_what_is_written_is_asked_for_when_nobody_else_can_write(lookups):
    """Else of two who look and then write, the one who looked first might write last."""
    lookups.put_mailbox(Mailbox(BUDI))
    asked = []

    def look(found):
        with (
            pytest.raises(sqlite3.OperationalError),
            contextlib.closing(sqlite3.connect(lookups.path, timeout=0, isolation_level=None)) as other,
        ):
            other.execute("begin immediate")
        asked.append(lookups.contents().mailboxes)  # who only reads need not wait
        return found

    lookups.put_mailboxes(look(Mailbox(one)) for one in (ANI,))
    lookups.put_app_passwords(look(AppPassword(one, ANI, one)) for one in ("1",))
    lookups.replace(lambda: look(Contents()))
    assert asked == [{Mailbox(BUDI)}, {Mailbox(BUDI), Mailbox(ANI)}, {Mailbox(BUDI), Mailbox(ANI)}]
    assert lookups.contents() == Contents()


def test_a_file_of_a_newer_version_is_left_alone(lookups):
    lookups.put_domain("pns.test")
    with sqlite3.connect(lookups.path) as other:
        other.execute("pragma user_version = 99")
    other.close()
    with pytest.raises(Fault) as refused:
        lookups.put_domain("kota.test")
    assert refused.value.code == "mail.lookups_newer"
    with sqlite3.connect(lookups.path) as other:
        assert other.execute("select name from domain").fetchall() == [("pns.test",)]
    other.close()


@pytest.mark.parametrize(
    ("change", "out"),
    [
        (lambda box, passwords: (box, passwords[:1]), True),
        (lambda box, passwords: (dataclasses.replace(box, held=True), passwords), True),
        (lambda box, passwords: (dataclasses.replace(box, active=False), passwords), True),
        (lambda box, passwords: (dataclasses.replace(box, quota_mb=1024), passwords), False),
        (lambda box, passwords: (box, [*passwords, AppPassword("3", ANI, hashed("baru"))]), False),
    ],
    ids=["ended", "held", "closed", "larger", "one more"],
)
def test_who_signed_in_and_may_no_more_is_named_and_nobody_else(change, out):
    box, passwords = Mailbox(ANI), [AppPassword("1", ANI, hashed("a")), AppPassword("2", ANI, hashed("b"))]
    beside = Mailbox(BUDI), AppPassword("9", BUDI, hashed("c"))

    def contents(box, passwords):
        return Contents(
            mailboxes=frozenset({box, beside[0]}), app_passwords=frozenset({*passwords, beside[1]})
        )

    changed = contents(*change(box, passwords))
    assert shut_out(contents(box, passwords), changed) == ({ANI} if out else set())


def test_who_holds_the_file_keeps_its_wal_there(tmp_path):
    """Without, the last to close it takes the WAL away, and others find the file locked meanwhile."""
    loose, held = (Lookups(tmp_path / f"{name}.sqlite") for name in ("loose", "held"))
    held.hold()
    for one in (loose, held):
        one.put_domain("pns.test")
    assert [one.path.with_name(f"{one.path.name}-wal").exists() for one in (loose, held)] == [False, True]
