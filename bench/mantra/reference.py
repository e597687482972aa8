"""The nginx chain that exchanges are compared with."""

import contextlib
import shutil
import subprocess
import time
from pathlib import Path

from pendopo.ground.nodes import x509
from tests.conftest import free_port
from tests.fleet.world import World


@contextlib.contextmanager
def nginx(folder: Path, world: World, body: bytes):
    """The chain running over certificates of the world's own authority; gives its URL for `body`."""
    folder.mkdir()
    (folder / "www").mkdir()
    (folder / "www" / "row.json").write_bytes(body)
    home = world.nodes[world.registry_node].home
    shutil.copy(home.tls_chain, folder / "tls.pem")
    shutil.copy(home.tls_key, folder / "tls.key")
    (folder / "root.pem").write_text(world.root_pem)
    ports = {name: str(free_port()) for name in ("APP", "PEER", "ORIGIN")}
    text = Path(__file__).with_name("nginx.conf").read_text()
    for name, value in (ports | {"FOLDER": str(folder), "NAME": x509.host_name(home.node)}).items():
        text = text.replace(name, value)
    # Workers of a root's nginx run as another user, who must reach the file.
    for path in (folder, *folder.parents[:1]):
        path.chmod(0o755)
    (folder / "nginx.conf").write_text("daemon off;\n" + text)
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    process = subprocess.Popen([program, "-p", str(folder), "-c", str(folder / "nginx.conf")])
    url = f"http://127.0.0.1:{ports['APP']}/row.json"
    try:
        for _ in range(200):
            got = subprocess.run(["curl", "-sf", url], capture_output=True)
            if got.stdout == body:
                break
            time.sleep(0.05)
        else:
            raise RuntimeError((folder / "error.log").read_text()[-2000:])
        yield url
    finally:
        process.terminate()
        process.wait(10)
