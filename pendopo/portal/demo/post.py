"""What one node's seat does in PNSMail: mailboxes for those who sign in, and the mail that lies in them.

The messages are put in as the room puts in its first one, each found by its Message-ID: what was interrupted
is done again, and nothing comes twice. Runs inside a node (`seat`).
"""

import csv
import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from django.db import transaction
from django.utils.translation import override

from pendopo.core.errors import Fault
from pendopo.ground.accounts.actor import Actor
from pendopo.pnsmail.mailboxes import actions, reads, server, welcome
from pendopo.pnsmail.mailboxes.models import Mailbox
from pendopo.portal.demo import messages as script
from pendopo.portal.demo import nation
from pendopo.portal.demo.dealings import until
from pendopo.portal.demo.office import holder
from pendopo.portal.demo.script import REQUESTS
from pendopo.portal.demo.steps import everyone

SEEN = r"(\Seen)"


@dataclass(frozen=True, slots=True)
class Writer:
    """Somebody who writes or is written to, and what stands below what they write."""

    name: str
    address: str
    place: str

    @property
    def header(self) -> Address:
        return Address(self.name, addr_spec=self.address)


def mailboxes(made: str) -> None:
    """One for everybody who signs in, at the first address proposed. Whoever has one keeps it.

    They count as opened some days before the nation was `made` (ISO 8601), and as welcomed: `messages` does.
    """
    for actor in _people().values():
        if reads.own(actor) is None:
            with transaction.atomic():
                mailbox = actions.open_mailbox(actor.person, reads.offered(actor.person)[0], actor=actor)
                mailbox.created_at = mailbox.welcomed_at = _opened(made)
                mailbox.save(update_fields=["created_at", "welcomed_at"])


def messages(made: str) -> None:
    """Everything of the script in INBOX and Sent of each of them, the oldest first, as lists show them."""
    people = _people()
    writers = _writers(people)
    built = [_built(number, writers, datetime.fromisoformat(made)) for number in range(len(script.MESSAGES))]
    until("the mail servers", lambda: _answers(people))
    for unit, actor in people.items():
        mailbox = reads.own(actor)
        with server.opened(mailbox) as inbox:
            with override(mailbox.language):
                server.put(inbox, _welcome(mailbox, _opened(made)), flags=SEEN, at=_opened(made))
            for plan, (message, at) in zip(script.MESSAGES, built, strict=True):
                if unit in (*plan.to, *plan.cc):
                    server.put(inbox, message, flags=SEEN if plan.read else "", at=at)
                if unit == plan.sender:
                    server.put(inbox, message, "Sent", flags=SEEN, at=at)


def _opened(made: str) -> datetime:
    return datetime.fromisoformat(made) - timedelta(days=3)


def _welcome(mailbox: Mailbox, at: datetime) -> EmailMessage:
    """The room's own first message, of that day."""
    message = welcome.first(mailbox)
    message.replace_header("Date", format_datetime(at))
    return message


def _people() -> dict[str, Actor]:
    return {unit: holder(script.AGENCY, unit) for unit in script.EVERYBODY}


def _writers(people: dict[str, Actor]) -> dict[str, Writer]:
    """By unit or by the name of an outsider."""
    found = {name: Writer(*who, "") for name, who in script.OUTSIDERS.items()}
    titles = {unit.code: unit.head for unit in everyone()[script.AGENCY].units}
    for seat in nation.seats(script.AGENCY):
        mailbox = reads.own(people[seat.unit])
        found[seat.unit] = Writer(mailbox.person.name, mailbox.address, seat.title or titles[seat.unit])
    return found


def _answers(people: dict[str, Actor]) -> bool:
    try:
        with server.opened(reads.own(people[script.HEAD])):
            return True
    except (OSError, Fault):
        return False


def _built(number: int, writers: dict[str, Writer], made: datetime) -> tuple[EmailMessage, datetime]:
    """The message at that place of the script, and when it came."""
    plan = script.MESSAGES[number]
    sender, at = writers[plan.sender], made - timedelta(hours=plan.hours)
    message = EmailMessage()
    message["From"] = sender.header
    message["To"] = [writers[one].header for one in plan.to]
    if plan.cc:
        message["Cc"] = [writers[one].header for one in plan.cc]
    message["Subject"] = plan.subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = _id(number)
    if plan.answers is not None:
        message["In-Reply-To"] = message["References"] = _id(plan.answers)
    signed = "\n".join(filter(None, (sender.name, sender.place)))
    message.set_content("\n\n".join((*plan.paragraphs, signed)) + "\n")
    if plan.html:
        message.add_alternative(plan.html, subtype="html")
    if plan.file:
        message.add_attachment(_report(), maintype="text", subtype="csv", filename=plan.file)
    return message, at


def _id(number: int) -> str:
    return f"<demo.{number}@{script.DOMAIN}>"


def _report() -> bytes:
    """The agreements on the agency's data, as a table that office programs open."""
    text = io.StringIO()
    rows = csv.writer(text, delimiter=";")
    rows.writerow(("pemanfaat", "layanan", "tujuan", "dasar"))
    for one in REQUESTS:
        if one.used and one.service.system.agency == script.AGENCY:
            agency = nation.NAMES[one.system.agency]
            rows.writerow((agency, one.service.title, ", ".join(one.purposes), one.basis[1]))
    return text.getvalue().encode("utf-8-sig")
