"""From a built file's plain name to its address."""

import json
from functools import cache
from pathlib import Path

BUILD = Path(__file__).parents[1] / "static" / "build"


@cache
def names() -> dict[str, str]:
    """Plain name → name with the content's hash. RuntimeError when nothing was built yet."""
    try:
        return json.loads((BUILD / "manifest.json").read_text())
    except FileNotFoundError:
        raise RuntimeError("assets are not built: run `python -m pendopo.portal.assets.build`") from None


def url(name: str) -> str:
    """The address of the built file `name`. KeyError for one the build does not make."""
    return f"/static/{names()[name]}"
