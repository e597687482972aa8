"""The DNS records by which a domain sends and receives its mail here, and how those found differ.

Nothing here asks the DNS: answers are given. Plain functions.
"""

import re
from base64 import b64encode
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

SIGNS = timedelta(days=180)  # then the next key is made
# A signature is checked when mail arrives, which may be five days later (RFC 5321, section 4.5.4.1), and by
# some programs when it is read.
KEPT = timedelta(days=14)
STRING = 255  # octets of one string in a TXT record (RFC 1035, section 3.3.14)

Found = Literal["right", "missing", "differs", "several"]


@dataclass(frozen=True, slots=True)
class Record:
    """A record to publish: `name` without its final full stop, `value` as the DNS holds it (a TXT whole)."""

    kind: Literal["MX", "TXT", "CNAME", "SRV"]
    name: str
    value: str

    def line(self) -> str:
        """As it is pasted into a zone file; a long TXT as strings of 255 octets that read as one."""
        value = self.value
        if self.kind == "TXT":
            pieces = [value[at : at + STRING] for at in range(0, len(value), STRING)]
            value = " ".join(f'"{piece}"' for piece in pieces)
        return f"{self.name}. IN {self.kind} {value}"


def selector(day: date) -> str:
    """The name of a signing key made on `day`: by its month (RFC 6376, section 3.1)."""
    return f"p{day:%Y%m}"


@dataclass(frozen=True, slots=True)
class Keys:
    """The signing keys of a domain, by selector: the one that `signs` since a moment, the `next` one, whose
    record is to be published first, and `old` ones, whose signatures are still about for a while."""

    signs: str
    since: datetime
    next: str | None
    old: tuple[str, ...]

    @property
    def kept_until(self) -> datetime:
        """How long the records of the old ones stay published."""
        return self.since + KEPT


def keys(selectors: Collection[str], signs: str, since: datetime) -> Keys:
    """The keys that are there, of which `signs` has signed `since` then. Their names sort by age."""
    return Keys(
        signs,
        since,
        max((one for one in selectors if one > signs), default=None),
        tuple(sorted(one for one in selectors if one < signs)),
    )


def due(keys: Keys, now: datetime) -> str | None:
    """The name of the next key, where it is time to make it: half a year after the last one began to sign."""
    name = selector(now.date())
    return name if keys.next is None and now - keys.since >= SIGNS and name > keys.signs else None


def spare(keys: Keys, now: datetime) -> tuple[str, ...]:
    """The keys whose records may go: nobody checks their signatures any more."""
    return keys.old if now >= keys.kept_until else ()


def wanted(
    domain: str, server: str, keys: Sequence[tuple[str, bytes]], reports: str, changed: datetime
) -> list[Record]:
    """What `domain` publishes when the machine `server` holds its mail.

    `keys`: selector and RSA public key (SubjectPublicKeyInfo, DER), the old one too while its signatures are
    about. `reports`: the address for reports of other servers. `changed`: when the TLS policy last did.
    """
    return [
        Record("MX", domain, f"10 {server}."),
        Record("TXT", domain, "v=spf1 mx -all"),  # RFC 7208
        *(signing(domain, name, key) for name, key in keys),
        Record("TXT", f"_dmarc.{domain}", f"v=DMARC1; p=quarantine; rua=mailto:{reports}"),  # RFC 7489
        Record("TXT", f"_mta-sts.{domain}", f"v=STSv1; id={changed:%Y%m%d%H%M%S}"),  # RFC 8461, 3.1
        Record("TXT", f"_smtp._tls.{domain}", f"v=TLSRPTv1; rua=mailto:{reports}"),  # RFC 8460
        Record("CNAME", f"mta-sts.{domain}", f"{server}."),
        Record("CNAME", f"autoconfig.{domain}", f"{server}."),
        # RFC 6186 and RFC 8314, section 5.1: where programs look by themselves.
        Record("SRV", f"_submissions._tcp.{domain}", f"0 1 465 {server}."),
        Record("SRV", f"_imaps._tcp.{domain}", f"0 1 993 {server}."),
        Record("SRV", f"_pop3s._tcp.{domain}", f"10 1 995 {server}."),
    ]


def signing(domain: str, selector: str, key: bytes) -> Record:
    """The record of one signing key (RFC 6376, section 3.6.1)."""
    value = f"v=DKIM1; k=rsa; p={b64encode(key).decode()}"
    return Record("TXT", f"{selector}._domainkey.{domain}", value)


def tls_policy(server: str, *, enforced: bool, days: int = 7) -> str:
    """The text at https://mta-sts.DOMAIN/.well-known/mta-sts.txt (RFC 8461, section 3.2)."""
    mode = "enforce" if enforced else "testing"
    return f"version: STSv1\r\nmode: {mode}\r\nmx: {server}\r\nmax_age: {days * 86400}\r\n"


def compared(record: Record, answers: Sequence[str]) -> Found:
    """How what the DNS holds under the record's name and kind stands to it.

    `answers` are values as a resolver gives them, the strings of a TXT joined. Of TXT only those of the same
    kind count (`v=spf1` beside a verification of somebody else's); two of a kind are as bad as none, because
    receivers then heed neither (RFC 7208, section 4.5; RFC 7489, section 6.6.3).
    """
    alike = [_plain(one) for one in answers]
    if record.kind == "TXT":
        head = _plain(record.value).split(";")[0].split(" ")[0]
        alike = [one for one in alike if one == head or one.startswith((f"{head};", f"{head} "))]
    if not alike:
        return "missing"
    if record.kind in ("TXT", "CNAME") and len(alike) > 1:
        return "several"
    return "right" if all(one == _plain(record.value) for one in alike) else "differs"


def _plain(value: str) -> str:
    """Spaces count as one, around semicolons as none; names of machines in small letters, with a full stop.

    What stands after `p=` keeps its letters: a key is not a name.
    """
    value = re.sub(r"\s*;\s*", ";", re.sub(r"\s+", " ", value.strip())).rstrip(";")
    if value.startswith("v="):
        return value
    return value.lower() if value.endswith(".") else f"{value.lower()}."
