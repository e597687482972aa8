"""Documents about certificates that come in by delivery: at the registry requests, at each node answers."""

from django.utils.translation import gettext_lazy as _

from pendopo.core.letter import CERTIFICATE, CRL, REQUEST
from pendopo.ground import jobs
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.delivery import handlers, names
from pendopo.ground.delivery.handlers import Message

from . import issuing, taking

JOB = "letters-trust"
EVERY = 10.0  # seconds; two small queries, unless something is due


def request(message: Message) -> None:
    """certificate-request/1, at the registry."""
    actor = Actor.system(message.agency, via="wire")
    issuing.answer(message.doc, message.from_agency, message.agency, actor=actor)


def certificate(message: Message) -> None:
    """certificate/1: what the registry answered."""
    taking.take_certificate(message.doc, message.agency, actor=Actor.system(message.agency, via="wire"))


def lists(message: Message) -> None:
    """crl/1: what is revoked."""
    taking.take_lists(message.doc, message.agency, actor=Actor.system(message.agency, via="wire"))


def register() -> None:
    """Called once, when the room starts."""
    handlers.register(REQUEST, request)
    handlers.register(CERTIFICATE, certificate)
    handlers.register(CRL, lists, keep=False)
    names.register(REQUEST, _("Request for a certificate"))
    names.register(CERTIFICATE, _("Certificate"))
    names.register(CRL, _("List of revoked certificates"))
    jobs.register(JOB, taking.work, every=EVERY)
