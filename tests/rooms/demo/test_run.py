"""Starting the demo where it must not start: nothing of anybody's is touched."""

import fcntl

from pendopo.portal import demo


def test_a_directory_that_holds_something_else_is_left_alone(tmp_path, capsys):
    """A real node's home may be called dukcapil too; an unfinished nation is cleared away at a start."""
    kept = tmp_path / "dukcapil" / "pendopo.toml"
    kept.parent.mkdir()
    kept.write_text("a real node")
    assert demo.run(tmp_path) == 1
    assert kept.read_text() == "a real node"
    assert "direktori kosong" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["dukcapil"]


def test_leftovers_of_an_unfinished_nation_are_cleared_and_nothing_else(tmp_path):
    for name in ("dukcapil", ".djp-x1", ".sources.part", "catatan saya"):
        (tmp_path / name).mkdir()
    demo._clear(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["catatan saya"]


def test_a_nation_that_runs_is_not_started_again(tmp_path, capsys):
    with (tmp_path / demo.LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert demo.run(tmp_path) == 1
    assert "sudah berjalan" in capsys.readouterr().err
