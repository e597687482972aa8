"""How many things wait for an actor in the office: the numbers on the roof and in the side menu.

Home lists the same rows from the reads of each subject; tests/rooms/portal/test_roof.py holds both together.
"""

from django.utils import timezone

from pendopo.ground.accounts.actor import Actor
from pendopo.ground.directory.rules import today
from pendopo.ground.rooms import counted
from pendopo.ground.web import may

from . import acts
from .letters.reads import ALL

_MINE = "SELECT letter_id FROM simaya_access WHERE post_id = ANY(%(posts)s)"
# As `offices.reads.assisted`, which most pages need not ask for themselves.
_HELPED = """
    SELECT letter_id FROM simaya_access WHERE post_id IN (
        SELECT position_id FROM simaya_assistant
        WHERE agency_id = %(agency)s AND person_id = %(person)s AND valid @> %(day)s)
"""
_PLAIN = "letter.security NOT IN ('R', 'SR')"

# As `letters.reads.visible`.
_LETTERS = f"""
    SELECT count(*) FROM simaya_letter AS letter
    WHERE letter.agency_id = %(agency)s
      AND (%(all)s OR (letter.id IN ({_MINE}) AND (%(cleared)s OR {_PLAIN}))
                   OR (letter.id IN ({_HELPED}) AND {_PLAIN}))
"""  # noqa: S608 - put together of what stands here

TO_REGISTER = f"{_LETTERS} AND letter.side = 'in' AND letter.state = 'received'"

ON_DESK = f"""{_LETTERS} AND letter.side = 'in' AND letter.state = 'registered'
    AND letter.id IN ({_MINE} AND why = 'passed' AND done_at IS NULL)
"""

TO_DO = f"""
    SELECT count(*) FROM simaya_disposition AS given
    JOIN simaya_letter AS letter ON letter.id = given.letter_id
    WHERE given.agency_id = %(agency)s AND given.to_id = ANY(%(posts)s) AND given.state IN ('open', 'read')
      AND (%(all)s OR letter.id IN ({_MINE}) OR letter.id IN ({_HELPED}))
      AND ({_PLAIN} OR (%(cleared)s AND letter.id IN ({_MINE})))
"""  # noqa: S608 - put together of what stands here

TURNS = f"""{_LETTERS} AND letter.side = 'out'
    AND (letter.state = 'approval' AND letter.signer_id = ANY(%(posts)s)
      OR letter.state = 'review' AND EXISTS (
        SELECT FROM simaya_step AS step
        WHERE step.letter_id = letter.id AND step.post_id = ANY(%(posts)s) AND step.state = 'now'))
"""

RETURNED = f"""{_LETTERS} AND letter.side = 'out' AND letter.state = 'draft'
    AND (letter.id IN ({_MINE} AND why = 'author') OR letter.id IN ({_HELPED} AND why = 'author'))
    AND EXISTS (SELECT FROM simaya_comment WHERE letter_id = letter.id)
"""


def counts(actor: Actor) -> dict[str, int]:
    """How many rows are behind each line of `room.waiting`, asked once a request, for roof and side menu."""
    return actor.once("simaya.counts", lambda: _counts(actor))


def _counts(actor: Actor) -> dict[str, int]:
    if actor.agency is None:
        return {}
    roles = actor.roles("simaya")
    asked = {}
    if acts.REGISTRAR in roles:
        asked["to register"] = TO_REGISTER
    if actor.posts:
        asked |= {"on desk": ON_DESK, "to do": TO_DO}
    if may(actor, "simaya.letter.initial"):
        asked["turns"] = TURNS
    if may(actor, "simaya.letter.draft"):
        asked["returned"] = RETURNED
    return counted(
        asked,
        agency=actor.agency.pk,
        person=actor.person and actor.person.pk,
        day=today(actor.agency.zone, timezone.now()),
        posts=[one.position_id for one in actor.posts],
        all=bool(roles & ALL),
        cleared=acts.CLEARED in roles,
    )
