"""The room's tables, for Django; each subject keeps its own."""

from .disposition.models import Disposition
from .letters.models import Access, Comment, Draft, Letter, Recipient, Secret, Step, Version
from .offices.models import Delegation, Office, PostCode
from .register.models import Counter, Number
from .routing.models import Delivery, Part, Receipt
from .search.models import SecretWords, Words

__all__ = [
    "Access",
    "Comment",
    "Counter",
    "Delegation",
    "Delivery",
    "Disposition",
    "Draft",
    "Letter",
    "Number",
    "Office",
    "Part",
    "PostCode",
    "Receipt",
    "Recipient",
    "Secret",
    "SecretWords",
    "Step",
    "Version",
    "Words",
]
