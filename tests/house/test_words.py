"""The Indonesian texts say what docs/glossary.md says: simpul, gerbang, porta; never the English word."""

import json
import re
from collections import defaultdict
from pathlib import Path

import pytest

from pendopo.ground.nodes.cli import HELP
from pendopo.ops.texts import TEXTS
from pendopo.portal.assets import messages

LOCALE = Path(__file__).parents[2] / "pendopo" / "core" / "locale" / "id.json"
# Not in {placeholders}, settings (gateway.peer_port), options (--name), formats (node/1) or HOST:PORT.
ENGLISH = re.compile(r"(?<![\w{.:/-])(node|gateway|port)(nya)?(?![\w.:/}-]*[\w}])", re.IGNORECASE)


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("Simpul {node} menolak gateway.peer_port, node/1 dan HOST:PORT.", True),
        ("Node {node} menolak.", False),
        ("Jalankan gateway.", False),
        ("yaitu nodenya sendiri", False),
        ("Ketiga port harus berbeda.", False),
    ],
)
def test_the_check_itself_tells_them_apart(text, good):
    assert (ENGLISH.search(text) is None) is good


def test_no_indonesian_text_says_node_gateway_or_port():
    texts = json.loads(LOCALE.read_text())
    texts |= {key: both[0] for key, both in (TEXTS | HELP).items()}
    assert {key: text for key, text in texts.items() if ENGLISH.search(text)} == {}


def test_one_english_text_has_one_translation_in_all_apps():
    """Django asks all catalogues together: of two translations of one text only the first would show."""
    said = defaultdict(dict)
    for app in messages.APPS:
        for message in messages.catalogue(app):
            if message.id:
                said[message.context, message.id].setdefault(message.string, app)
    assert len(said) > 1000
    assert {text: by for text, by in said.items() if len(by) > 1} == {}
