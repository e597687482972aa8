"""How a letter in looks in lists and beside its page: tags, times, journey."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from pendopo.core.errors import Fault
from pendopo.ground.accounts.actor import Actor
from pendopo.simaya.kinds import profiles
from pendopo.simaya.letters.models import Letter
from pendopo.simaya.letters.reads import subject
from pendopo.simaya.register.models import Number

State = Letter.State
SHORTEST = 24  # hours: an urgency answered within them is shown red, another one that hurries amber


def rows(letters: list[Letter], unread: set, actor: Actor) -> list[dict]:
    """The lines of a list: sender and time, subject and at most one tag."""
    return [
        {
            "letter": letter,
            "subject": subject(letter, actor),
            "unread": letter.pk in unread,
            "when": when(letter.received_at),
            "tag": next(iter(tags(letter)), None),
        }
        for letter in letters
    ]


def when(moment: datetime | None) -> str:
    """The time of what came today, the day of what came before."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    return f"{local:%H.%M}" if local.date() == timezone.localdate() else date_format(local, "j M")


def tag(label: str, tone: str = "", icon: str = "") -> dict:
    """A mark: a word, its colour and icon."""
    return {"label": label, "tone": tone, "icon": icon}


def tags(letter: Letter) -> list[dict]:
    """What marks a letter, the most pressing first: done with, late, secret, urgent."""
    profile, found = profiles.load(letter.profile), []
    if letter.state == State.REJECTED:
        found.append(tag(_("Rejected")))
    elif letter.state == State.CLOSED:
        found.append(tag(_("Closed")))
    elif _asked(letter) and letter.due < timezone.now():
        found.append(tag(_("Overdue"), "red", icon="clock"))
    if letter.secret:
        found.append(tag(profile.security[letter.security].word, "red", icon="lock"))
    urgency = profile.urgency[letter.urgency]
    if urgency.hours:
        found.append(tag(urgency.word, "red" if urgency.hours <= SHORTEST else "amber"))
    return found


def facts(letter: Letter) -> list[dict]:
    """The marks beside a letter: is its signature valid, by when is it answered, and what marks it."""
    found, marks = [_checked(letter)], tags(letter)
    if _asked(letter):
        late = letter.due < timezone.now()
        marks = marks[1:] if late else marks  # said in full instead
        day = date_format(timezone.localtime(letter.due), "l, j M")
        words = _("Should have been answered by %(day)s") if late else _("Reply by %(day)s")
        found.append(tag(words % {"day": day}, "red" if late else "amber", icon="clock"))
    found += marks
    if letter.is_copy:
        found.append(tag(_("Copy"), icon="copy"))
    return found


def _asked(letter: Letter) -> bool:
    """Whether an answer is still awaited by a day; of a copy none is."""
    open_ = letter.state in (State.RECEIVED, State.REGISTERED)
    return open_ and not letter.is_copy and letter.due is not None


def _checked(letter: Letter) -> dict:
    if letter.origin == Letter.Origin.SCAN:
        return tag(_("From paper"), icon="scan")
    if letter.checked == "sound":
        return tag(_("Signature valid"), "green", icon="shield-check")
    if letter.checked:
        return tag(_("Signature not valid"), "red", icon="shield-x")
    return tag(_("Signature is being checked"), "amber", icon="clock")


def trouble(letter: Letter, language: str) -> str:
    """Why the letter's file cannot be trusted, in words; empty when it can, or is not checked yet."""
    if letter.origin == Letter.Origin.SCAN or letter.checked in ("", "sound"):
        return ""
    return Fault(letter.checked).text(language)


def journey(letter: Letter, agenda: Number | None) -> list[dict]:
    """The letter's way so far as steps: signed, arrived, registered, passed on and read, closed."""
    steps = []
    if letter.origin != Letter.Origin.SCAN:
        steps.append(
            {"label": _("Signed"), "state": "done", "who": letter.signer_name, "at": letter.signed_at}
        )
        memo = letter.origin == Letter.Origin.MEMO
        arrived, who = _("On the desk") if memo else _("Arrived whole"), letter.peer_name
    else:
        arrived, who = _("Scanned in"), letter.peer_name
    steps.append({"label": arrived, "state": "done", "who": who, "at": letter.received_at})
    if letter.state == State.REJECTED:
        return [*steps, {"label": _("Rejected"), "state": "now", "who": letter.reason}]
    if agenda is None and letter.origin != Letter.Origin.MEMO:
        return [*steps, {"label": _("Waits for registration"), "state": "now"}]
    if agenda is not None:
        number = _("Agenda %(number)s") % {"number": agenda.text}
        steps.append({"label": _("Registered"), "state": "done", "who": number, "at": agenda.settled_at})
    passed = letter.access.filter(why="passed").select_related("post").order_by("id").first()
    if passed:
        read = {"label": _("Read"), "state": "done", "who": passed.post.title, "at": passed.read_at}
        waits = {"label": _("Passed on"), "state": "now", "who": passed.post.title, "at": passed.at}
        steps.append(read if passed.read_at else waits)
    if letter.state == State.CLOSED:
        steps.append({"label": _("Closed"), "state": "done"})
    return steps
