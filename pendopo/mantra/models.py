"""The room's tables, for Django; each subject keeps its own."""

from .agreements.models import AccessRequest, Agreement, AgreementRevision
from .monitoring.models import Transaction, Usage
from .services.models import Draft, Service, ServiceVersion
from .sources.models import Source
from .subsystems.models import Subsystem

__all__ = [
    "AccessRequest",
    "Agreement",
    "AgreementRevision",
    "Draft",
    "Service",
    "ServiceVersion",
    "Source",
    "Subsystem",
    "Transaction",
    "Usage",
]
