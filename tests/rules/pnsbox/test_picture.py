"""The drawing of a network: readable with three sites and with five hundred."""

import re

import pytest

from pendopo.pnsbox.health.picture import FEW, Spot, Way, drawn, nodes

TOLD = "%(green)d/%(all)d"


def branches(number, agencies=20, tone="green"):
    return [
        Spot(f"s{at}", f"Kantor Camat nomor {at}", f"Dinas {at % agencies}", f"g{at % 4}", tone)
        for at in range(number)
    ]


def star(spots, tone="green"):
    hub = Spot("pusat", "Pusat data", "Kominfo", "", "green")
    return [hub, *spots], [Way("pusat", one.id, tone) for one in spots]


@pytest.mark.parametrize("slim", [False, True])
@pytest.mark.parametrize("number", [0, 1, 2, FEW, FEW + 1, 500])
def test_it_is_small_and_nothing_lies_outside_or_on_another(number, slim):
    spots, ways = star(branches(number))
    made = nodes(spots, ways, "Lainnya", TOLD)
    picture = drawn(made, ways, slim=slim)
    assert sum(len(node.spots) for node in picture.nodes) == number + 1
    assert len(picture.nodes) <= FEW + 1
    assert sum(len(path) for _tone, path in (*picture.marks, *picture.ways)) < 30_000
    places = [(node.x, node.y) for node in picture.nodes]
    assert len(set(places)) == len(places)
    assert all(0 < x < picture.width and 0 < y < picture.height for x, y in places)
    words = [(x, y) for node in picture.nodes for x, y, _text in node.words]
    assert all(0 < x < picture.width and 0 < y < picture.height for x, y in words)


def test_what_joins_many_stands_in_the_middle():
    spots, ways = star(branches(10))
    made = nodes(spots, ways, "Lainnya", TOLD)
    assert [node.name for node in made if node.hub] == ["Pusat data"]
    ring = [Way(f"s{at}", f"s{(at + 1) % 10}", "green") for at in range(10)]
    assert not any(node.hub for node in nodes(branches(10), ring, "Lainnya", TOLD)), (
        "nobody joins more than others"
    )


def test_many_sites_are_blocks_by_agency_or_of_one_agency_by_group():
    spots, ways = star(branches(100))
    assert {node.name for node in nodes(spots, ways, "x", TOLD) if node.block} == {
        f"Dinas {at}" for at in range(20)
    }
    spots, ways = star(branches(100, agencies=1))
    assert {node.name for node in nodes(spots, ways, "x", TOLD) if node.block} == {"g0", "g1", "g2", "g3"}
    spots, ways = star(branches(500, agencies=100))
    blocks = [node for node in nodes(spots, ways, "Lainnya", TOLD) if node.block]
    assert len(blocks) == FEW and blocks[-1].name == "Lainnya"


def test_trouble_is_told_apart_by_shape_and_drawn_last():
    spots, ways = star([*branches(3), Spot("x", "Wolowaru", "Ende", "", "red", "tidak terdengar")])
    ways[-1] = Way("pusat", "x", "red")
    picture = drawn(nodes(spots, ways, "x", TOLD), ways, slim=False)
    assert [tone for tone, _path in picture.ways] == ["green", "red"]
    shapes = {tone: set(re.findall("[a-z]", path)) for tone, path in picture.marks}
    assert shapes["green"] != shapes["red"]
    assert any(text == "tidak terdengar" for node in picture.nodes for _x, _y, text in node.words)


def test_a_long_name_takes_two_lines():
    spots = [Spot("a", "Badan Perencanaan Pembangunan, Penelitian dan Pengembangan Daerah", "A")]
    (node,) = drawn(nodes(spots, [], "x", TOLD), [], slim=False).nodes
    assert len(node.words) == 2 and all(len(text) <= 30 for _x, _y, text in node.words)
