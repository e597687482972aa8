"""The room's tables, for Django; each subject keeps its own."""

from .disposition.models import Disposition
from .letters.models import Access, Attachment, Comment, Draft, Letter, Recipient, Secret, Step, Version
from .offices.models import Assistant, Delegation, Office, PostCode
from .records.models import Dossier, DossierItem
from .register.models import Counter, Number
from .routing.models import Delivery, Part, Receipt
from .search.models import SecretWords, Words
from .signing.models import Authority, Issued, PersonKey, Stamper

__all__ = [
    "Access",
    "Assistant",
    "Attachment",
    "Authority",
    "Comment",
    "Counter",
    "Delegation",
    "Delivery",
    "Disposition",
    "Dossier",
    "DossierItem",
    "Draft",
    "Issued",
    "Letter",
    "Number",
    "Office",
    "Part",
    "PersonKey",
    "PostCode",
    "Receipt",
    "Recipient",
    "Secret",
    "SecretWords",
    "Stamper",
    "Step",
    "Version",
    "Words",
]
