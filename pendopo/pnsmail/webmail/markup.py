"""HTML that a parser can be given. Plain functions.

A parser of HTML5 takes the square of the depth: a message of 300 kB took 17 seconds of one core. What is
deeper, or has more tags, than anything written for people is shown as its bare words.
"""

import html
import re
from collections import Counter

MOST_TAGS = 15_000
DEEPEST = 500

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
# No depth of their own: they hold nothing, or end where the next one begins.
_FLAT = frozenset(
    (
        *("area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta"),
        *("option", "p", "param", "source", "td", "th", "tr", "track", "wbr"),
    )
)


def tame(page: str) -> str:
    """The page itself, or its words alone where parsing it would take too long."""
    tags, depth, opened = 0, 0, Counter()
    for tag in _TAG.finditer(page):
        name = tag[2].lower()
        tags += 1
        if name in _FLAT:
            continue
        if not tag[1]:
            opened[name] += 1
            depth += 1
        elif opened[name]:
            opened[name] -= 1
            depth -= 1
        if depth > DEEPEST:
            return bare(page)
    return bare(page) if tags > MOST_TAGS else page


def bare(page: str) -> str:
    """The page without anything that looks like a tag, as text that may stand in HTML."""
    return html.escape(html.unescape(re.sub(r"<[^<>]*>", " ", page)))
