"""The room's tables, for Django; each subject keeps its own."""

from .letters.models import Access, Comment, Draft, Letter, Recipient, Secret, Step, Version
from .offices.models import Delegation, Office, PostCode
from .register.models import Counter, Number

__all__ = [
    "Access",
    "Comment",
    "Counter",
    "Delegation",
    "Draft",
    "Letter",
    "Number",
    "Office",
    "PostCode",
    "Recipient",
    "Secret",
    "Step",
    "Version",
]
