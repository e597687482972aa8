"""Every forgery is refused at its own link; the forger's tools alone make sound evidence."""

import ast
import re
from pathlib import Path

import pytest

from pendopo.core import chain, envelope, errors, evidence, signing, witness
from pendopo.core.errors import Broken
from pendopo.core.keys import SigningKey
from pendopo.core.report import Report
from tests import worlds
from tests.rules.core.forged import (
    FORGERIES,
    SEEN,
    agreement,
    case,
    exchange,
    journal,
    ledger,
    pack,
    reseal,
    rewrite,
    true,
)
from tests.worlds import DJP, World, agency_key

MODULES = (agreement, exchange, ledger)  # importing them fills FORGERIES


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_is_refused_at_its_own_link(name):
    forge, link = FORGERIES[name]
    outcome = forge()
    assert isinstance(outcome, Broken), f"{name} passed"
    assert outcome.link == link, outcome
    for lang in errors.LANGUAGES:
        told = outcome.text(lang)
        assert told and "…" not in told and "{" not in told, told


def test_the_forgers_tools_make_sound_evidence_when_nothing_is_forged():
    assert isinstance(pack(true()), Report)
    assert isinstance(ledger.witnessed(ledger.by("dukcapil"), ledger.by("kominfo")), Report)
    made, book, seq = journal()
    rewrite(book, seq)
    assert isinstance(made.verify(half=worlds.attested(book, seq, SEEN, "dukcapil", "kominfo")), Report)
    made = case()
    assert reseal(made.agreement) == made.agreement
    assert isinstance(case(world=World()).verify(), Report)
    nation = agreement.own_nation()
    own_root = SigningKey.from_seed("registry:ID", "root", b"forged root" + bytes(21))
    assert isinstance(evidence.verify(case(world=nation).file(), nation.anchor(own_root)), Report)


def links():
    """The codes that the three modules of the chain can raise."""
    return {
        node.value
        for module in (evidence, chain, witness)
        for node in ast.walk(ast.parse(Path(module.__file__).read_text()))
        if isinstance(node, ast.Constant) and str(node.value).startswith("evidence.")
    }


def test_every_link_has_a_forgery_that_breaks_it():
    assert {link for _, link in FORGERIES.values()} == links()
    assert len(FORGERIES) >= 25


def test_every_link_is_on_the_page():
    page = (Path(__file__).parents[3] / "docs" / "evidence.md").read_text()
    assert set(re.findall(r"`(evidence\.[a-z_]+)`", page)) == links()


def test_what_is_signed_for_one_purpose_is_nothing_for_another():
    """An exchange key's signature over a base is none over an envelope, nor the other way round."""
    signer = agency_key(DJP, "exchange")
    base = signing.request_base(true().req)
    assert signing.verify(signer.pub, base, signer.sign(base))
    sealed = envelope.open(envelope.seal("agreement/1", base, [signer]))
    assert not signing.verify(signer.pub, base, sealed.sigs[0].sig)
