"""What the mail servers need done in time, besides what people do."""

from django.utils import timezone

from pendopo.mailer import removed, tls

from .service import engine, mail

CERTIFICATE, REMOVED = "mail-certificate", "mail-removed"


def certificate() -> None:
    """A new certificate before the old one ends. OSError while the servers are away."""
    tls.renew(engine(), timezone.now())


def take_removed_away() -> None:
    """What was deleted for good goes when its time is over."""
    removed.purge(engine(), mail().undelete)
