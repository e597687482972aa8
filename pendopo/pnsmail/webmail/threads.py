"""Which messages belong together. Plain functions.

As RFC 5256's REFERENCES, without its trees: messages that name each other are one conversation, and so is an
answer that names nothing with the newest message of its subject. A conversation stands where its newest
message stands.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

# "Re:" and its like in the languages of our mail programs; "Re[2]:"; "Bls:" is Indonesian.
_ANSWER = re.compile(r"\s*((re|fw|fwd|bls|balas|aw|sv|tr|rv)(\[\d+\])?\s*:|\[fwd?:)\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Known:
    """What of a message says where it belongs. `key` is the caller's."""

    key: object
    message_id: str
    references: tuple[str, ...]
    subject: str
    at: datetime


def base_subject(subject: str) -> tuple[str, bool]:
    """The subject without the signs of an answer, and whether it had any."""
    text, had = subject, False
    while found := _ANSWER.match(text):
        text, had = text[found.end() :], True
    return " ".join(text.split()), had


def group(messages: Iterable[Known]) -> list[list[Known]]:
    """Conversations, the one with the newest message first; each from its oldest message to its newest."""
    found = sorted(messages, key=lambda one: (one.at, str(one.key)))
    tied = _Ties()
    for one in found:
        own = one.message_id or object()
        tied.add(own, one)
        for other in one.references:
            tied.join(own, other)
    by_subject: dict[str, object] = {}
    for one in found:
        subject, answers = base_subject(one.subject)
        subject = subject.lower()
        if answers and subject and not one.references and subject in by_subject:
            tied.join(by_subject[subject], tied.of[id(one)])
        by_subject[subject] = tied.of[id(one)]
    together: dict[object, list[Known]] = {}
    for one in found:
        together.setdefault(tied.root(tied.of[id(one)]), []).append(one)
    return sorted(together.values(), key=lambda some: (some[-1].at, str(some[-1].key)), reverse=True)


class _Ties:
    """Disjoint sets of message ids; an id that no message has still holds its answers together."""

    def __init__(self) -> None:
        self.above: dict[object, object] = {}
        self.of: dict[int, object] = {}

    def add(self, own: object, one: Known) -> None:
        self.above.setdefault(own, own)
        self.of[id(one)] = own

    def root(self, own: object) -> object:
        above = self.above.setdefault(own, own)
        while above != self.above.setdefault(above, above):
            self.above[own] = above = self.above[above]
        return above

    def join(self, one: object, other: object) -> None:
        self.above[self.root(one)] = self.root(other)
