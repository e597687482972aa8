"""Whom the road of a letter tells what, and when that is done with. No subject of a secret letter in any."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_noop as N_

from pendopo.ground.accounts.models import Account
from pendopo.ground.delivery.actions import Holders, notice, settled
from pendopo.ground.directory.models import Agency
from pendopo.simaya.acts import REGISTRAR
from pendopo.simaya.letters.models import Letter

from .models import Delivery

ARRIVED, REJECTED, GIVEN_UP = "simaya.received", "simaya.rejected", "simaya.given_up"


def arrived(letter: Letter) -> None:
    """A letter in waits for the registrars."""
    text, words = N_("%(agency)s sent letter %(number)s: %(subject)s"), {"subject": letter.subject}
    if letter.secret:
        text, words = N_("%(agency)s sent a secret letter, %(number)s"), {}
    words |= {"agency": letter.peer_name, "number": letter.number}
    url = reverse("simaya:incoming-letter", args=[letter.pk])
    notice(_registrars(letter.agency), ARRIVED, str(letter.pk), url, text, **words)


def taken_up(letter: Letter) -> None:
    """A registrar has registered or rejected it."""
    settled(ARRIVED, str(letter.pk))


def rejected(delivery: Delivery) -> None:
    """Its receiver rejected a letter: its author, if there is one, is told."""
    author = delivery.letter.author
    account = author and Account.objects.filter(person=author.person).first()
    if account:
        _about(delivery, account, REJECTED, N_("%(agency)s rejected letter %(number)s"))


def given_up(delivery: Delivery) -> None:
    """A letter did not get through: the registrars may send it again."""
    to = _registrars(delivery.letter.agency)
    _about(delivery, to, GIVEN_UP, N_("Letter %(number)s did not reach %(agency)s"))


def under_way(delivery: Delivery) -> None:
    """It got through, or is tried again."""
    settled(GIVEN_UP, str(delivery.pk))


def _about(delivery: Delivery, to: Account | Holders, kind: str, text: str) -> None:
    letter = delivery.letter
    url = reverse("simaya:letter", args=[letter.pk])
    notice(to, kind, str(delivery.pk), url, text, agency=delivery.to_name, number=letter.number)


def _registrars(agency: Agency) -> Holders:
    return Holders(agency, "simaya", frozenset({REGISTRAR}))
