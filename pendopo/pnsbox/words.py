"""Short names that people give and that rules, private names and programs use. Plain functions."""

import re

from pendopo.core import reading
from pendopo.core.errors import Fault

from .reach.rules import EVERYBODY

# A label of a host name (RFC 1123, section 2.1), in lower case; of lines what box-config/1 takes.
_label = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")
_line = re.compile(r"(?!.*x[0-9]$)[a-z][a-z0-9]{0,9}")  # what ends so is ours (`publish.links`)
_device = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}")


def label(text: str) -> str:
    """`text`, if it can name a site, group, service, machine or network; `Fault pnsbox.label` otherwise.

    The word for everybody is taken.
    """
    if not _label.fullmatch(text) or text == EVERYBODY:
        raise Fault("pnsbox.label", text=text[:60])
    return text


def title(text: str) -> str:
    """`text`, if boxes can be told it as the name of a site: one line, every sign of it visible.

    `Fault pnsbox.site_name` otherwise; a box would refuse all else it is told with it.
    """
    try:
        return reading.text(text)
    except reading.Wrong:
        raise Fault("pnsbox.site_name") from None


def line(text: str) -> str:
    """`text`, if it can name a line; `Fault pnsbox.line_name` otherwise."""
    if not _line.fullmatch(text):
        raise Fault("pnsbox.line_name", text=text[:60])
    return text


def device(text: str) -> str:
    """`text`, if Linux can call an interface so; `Fault pnsbox.device` otherwise."""
    if not _device.fullmatch(text):
        raise Fault("pnsbox.device", text=text[:60])
    return text
