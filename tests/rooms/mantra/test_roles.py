"""The whole table, role × act × own/foreign: in plain words once more, compared with what is allowed."""

import pytest

# Who may, by what mantra.md says of the five roles. Everything else is refused.
PLAIN = {
    "administrator": "subsystem.create subsystem.token subsystem.remove source.view",
    "manager": "source.view request.approve request.refuse request.send agreement.accept agreement.decline"
    " agreement.suspend agreement.resume agreement.revoke service.disable service.enable"
    " transaction.view evidence.download",
    "provider": "source.view source.connect source.remove service.draft service.publish service.disable"
    " service.enable service.check",
    "requester": "request.send agreement.accept agreement.decline",
    "supervisor": "source.view transaction.view evidence.download",
    "none": "",
}
EVERY_ROLE = "subsystem.view service.view catalogue.view request.view agreement.view"
CHANGING = ("create", "token", "remove", "connect", "draft", "publish", "disable", "enable", "check", "send",
            "approve", "refuse", "accept", "decline", "suspend", "resume", "revoke")  # fmt: skip


def plainly(role: str) -> set[str]:
    both = f"{PLAIN[role]} {EVERY_ROLE if role != 'none' else ''}"
    return {f"mantra.{act}" for act in both.split()}


def test_the_table_is_what_the_design_says(nation):
    from pendopo.ground.accounts.rights import acts, allowed

    rows = sorted(code for code in acts() if code.startswith("mantra."))
    roles = list(PLAIN)
    print(f"{'act':34}" + "".join(f"{role:>15}" for role in roles))
    for code in rows:
        line = []
        for role in roles:
            actor = nation.actor(nation.dukcapil, role)
            own = allowed(code, actor, nation.dukcapil)
            foreign = allowed(code, actor, nation.djp)
            assert own == (code in plainly(role)), (role, code)
            assert not foreign, (role, code)
            line.append("own" if own else "–")
        print(f"{code:34}" + "".join(f"{cell:>15}" for cell in line))


def test_every_act_is_somebodys(nation):
    from pendopo.ground.accounts.rights import acts

    given = set().union(*map(plainly, PLAIN))
    wire = {
        "mantra.request.receive",
        "mantra.request.close",
        "mantra.agreement.receive",
        "mantra.agreement.countersign",
    }
    assert {code for code in acts() if code.startswith("mantra.")} == given | wire


def test_the_supervisor_changes_nothing():
    assert not [act for act in plainly("supervisor") if act.rpartition(".")[2] in CHANGING]


@pytest.mark.parametrize("role", list(PLAIN))
def test_a_role_decides_which_pages_open(nation, service, client_of, role):
    from django.urls import reverse

    pages = {
        "sources": "source.view",
        "services": "service.view",
        "connect": "source.connect",
        "catalogue": "catalogue.view",
        "requests": "request.view",
        "connections": "agreement.view",
        "agreements": "agreement.view",
        "transactions": "transaction.view",
        "evidence": "evidence.download",
        "subsystems": "subsystem.view",
        "subsystem-new": "subsystem.create",
    }
    browser = client_of(nation.dukcapil, role)
    for page, act in pages.items():
        expected = 200 if f"mantra.{act}" in plainly(role) else 403
        assert browser.get(reverse(f"mantra:{page}")).status_code == expected, (role, page)


def test_a_refused_act_leaves_its_line(nation, service):
    from pendopo.ground.accounts.rights import Refused
    from pendopo.ground.audit.models import Line
    from pendopo.mantra.agreements import actions

    request = nation.received(nation.ask(service))
    with pytest.raises(Refused):
        actions.refuse(request, reason="x", actor=nation.actor(nation.dukcapil, "supervisor"))
    line = Line.objects.filter(act="mantra.request.refuse").get()
    assert line.outcome == "refused" and line.subject_id == str(request.pk)
    actions.refuse(request, reason="x", actor=nation.actor(nation.dukcapil, "manager"))
    assert Line.objects.filter(act="mantra.request.refuse", outcome="done").count() == 1
