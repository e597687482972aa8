"""Mail in the mailboxes of the fixture `desk`: laid in, looked at, written."""

import time
from email.message import EmailMessage


def lay(one, message, folder="INBOX", flags=()):
    from pendopo.pnsmail.webmail import service

    with service.opened(one.mailbox) as box:
        return box.append(folder, message.as_bytes() if hasattr(message, "as_bytes") else message, flags)


def look(one, folder="INBOX"):
    """The lines of a folder, the newest first."""
    from pendopo.pnsmail.webmail import service

    with service.opened(one.mailbox) as box:
        return [line.newest for line in box.page(folder).lines]


def raw(one, folder, uid):
    from pendopo.pnsmail.webmail import service

    with service.opened(one.mailbox) as box:
        return box.raw(folder, uid)


def arrived(one, count=1):
    """The inbox once `count` messages lie in it: Postfix hands over by itself."""
    deadline = time.monotonic() + 30
    while len(found := look(one)) < count:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def letter(subject="Undangan", text="Silakan hadir.\n", page="", **headers):
    made = EmailMessage()
    made["From"] = "Dinas Pendidikan <dinas@ende.go.id>"
    made["To"] = "Ani Wati <ani@pns.uji.go.id>, lain@ende.go.id"
    made["Subject"] = subject
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    if page:
        made.add_alternative(page, subtype="html")
    return made


def write(one, **fields):
    files = fields.pop("files", [])
    return one.web.post("/surel/tulis/", {"to": "", "text": "", **fields, "files": files})
