"""The servers' configuration: every place filled, a language for each Dovecot, values where they belong."""

import dataclasses
import re
from pathlib import Path

import pytest

from pendopo.core.errors import Fault
from pendopo.core.home import Mail
from pendopo.mailer.engine import Engine
from pendopo.mailer.render import dovecots, files

MAIL = Mail("pns.kota.go.id", "surel.kota.go.id")
ENGINE = Engine(Path("/srv/rumah/mail"), Path("/srv/rumah/logs"), MAIL)


def rendered(**changes: object) -> dict[str, str]:
    engine = dataclasses.replace(ENGINE, mail=dataclasses.replace(MAIL, **changes))
    return {name: text for name, (text, _) in files(engine, "2.3.19.1", 2, "removed-uji").items()}


def test_every_place_is_filled_and_the_home_is_named_nowhere():
    for name, text in rendered(relay="surel.go.id:25").items():
        assert "@{" not in text, name
        assert "/srv/rumah" not in text, name


def test_an_unknown_dovecot_is_refused_by_name():
    assert dovecots() == ["2.3"]
    with pytest.raises(Fault) as refused:
        files(ENGINE, "2.4.1", 2, "removed-uji")
    assert refused.value.code == "mail.dovecot_version" and refused.value.params["version"] == "2.4.1"
    assert files(ENGINE, "2.3.21", 2, "removed-uji")["dovecot/dovecot.conf"]


def test_only_programs_may_be_run():
    modes = {name: mode for name, (_, mode) in files(ENGINE, "2.3.19.1", 2, "removed-uji").items()}
    assert {name for name, mode in modes.items() if mode != 0o644} == {
        "sieve/programs/lies_there.sh",
        "start/crossed.sh",
        "start/prepare.sh",
        "start/reload.sh",
    }


def test_addresses_are_written_as_each_server_reads_them():
    plain, six = rendered(host="10.0.0.5"), rendered(host="::1", relay="[::1]:2525")
    assert re.search(r"(?m)^10\.0\.0\.5:1025 inet ", plain["postfix/master.cf"])
    assert re.search(r"(?m)^\[::1\]:1025 inet ", six["postfix/master.cf"])
    assert "listen = 10.0.0.5\n" in plain["dovecot/dovecot.conf"]
    assert "listen = ::1\n" in six["dovecot/dovecot.conf"]
    assert "relayhost = \n" in plain["postfix/main.cf"]
    assert "relayhost = [::1]:2525\n" in six["postfix/main.cf"]
    assert "relayhost = [surel.go.id]:25\n" in rendered(relay="surel.go.id:25")["postfix/main.cf"]


def test_without_dns_nobody_is_asked():
    asking, alone = rendered(), rendered(dns=False)
    assert "disable_dns_lookups = no\n" in asking["postfix/main.cf"]
    assert "disable_dns_lookups = yes\n" in alone["postfix/main.cf"]
    assert "nameserver" not in asking["rspamd/local.d/options.inc"]
    assert 'nameserver = ["127.0.0.1:1"]' in alone["rspamd/local.d/options.inc"]
