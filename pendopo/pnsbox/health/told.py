"""What people read of a trouble: one sentence, and why it is thought so."""

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

# (kind, cause) -> the sentence, an English msgid with the places of `health.rules.Finding`.
SENTENCES = {
    ("silent", "line"): N_("%(name)s is not heard, most likely because its line %(line)s (%(isp)s) failed"),
    ("silent", "power"): N_("%(name)s is not heard, most likely because its power is out"),
    ("silent", "box"): N_("%(name)s is not heard, most likely because of its box"),
    ("never", "box"): N_("%(name)s was never heard since its code was typed, most likely because of its box"),
    ("line", "line"): N_("%(name)s runs without its line %(line)s (%(isp)s), which answers nobody"),
    ("alone", "line"): N_("%(name)s reaches no neighbour: its line %(line)s (%(isp)s) stops the tunnels"),
    ("undone", "configuration"): N_("%(name)s undid the last change: its configuration would cut it off"),
    ("behind", "configuration"): N_("%(name)s does not take the last change of its configuration"),
    ("names", "box"): N_("%(name)s finds no private names: its box cannot answer them"),
    ("provider", "provider"): N_("%(many)s of %(of)s sites on lines of %(name)s failed together"),
    ("all", "controller"): N_(
        "%(many)s of %(of)s boxes are not heard at once, most likely because of this controller's own line"
    ),
}
# The same with the person to call, where one is known.
CALLING = {
    ("silent", "line"): N_(
        "%(name)s is not heard, most likely because its line %(line)s (%(isp)s) failed. Call %(phone)s."
    ),
    ("silent", "power"): N_("%(name)s is not heard, most likely because its power is out. Call %(phone)s."),
    ("silent", "box"): N_("%(name)s is not heard, most likely because of its box. Call %(phone)s."),
    ("never", "box"): N_(
        "%(name)s was never heard since its code was typed, most likely because of its box. Call %(phone)s."
    ),
    ("line", "line"): N_(
        "%(name)s runs without its line %(line)s (%(isp)s), which answers nobody. Call %(phone)s."
    ),
    ("alone", "line"): N_(
        "%(name)s reaches no neighbour: its line %(line)s (%(isp)s) stops the tunnels. Call %(phone)s."
    ),
    ("provider", "provider"): N_(
        "%(many)s of %(of)s sites on lines of %(name)s failed together. Call %(phone)s."
    ),
}
OVER = N_("%(name)s is well again after %(minutes)s minutes")
RESTARTED = N_("%(name)s is well again after %(minutes)s minutes; it had been switched off")
ALL_OVER = N_("The boxes are heard again after %(minutes)s minutes")
MANY = N_("%(n)s more troubles began on the private network")


def sentence(kind: str, cause: str, facts: dict) -> str:
    """In the reader's language."""
    return _(SENTENCES[kind, cause]) % facts


def reasons(kind: str, cause: str, facts: dict) -> list[str]:
    """Why this is thought to be the cause, each a sentence in the reader's language."""
    found = []
    if kind == "silent":
        if facts["hear_it"]:
            found.append(
                _("%(hear_it)s of %(near)s neighbours still reach the box: its power and lines are there.")
                % facts
            )
        elif facts["near"]:
            found.append(_("None of its %(near)s neighbours reaches it either.") % facts)
        if cause == "power":
            found.append(_("Its lines of different providers fell silent in the same moment."))
        elif cause == "line":
            found.append(_("It was the only line that still answered. It may be the office's power too."))
    elif kind == "never":
        found.append(_("The code was taken, but no report came after it."))
    elif kind == "line":
        found.append(_("Its other lines answer, so the box and its neighbours are there."))
    elif kind == "alone":
        found.append(
            _("The controller hears the box and its neighbours, but no tunnel between them answers.")
        )
        found.append(_("Some providers block UDP; ask for it."))
    elif kind == "undone":
        found.append(_("With the change in force it no longer reached the controller (%(why)s).") % facts)
    elif kind == "behind":
        found.append(_("It reports, but still runs an older configuration."))
    elif kind == "names":
        if facts["why"] == "box.program":
            found.append(_("A program is missing there: apt-get install dnsmasq-base."))
        elif facts["why"] == "box.port_taken":
            found.append(_("Another program there holds port 53: stop it, or let it listen elsewhere."))
        else:
            found.append(_("dnsmasq does not start there (%(why)s).") % facts)
    elif kind == "provider":
        found.append(_("Sites of other providers are heard."))
    elif kind == "all":
        found.append(_("So many boxes do not fail on their own in the same minute."))
    return found


def rate(bits: int | None) -> str:
    """Bits a second as people say them: "1,2 Mbit/s"; "–" where nothing is known."""
    if bits is None:
        return "–"
    for unit, size in (("Gbit/s", 10**9), ("Mbit/s", 10**6), ("kbit/s", 10**3)):
        if bits >= size:
            value = bits / size
            return f"{number_format(value, 1 if value < 10 else 0, use_l10n=True)} {unit}"
    return f"{bits} bit/s"
