"""What one node's seat does in siMAYA: offices, signing keys, letters and what becomes of them.

Each step calls the room's own actions as the person whose post or role it is. Runs inside a node (`seat`).
"""

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from pendopo.core.errors import Fault
from pendopo.ground.accounts.actor import Actor
from pendopo.ground.accounts.models import Account
from pendopo.ground.directory.models import Agency, Position
from pendopo.portal.demo import letters as script
from pendopo.portal.demo import nation
from pendopo.portal.demo.dealings import person_with, until
from pendopo.portal.demo.steps import everyone
from pendopo.simaya.disposition import actions as dispositions
from pendopo.simaya.incoming import actions as incoming
from pendopo.simaya.letters import actions, signing
from pendopo.simaya.letters.drafting import Addressee, Content, Initial
from pendopo.simaya.letters.models import Letter, Side
from pendopo.simaya.offices import actions as offices
from pendopo.simaya.signing import actions as keys


def office(agency: str) -> None:
    """Rules, letterhead and what the heads' posts are called in numbers."""
    plan, actor = script.OFFICES[agency], person_with(agency, "simaya.administrator")
    offices.set_up(actor.agency, profile=plan.profile, lines=list(plan.lines), place=plan.place, actor=actor)
    for unit, code in plan.codes.items():
        offices.name_post(_head(agency, unit), code, actor=actor)


def key(agency: str) -> None:
    """The head's signing key, once the registry has certified it and this node can stamp."""
    head = holder(agency, script.HEAD)

    def made() -> bool:
        try:
            keys.make_key(nation.PASSWORD, actor=head)
        except Fault as fault:
            if fault.code != "nodes.key_none":  # the agency's own key for letters is still on its way
                raise
            return False
        return True

    until("the agency's key for letters", made)

    def ready() -> bool:
        try:
            keys.own(head), keys.trust(), keys.stamper()
        except Fault:
            return False
        return True

    until("the certificate of the head's key", ready)


def write(number: int) -> None:
    """One letter, as far as the script takes it."""
    plan = script.LETTERS[number]
    way = script.OFFICES[plan.sender]
    author, chief, head = (holder(plan.sender, unit) for unit in (way.author, way.chief, script.HEAD))
    content = Content(
        kind="surat-dinas",
        subject=plan.subject,
        body=_body(plan.paragraphs),
        urgency=plan.urgency,
        classification=plan.classification,
        signer=str(_head(plan.sender, script.HEAD).pk),
        addressees=(Addressee(line=plan.line, agency=plan.receiver),),
        initials=(Initial(post=str(_head(plan.sender, way.chief).pk), turn=1),),
    )
    letter = actions.start(content, author=author.posts[0], actor=author)
    if plan.outcome == "draft":
        return
    letter = actions.submit(letter, letter.v, actor=author)
    if plan.outcome == "returned":
        actions.give_back(letter, plan.comment, actor=chief)
        return
    if plan.outcome == "initial":
        return
    letter = actions.initial(letter, letter.v, actor=chief)
    if plan.outcome == "sign":
        return
    opened = keys.unlock(keys.own(head), nation.PASSWORD)
    signing.sign(letter, letter.v, opened, _address, actor=head)


def receive(agency: str) -> None:
    """The first letter that came is registered, passed on, disposed of and answered; the others wait."""
    count = sum(one.receiver == agency and one.outcome == "sent" for one in script.LETTERS)
    came = Letter.objects.filter(agency__code=agency, side=Side.IN).order_by("id")
    until("letters from the other node", lambda: came.count() == count)
    until("their signatures to be checked", lambda: not came.exclude(checked="sound").exists())
    clerk, head = person_with(agency, "simaya.registrar"), holder(agency, script.HEAD)
    letter = came.first()
    letter = incoming.register(
        letter, classification="", to=_head(agency, script.HEAD), v=letter.v, actor=clerk
    )
    incoming.mark_read(letter, actor=head)
    chief = _head(agency, script.OFFICES[agency].chief)
    (given,) = dispositions.give(
        letter, [chief], ["follow-up", "answer"], script.NOTE, timezone.localdate(), actor=head
    )
    dispositions.answer(given, script.REPORT, reply=None, actor=holder(agency, script.OFFICES[agency].chief))


def _address(token: str) -> str:
    return settings.HOME.url + reverse("simaya-public:check", args=[token])


def _head(agency: str, unit: str) -> Position:
    """The post that heads a unit."""
    return Position.objects.get(unit__agency__code=agency, unit__code=unit, heads=True)


def holder(agency: str, unit: str) -> Actor:
    """Whoever holds the first post of the nation's seats in that unit."""
    seat = next(s for s in nation.seats(agency) if s.unit == unit)
    number = seat.holder(everyone()[agency]).number
    return Actor.of(Account.objects.get(username=number), Agency.objects.get(code=agency), via="cli")


def _body(paragraphs: tuple[str, ...]) -> dict:
    content = [{"type": "paragraph", "content": [{"type": "text", "text": words}]} for words in paragraphs]
    return {"type": "doc", "content": content}
