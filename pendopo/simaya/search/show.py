"""Letters in and out in one list, as `simaya/parts/found.html` shows them."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _

from pendopo.ground.accounts.actor import Actor
from pendopo.simaya.letters import reads
from pendopo.simaya.letters.models import Letter, Side


def rows(letters: Iterable[Letter], actor: Actor) -> list[dict]:
    """Each letter with its subject for this reader, from or to whom, and where it opens ('' nowhere).

    The letters have their deliveries prefetched.
    """
    found = list(letters)
    subjects = reads.subjects(found, actor)
    return [
        {
            "letter": one,
            "subject": subjects[one.pk],
            "whom": _whom(one),
            "url": _url(one, hidden=one.secret and subjects[one.pk] == _("(secret)")),
        }
        for one in found
    ]


def _whom(letter: Letter) -> str:
    if letter.side == Side.IN:
        return _("from %(name)s") % {"name": letter.peer_name}
    names = ", ".join(one.to_name for one in letter.deliveries.all())
    return _("to %(name)s") % {"name": names} if names else _("on paper")


def _url(letter: Letter, hidden: bool) -> str:
    if letter.side == Side.IN:
        return reverse("simaya:incoming-letter", args=[letter.pk])
    return "" if hidden else reverse("simaya:letter", args=[letter.pk])
