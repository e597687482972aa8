"""TLS towards a database: the `tls` key of a source's settings."""

import ssl

from pendopo.core.errors import Fault


def context(tls: str | bool | None) -> ssl.SSLContext | None:
    """None without TLS. "require" encrypts only; "verify" checks the certificate and the host's name against
    the system's authorities; any other text is the path of a PEM file with the authority to check against.

    `Fault source.tls` for a file that cannot be read or holds no certificate.
    """
    if not tls:
        return None
    if tls in (True, "require"):
        made = ssl.create_default_context()
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
        return made
    try:
        return ssl.create_default_context(cafile=None if tls == "verify" else tls)
    except (OSError, ValueError):
        raise Fault("source.tls") from None
