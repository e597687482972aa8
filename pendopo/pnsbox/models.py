"""The room's tables, for Django; each subject keeps its own."""

from .boxes.models import Box, Configuration, EnrolmentCode, Line
from .health.models import Sample, Trouble
from .reach.models import Rule, Service, Withdrawn
from .roads.models import Lease
from .sites.models import Block, Host, Network, Site

__all__ = [
    "Block",
    "Box",
    "Configuration",
    "EnrolmentCode",
    "Host",
    "Lease",
    "Line",
    "Network",
    "Rule",
    "Sample",
    "Service",
    "Site",
    "Trouble",
    "Withdrawn",
]
