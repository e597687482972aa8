"""The likely cause of what is wrong, told once, whatever fails together."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pendopo.pnsbox.health.rules import CALM, PATIENCE, Line, Office, findings, step

NUSA, SAT = Line("utama", "Nusanet", "Rambu 0812", up=True), Line("cadangan", "Satelit", "Dus 0811", up=True)

TWIN = replace(SAT, isp="Nusanet")


def down(line):
    return replace(line, up=False)


def office(site="a", health="sound", lines=(NUSA,), *, near=("z",), hear_it=1, hears=1, **more):
    return Office(site, f"Kantor {site}", health, tuple(lines), frozenset(near), hear_it, hears, **more)


def causes(*offices):
    return sorted((one.kind, one.cause, one.site) for one in findings(offices).values())


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        # All is well; one step away each of what is not.
        (office(), None),
        (office(lines=[NUSA, SAT]), None),
        # Not heard: its neighbours reach it, so power and lines are there.
        (office(health="silent", hear_it=1), ("silent", "box", "utama")),
        # Nobody reaches it: its only line, or two lines of one provider.
        (office(health="silent", hear_it=0), ("silent", "line", "utama")),
        (office(health="silent", lines=[NUSA, TWIN], hear_it=0), ("silent", "line", "utama")),
        # Two providers in one moment: the power. One of them had failed before: the line that was left.
        (office(health="silent", lines=[NUSA, SAT], hear_it=0), ("silent", "power", "utama")),
        (office(health="silent", lines=[down(NUSA), SAT], hear_it=0), ("silent", "line", "cadangan")),
        # It never said anything.
        (office(health="silent", hear_it=0, ever=False), ("never", "box", "utama")),
        # Heard over one line, the other answers nobody.
        (office(lines=[NUSA, down(SAT)]), ("line", "line", "cadangan")),
        (office(lines=[down(NUSA), SAT]), ("line", "line", "utama")),
        # Heard by the controller, by no neighbour.
        (office(lines=[down(NUSA)], hears=0, hear_it=0), ("alone", "line", "utama")),
        (office(lines=[down(NUSA)], near=(), hears=0, hear_it=0), None),  # they are all away themselves
        # Changes.
        (office(health="undone", why="box.cut_off"), ("undone", "configuration", "utama")),
        (office(health="behind"), ("behind", "configuration", "utama")),
        # All but its names.
        (office(names="box.port_taken"), ("names", "box", "utama")),
    ],
)  # fmt: skip
def test_the_likely_cause(seen, told):
    found = list(findings([seen, office("z", near=("a", "b", "c"))]).values())
    assert [(one.kind, one.cause, one.line) for one in found] == ([told] if told else [])
    nobody = ("configuration", "box") if seen.names else ("configuration",)  # no provider can help
    assert all(one.phone for one in found if one.cause not in nobody), "somebody to call"


def branches(number, health="sound", lines=(NUSA,), **more):
    return [office(f"s{at}", health, lines, near=("pusat",), **more) for at in range(number)]


def centre(number, health="sound", lines=(NUSA,), **more):
    return office("pusat", health, lines, near=[f"s{at}" for at in range(number)], hears=number, **more)


def test_a_data_centre_that_is_down_is_one_trouble_and_not_five_hundred():
    gone = [replace(one, near=frozenset(), hears=0, lines=(down(NUSA),)) for one in branches(500)]
    assert causes(centre(500, "silent", hear_it=0), *gone) == [("silent", "line", "pusat")]
    # One step away: an office that still has another neighbour, and does not reach it.
    alone = replace(gone[0], near=frozenset({"s7"}))
    assert causes(centre(500, "silent", hear_it=0), alone, *gone[1:]) == [
        ("alone", "line", "s0"), ("silent", "line", "pusat"),
    ]  # fmt: skip


def test_a_line_of_a_data_centre_is_one_trouble_too():
    both = (NUSA, SAT)
    cut = [replace(one, lines=(NUSA, down(SAT))) for one in branches(500, lines=both)]
    assert causes(centre(500, lines=(NUSA, down(SAT))), *cut) == [("line", "line", "pusat")]
    # One office's own line: the centre's answers others.
    assert causes(centre(500, lines=both), cut[0], *branches(500, lines=both)[1:]) == [("line", "line", "s0")]


def test_most_boxes_silent_at_once_is_the_controllers_own_line():
    silent = branches(6, "silent", hear_it=0)
    assert causes(*silent, *branches(10)[6:9]) == [("all", "controller", "")]
    mixed = [
        replace(one, lines=(Line("utama", f"P{at}", "x", up=True),)) for at, one in enumerate(branches(12))
    ]
    quiet = [replace(one, health="silent", hear_it=0) for one in mixed[:4]]
    assert len(causes(*quiet, *mixed[4:])) == 4, "a third of them, each on its own"


def test_a_provider_that_fails_is_told_once_with_whom_to_call():
    other = Line("utama", "Telkom", "Ina 0813", up=True)
    sound = [replace(one, lines=(other,)) for one in branches(30)[10:]]
    found = findings([*branches(4, "silent", hear_it=0), *branches(6)[4:], *sound])
    assert [(one.kind, one.name, one.phone, one.many, one.of) for one in found.values()] == [
        ("provider", "Nusanet", "Rambu 0812", 4, 6)
    ]
    two = findings([*branches(2, "silent", hear_it=0), *branches(6)[2:], *sound])
    assert {one.kind for one in two.values()} == {"silent"}, "two may be two"


NOW = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)


def follow(kind, seen):
    """The steps of something looked at every 15 s; `seen` has a sign for each look."""
    since, told, calm, steps, now = NOW, None, None, [], NOW
    for sign in seen:
        made = step(kind, since, told, calm, now, there=sign == "x")
        steps.append(made)
        if made in ("drop", "end"):
            break
        told = now if made == "begin" else told
        calm = None if sign == "x" else calm or now
        now += timedelta(seconds=15)
    return steps


def test_what_lasts_is_told_once_and_ends_once_it_is_calm():
    steps = follow("silent", "x" * 10 + "." * 12)
    assert steps.count("begin") == 1 and steps[steps.index("begin") - 1] == "wait"
    assert steps.index("begin") == PATIENCE["silent"] / timedelta(seconds=15)
    assert steps[-1] == "end" and steps.count("calm") == CALM / timedelta(seconds=15)


def test_what_comes_and_goes_is_told_once():
    steps = follow("line", ("x" * 6 + "." * 6) * 20 + "." * 10)
    assert steps.count("begin") == 1 and steps.count("end") == 1 and steps[-1] == "end"


def test_what_is_short_is_never_told():
    assert follow("silent", "xxx.") == ["wait", "wait", "wait", "drop"]
    assert follow("undone", "x")[0] == "begin", "nothing to wait for"
