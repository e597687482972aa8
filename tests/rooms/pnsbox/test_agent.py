"""The box's own program against the controller's own process: enrolment, configuration, report, deny list."""

import asyncio

import pytest

from pendopo.core.errors import Fault
from tests.rooms.pnsbox.land import found
from tests.rooms.pnsbox.test_door import served  # noqa: F401  a fixture


def paths(folder):
    from pendopo.box.state import Paths

    return Paths(folder / "etc", folder / "lib", folder / "run")


def test_a_box_enrols_follows_reports_and_is_cut_off(served, tmp_path):  # noqa: F811
    from django.db import connection

    from pendopo.box import enrol, reporting, state
    from pendopo.box.asking import Asking
    from pendopo.core.keys import SigningKey
    from pendopo.pnsbox.boxes import actions
    from pendopo.pnsbox.boxes.models import Box

    land = found()
    land.service()
    site = land.site("perizinan")
    land.placed("dukcapil")
    code = actions.make_code(site, actor=land.officer)
    url, place = f"http://{served}", paths(tmp_path / "one")

    def do(act, *args, **more):
        try:
            return act(*args, **more)
        finally:
            connection.close()

    async def day():
        with pytest.raises(Fault) as told:
            await enrol.enrol(paths(tmp_path / "two"), url, "0000-0000-0000", "pc")
        assert told.value.code == "box.refused" and told.value.params["status"] == 404
        identity = await enrol.enrol(place, url, code.lower(), "pc")
        key = SigningKey.from_seed("node:box", "log", state.key(place.box_key))
        first = state.accept(place.trial.read_bytes(), identity, identity.controller_key, 0)
        assert (first.site.name, first.peers) == ("Kantor perizinan", ())

        asking = Asking(identity, key)
        waits = asyncio.create_task(
            asking.ask(None, "GET", f"/box/v1/config?after={first.serial}", seconds=30)
        )
        await asking.ask(None, "GET", "/box/v1/deny")
        await asyncio.to_thread(do, land.rule, "perizinan", "dukcapil")
        second = state.accept((await waits).body, identity, identity.controller_key, first.serial)
        assert [peer.name for peer in second.peers] == ["dukcapil"] and second.flows

        said = await reporting.report(None, "good", None, {"wireguard": "program"}, None, None, {}, None)
        answer = await asking.ask(None, "POST", "/box/v1/report", said | {"serial": second.serial})
        assert answer.status == 200

        box = await asyncio.to_thread(do, lambda: Box.objects.get(pk=identity.box))
        assert (box.report["serial"], box.capabilities["wireguard"]) == (second.serial, "program")
        await asyncio.to_thread(do, actions.quarantine_box, box, actor=land.officer)
        with pytest.raises(Fault) as told:
            await asking.ask(None, "GET", f"/box/v1/config?after={second.serial}")
        assert told.value.params["status"] == 403

    asyncio.run(day())
