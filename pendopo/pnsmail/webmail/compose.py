"""A new message, an answer or what is passed on, as bytes. Plain functions; clock and chance are passed in.

Nothing that was typed can become a header of its own: values are one line each, and the library that writes
them refuses line breaks again. The people of "Bcc" stand in no byte of it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address as HeaderAddress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from pendopo.core.errors import Fault
from pendopo.core.ids import uuid7

from .message import MESSAGE_ID, Address, File, Read
from .parts import TOKEN
from .threads import base_subject

MOST = 100  # people a message may go to
SUBJECT = 200  # characters
TEXT = 1024 * 1024
FILES = 20 * 1024 * 1024  # bytes of all attachments: base64 makes them a third longer
QUOTED = 200 * 1024  # characters of the message that is answered

# RFC 5321, section 4.1.2, as far as addresses of people go: dots between atoms, a host's name.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
ADDRESS = re.compile(rf"(?=[^@]{{1,64}}@)(?=.{{3,254}}\Z){_ATOM}(\.{_ATOM})*@{_LABEL}(\.{_LABEL})+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_BODY_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wrote. `answers` is the id of the message it answers, `references` those before it."""

    from_: Address
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    subject: str = ""
    text: str = ""
    files: tuple[File, ...] = ()
    answers: str = ""
    references: tuple[str, ...] = ()

    @property
    def recipients(self) -> tuple[str, ...]:
        """Each address it goes to, once."""
        return tuple(dict.fromkeys(one.address.lower() for one in (*self.to, *self.cc, *self.bcc)))


def people(text: str) -> tuple[Address, ...]:
    """The people typed into a field: `Nama <a@b.id>, c@d.id; e@f.id`. `Fault webmail.address` names the first
    that is none."""
    found = []
    for one in _split(text):
        inside = re.fullmatch(r"(?s)(.*)<([^<>]*)>", one)
        name, address = (inside[1], inside[2]) if inside else ("", one)
        address = address.strip()
        if not ADDRESS.fullmatch(address):
            raise Fault("webmail.address", address=_CONTROL.sub(" ", one)[:80])
        found.append(Address(_CONTROL.sub(" ", name).strip().strip('"').strip()[:100], address))
    return tuple(found)


def checked(draft: Draft) -> None:
    """Whether it may go out: `Fault webmail.nobody`, `webmail.people`, `webmail.long` or `webmail.files`."""
    if not draft.recipients:
        raise Fault("webmail.nobody")
    if len(draft.recipients) > MOST:
        raise Fault("webmail.people", most=MOST)
    if len(draft.text) > TEXT:
        raise Fault("webmail.long", most=TEXT // 1024)
    if sum(len(one.data) for one in draft.files) > FILES:
        raise Fault("webmail.files", most=FILES // 1024**2)


def build(draft: Draft, now: datetime, chance: bytes, *, keep_bcc: bool = False) -> bytes:
    """The message's bytes (RFC 5322), lines ended by CRLF. `now` is aware, `chance` 10 random bytes.

    `keep_bcc` is for a draft that lies in its writer's own folder.
    """
    made = EmailMessage(policy=SMTP)
    made["From"] = _one(draft.from_)
    for name, some in (("To", draft.to), ("Cc", draft.cc), ("Bcc", draft.bcc if keep_bcc else ())):
        if some:
            made[name] = tuple(_one(one) for one in some)
    made["Subject"] = one_line(draft.subject)[:SUBJECT]
    made["Date"] = format_datetime(now)
    text = _BODY_CONTROL.sub("", draft.text.replace("\r\n", "\n").replace("\r", "\n"))
    made.set_content(text if text.endswith("\n") else text + "\n", cte="quoted-printable")
    for file in draft.files:
        known = TOKEN.fullmatch(file.type) and not file.type.startswith(("multipart/", "message/"))
        main, _slash, sub = (file.type if known else "application/octet-stream").partition("/")
        made.add_attachment(file.data, maintype=main, subtype=sub, filename=one_line(file.name)[:120])
    return _names(draft, now, chance) + made.as_bytes()


def _names(draft: Draft, now: datetime, chance: bytes) -> bytes:
    """The headers that name messages. The library would write a long id as an encoded word."""
    domain = draft.from_.address.rpartition("@")[2]
    lines = [f"Message-ID: <{uuid7(int(now.timestamp() * 1000), chance)}@{domain}>"]
    known = [one for one in dict.fromkeys((*draft.references, draft.answers)) if MESSAGE_ID.fullmatch(one)]
    if MESSAGE_ID.fullmatch(draft.answers):
        lines.append(f"In-Reply-To: {draft.answers}")
    if known:
        lines.append("References: " + "\r\n ".join(known))
    return "".join(f"{line}\r\n" for line in lines).encode()


def one_line(text: str) -> str:
    """Words as one line, nothing in them that ends it."""
    return " ".join(_CONTROL.sub(" ", text).split())


def answer(read: Read, own: Address, *, everybody: bool, intro: str) -> Draft:
    """The beginning of an answer to `read` by `own`: to its sender, or to all it was for.

    Who answers a message of their own writes to whom it went. `intro` stands above what is quoted.
    """
    mine = own.address.lower()
    to = read.reply_to or (read.from_,)
    if read.from_.address.lower() == mine:
        to = read.to
    others = (*read.to, *read.cc) if everybody else ()
    if read.from_.address.lower() == mine:
        others = read.cc if everybody else ()
    seen = {one.address.lower() for one in to} | {mine}
    cc = []
    for one in others:
        if one.address.lower() not in seen:
            seen.add(one.address.lower())
            cc.append(one)
    return Draft(
        from_=own,
        to=_usable(to),
        cc=_usable(cc),
        subject=f"Re: {base_subject(read.subject)[0]}",
        text=f"\n\n{intro}\n{quoted(read.text)}",
        answers=read.message_id,
        references=read.references,
    )


def forward(read: Read, own: Address, files: tuple[File, ...], *, intro: str) -> Draft:
    """What is passed on: the words under `intro`, which says whose they are, and the files."""
    return Draft(
        from_=own,
        subject=f"Fwd: {base_subject(read.subject)[0]}",
        text=f"\n\n{intro}\n\n{read.text[:QUOTED]}",
        files=files,
        references=read.references,
        answers=read.message_id,
    )


def reopened(read: Read, own: Address, files: tuple[File, ...]) -> Draft:
    """A draft read back from its folder."""
    named = read.references
    return Draft(
        from_=own,
        to=_usable(read.to),
        cc=_usable(read.cc),
        bcc=_usable(read.bcc),
        subject=read.subject,
        text=read.text,
        files=files,
        answers=named[-1] if named else "",
        references=named[:-1],
    )


def quoted(text: str) -> str:
    """The words with ">" before each line."""
    return "\n".join(
        f">{'' if line.startswith('>') else ' '}{line}".rstrip() for line in text[:QUOTED].split("\n")
    )


def _one(who: Address) -> HeaderAddress:
    user, _at, domain = who.address.rpartition("@")
    if not ADDRESS.fullmatch(who.address):
        raise Fault("webmail.address", address=_CONTROL.sub(" ", who.address)[:80])
    return HeaderAddress(one_line(who.name), user, domain)


def _usable(some: Iterable[Address]) -> tuple[Address, ...]:
    return tuple(one for one in some if ADDRESS.fullmatch(one.address))


def _split(text: str) -> list[str]:
    """At commas, semicolons and ends of lines, but not inside quotes or <>."""
    found, inside = [""], ""
    for sign in text[: 64 * 1024]:
        if inside:
            inside = "" if sign == inside else inside
        elif sign in '"<':
            inside = {'"': '"', "<": ">"}[sign]
        elif sign in ",;\n":
            found.append("")
            continue
        found[-1] += sign
    return [one.strip() for one in found if one.strip()]
