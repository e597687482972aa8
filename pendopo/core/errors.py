"""Faults with a stable code, and their texts in Indonesian and English.

A code is the contract: programs match it, people quote it, docs/errors.md explains it. The texts live in
`locale/id.json` and `locale/en.json`, one line a code, the same `{parameters}` in both.
`python -m pendopo.core.errors > docs/errors.md` writes the page again after a change.
"""

import json
from functools import cache
from importlib.resources import files

LANGUAGES = ("id", "en")


class Fault(Exception):
    """A refusal that a person or program can act on: a code and the facts its text names."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params

    def text(self, lang: str = "id") -> str:
        """The message in `lang` ("id" or "en"); other languages get English."""
        template = texts(lang if lang in LANGUAGES else "en").get(self.code)
        if template is None:
            return self.code
        facts = {key: v.text(lang) if isinstance(v, Fault) else v for key, v in self.params.items()}
        return template.format_map(_Params(facts))

    def __str__(self) -> str:
        return f"{self.code}: {self.text('en')}"


class Broken(Fault):
    """The link of a chain of evidence that does not hold, and why."""

    @property
    def link(self) -> str:
        """The stable code of the link, such as `evidence.request_signature`."""
        return self.code


class _Params(dict):
    """Facts of a fault; one that did not travel with it is shown as missing."""

    def __missing__(self, key: str) -> str:
        return "…"


@cache
def texts(lang: str) -> dict[str, str]:
    """Every code with its text in one language."""
    return json.loads(files(__package__).joinpath("locale", f"{lang}.json").read_bytes())


def document() -> str:
    """The page docs/errors.md: every code with both texts, grouped by the code's first word."""
    indonesian, english = texts("id"), texts("en")
    lines = [
        "# Error codes",
        "",
        "Each refusal carries one of these codes. A word in `{braces}` is filled in when it happens.",
        "Written by `python -m pendopo.core.errors > docs/errors.md` from `pendopo/core/locale/`.",
    ]
    group = ""
    for code in sorted(indonesian):
        if code.split(".")[0] != group:
            group = code.split(".")[0]
            lines += ["", f"## {group}", "", "| code | Bahasa Indonesia | English |", "|---|---|---|"]
        lines.append(f"| `{code}` | {_cell(indonesian[code])} | {_cell(english.get(code, ''))} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    print(document(), end="")
