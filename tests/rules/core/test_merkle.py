"""The tree against the vectors of the certificate-transparency reference code, and a plain second writing."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pendopo.core import merkle

# The eight entries of google/certificate-transparency's merkletree tests, and the head after each.
ENTRIES = [bytes.fromhex(text) for text in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
HEADS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
# (leaf counted from 1, tree size, path)
PATHS = [
    (1, 1, []),
    (1, 8, ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"]),
    (6, 8, ["bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"]),
    (3, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (2, 5, ["6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"]),
]  # fmt: skip
# (old size, new size, proof)
PROOFS = [
    (1, 1, []),
    (1, 8, ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"]),
    (6, 8, ["0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"]),
    (2, 5, ["5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"]),
]  # fmt: skip
LEAVES = [merkle.leaf(entry) for entry in ENTRIES]


def hexes(hashes):
    return [each.hex() for each in hashes]


def test_the_known_heads():
    assert merkle.root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert [merkle.root(LEAVES[: n + 1]).hex() for n in range(8)] == HEADS


@pytest.mark.parametrize(("leaf", "size", "path"), PATHS)
def test_the_known_inclusion_proofs(leaf, size, path):
    assert hexes(merkle.inclusion(LEAVES[:size], leaf - 1)) == path
    head = bytes.fromhex(HEADS[size - 1])
    assert merkle.check_inclusion(
        LEAVES[leaf - 1], leaf - 1, size, merkle.inclusion(LEAVES[:size], leaf - 1), head
    )


@pytest.mark.parametrize(("old", "new", "proof"), PROOFS)
def test_the_known_consistency_proofs(old, new, proof):
    assert hexes(merkle.consistency(LEAVES[:new], old)) == proof
    heads = bytes.fromhex(HEADS[old - 1]), bytes.fromhex(HEADS[new - 1])
    assert merkle.check_consistency(old, new, *heads, merkle.consistency(LEAVES[:new], old))


# The second writing: section 2.1 of the RFC word for word.


def k(n):
    power = 1
    while power * 2 < n:
        power *= 2
    return power


def plain_head(d):
    if not d:
        return sha256(b"").digest()
    if len(d) == 1:
        return sha256(b"\x00" + d[0]).digest()
    return sha256(b"\x01" + plain_head(d[: k(len(d))]) + plain_head(d[k(len(d)) :])).digest()


def plain_path(m, d):
    if len(d) == 1:
        return []
    s = k(len(d))
    return (
        [*plain_path(m, d[:s]), plain_head(d[s:])]
        if m < s
        else [*plain_path(m - s, d[s:]), plain_head(d[:s])]
    )


def plain_proof(m, d):
    return plain_subproof(m, d, True)


def plain_subproof(m, d, whole):
    if m == len(d):
        return [] if whole else [plain_head(d)]
    s = k(len(d))
    if m <= s:
        return [*plain_subproof(m, d[:s], whole), plain_head(d[s:])]
    return [*plain_subproof(m - s, d[s:], False), plain_head(d[:s])]


def plain_fold(index, size, leaf, path):
    """The root a proof leads to, by recursion from the top."""
    if size == 1:
        return leaf if not path else None
    if not path:
        return None
    s = k(size)
    if index < s:
        inner = plain_fold(index, s, leaf, path[:-1])
        return inner and sha256(b"\x01" + inner + path[-1]).digest()
    inner = plain_fold(index - s, size - s, leaf, path[:-1])
    return inner and sha256(b"\x01" + path[-1] + inner).digest()


entries = st.lists(st.binary(max_size=5), min_size=1, max_size=70)


@given(entries, st.data())
def test_both_writings_agree(d, data):
    leaves = [merkle.leaf(entry) for entry in d]
    index = data.draw(st.integers(0, len(d) - 1))
    old = data.draw(st.integers(1, len(d)))
    head = plain_head(d)
    assert merkle.root(leaves) == head
    path = merkle.inclusion(leaves, index)
    assert path == plain_path(index, d)
    assert merkle.check_inclusion(leaves[index], index, len(d), path, head)
    proof = merkle.consistency(leaves, old)
    assert proof == plain_proof(old, d)
    assert merkle.check_consistency(old, len(d), plain_head(d[:old]), head, proof)


@given(entries, st.data())
def test_a_proof_fits_one_leaf_at_one_place_only(d, data):
    leaves = [merkle.leaf(entry) for entry in d]
    index = data.draw(st.integers(0, len(d) - 1))
    path, head = merkle.inclusion(leaves, index), plain_head(d)
    assert not merkle.check_inclusion(merkle.leaf(b"other.."), index, len(d), path, head)
    assert not merkle.check_inclusion(leaves[index], index, len(d), [*path, head], head)
    assert not merkle.check_inclusion(leaves[index], index, len(d), path, merkle.leaf(b"other root"))
    if path:
        assert not merkle.check_inclusion(leaves[index], index, len(d), path[:-1], head)
        assert not merkle.check_inclusion(leaves[index], index, len(d), path[1:], head)
    for other, size in [(index + 1, len(d)), (index, len(d) + 1), (index, len(d) - 1), (index ^ 1, len(d))]:
        said = merkle.check_inclusion(leaves[index], other, size, path, head)
        assert said == (0 <= other < size and plain_fold(other, size, leaves[index], path) == head)
    assert not merkle.check_inclusion(leaves[index], -1, len(d), path, head)


@given(entries, st.data())
def test_a_log_that_changed_its_past_is_found(d, data):
    leaves = [merkle.leaf(entry) for entry in d]
    old = data.draw(st.integers(1, len(d)))
    changed = data.draw(st.integers(0, old - 1))
    before = plain_head([*d[:changed], b"another", *d[changed + 1 : old]])
    assert not merkle.check_consistency(old, len(d), before, plain_head(d), merkle.consistency(leaves, old))
    proof = merkle.consistency(leaves, old)
    assert not merkle.check_consistency(old, len(d), plain_head(d[:old]), plain_head(d), [*proof, before])
    if proof:
        assert not merkle.check_consistency(old, len(d), plain_head(d[:old]), plain_head(d), proof[:-1])


def test_the_empty_tree_comes_before_every_other():
    head = merkle.root(LEAVES)
    assert merkle.check_consistency(0, 8, merkle.EMPTY, head, [])
    assert not merkle.check_consistency(0, 8, head, head, [])
    assert not merkle.check_consistency(0, 0, merkle.EMPTY, head, [])
    assert not merkle.check_consistency(8, 3, head, head, [])
    assert merkle.consistency(LEAVES, 0) == []
    for call in (merkle.inclusion, merkle.consistency):
        with pytest.raises(IndexError):
            call(LEAVES, 9)


@given(st.lists(st.binary(max_size=3), max_size=40), st.integers(0, 40))
def test_a_tree_goes_on_from_its_state(d, cut):
    tree = merkle.Tree()
    for entry in d[:cut]:
        tree.append(merkle.leaf(entry))
    tree = merkle.Tree.of(*tree.state())
    for entry in d[cut:]:
        tree.append(merkle.leaf(entry))
    assert (tree.size, tree.root()) == (len(d), plain_head(d))


def test_the_state_grows_with_the_logarithm_and_is_checked():
    tree = merkle.Tree()
    for _ in range(1023):
        tree.append(LEAVES[0])
    assert len(tree.state()[1]) == 10
    with pytest.raises(ValueError, match="size"):
        merkle.Tree.of(1024, tree.state()[1])
