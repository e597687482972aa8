"""The room's tables, for Django; each subject keeps its own."""

from .mailboxes.models import AppPassword, Mailbox

__all__ = ["AppPassword", "Mailbox"]
