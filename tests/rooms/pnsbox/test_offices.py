"""An office whose agency has no portal here: it is drawn, its people may look, and are told why."""

from tests.rooms.pnsbox.land import IZIN, KOMINFO

DESA = "ID/GOV/DESA-NITA"


def drawn(land, of=DESA):
    """A site of an agency that was not known, beside one that reaches it."""
    from pendopo.ground.directory.models import Agency

    land.agencies.setdefault(of, Agency(code=of, name="Desa Nita"))
    return land.placed("nita", of=of)


def test_an_agency_that_is_not_known_is_kept_with_its_first_site(land, seen_by):
    from pendopo.ground.directory.models import Agency
    from pendopo.pnsbox.sites.models import Site

    browser = seen_by(land.officer)
    said = {"name": "Kantor Desa Nita", "code": "nita", "of": DESA, "machines": "9", "wan": "eth0",
            "lan": "eth1"}  # fmt: skip
    before = Agency.objects.count()
    for wrong in ({}, {"of": "DESA-NITA", "of_name": "Desa Nita"}, {"of_name": "Desa Nita", "machines": "0"}):
        assert browser.post("/jaringan/lokasi/baru/", said | wrong).status_code == 422
    assert Agency.objects.count() == before, "nothing is kept of a site that is not"
    assert browser.post("/jaringan/lokasi/baru/", said | {"of_name": "Desa Nita"}).status_code == 302
    agency = Site.objects.get(code="nita").of
    assert (agency.name, agency.hosted) == ("Desa Nita", False)
    other = {"name": "Posyandu Nita", "code": "posyandu", "of_name": "Nama lain"}
    assert browser.post("/jaringan/lokasi/baru/", said | other).status_code == 302
    assert Site.objects.get(code="posyandu").of == agency and agency.name == "Desa Nita"


def guest(land):
    """An account of the officer's agency without any role."""
    from pendopo.ground.accounts.models import Account
    from pendopo.ground.directory.models import Person

    person = Person.objects.create(agency=land.agencies[KOMINFO], name="Moat Nita")
    return Account.objects.create_user("TAMU-1", person=person, state="active")


def test_its_people_look_with_an_account_of_the_network_and_no_longer_than_they_may(land, seen_by):
    from pendopo.ground.audit.models import Line

    site, other, account = drawn(land), land.placed("izin"), guest(land)
    officer, browser = seen_by(land.officer), seen_by(land.officer)
    browser.force_login(account, backend="pendopo.ground.accounts.signin.NumberBackend")
    path, page = f"/jaringan/lokasi/{site.pk}/pengamat/", f"/jaringan/lokasi/{site.pk}/"
    assert browser.get(page).status_code == 404
    assert officer.post(path, {"number": "TAMU-2"}).status_code == 422
    assert officer.post(path, {"number": "tamu-1"}).status_code == 302
    assert browser.get(page).status_code == 200
    assert browser.get(f"/jaringan/lokasi/{other.pk}/").status_code == 404
    assert browser.get(path).status_code == 404, "who looks lets nobody else look"
    listed = officer.get(path).content.decode()
    assert "Moat Nita" in listed
    (grant,) = account.grants.all()
    assert officer.post(path, {"end": str(land.officer.grants[0].pk)}).status_code == 404
    assert officer.post(path, {"end": str(grant.pk)}).status_code == 302
    assert browser.get(page).status_code == 404
    lines = Line.objects.filter(act="pnsbox.viewer.edit", outcome="done", subject_id=str(site.pk))
    assert [line.actor["account"] for line in lines] == [str(land.officer.account.pk)] * 2


def test_an_agency_that_lives_here_hands_out_the_role_itself(land, seen_by):
    site, account = land.placed("izin", of=IZIN), guest(land)
    path = f"/jaringan/lokasi/{site.pk}/pengamat/"
    answer = seen_by(land.officer).post(path, {"number": "TAMU-1"})
    assert answer.status_code == 422 and not account.grants.exists()


def test_why_names_the_rule_that_was_withdrawn(land, seen_by):
    from pendopo.pnsbox.reach import actions

    land.service()
    land.service("dns", "udp", ((53, 53),))
    land.placed("izin")
    drawn(land)
    browser = seen_by(land.officer)

    def why(source, destination, service="web"):
        said = {"source": source, "destination": destination, "service": service}
        return browser.get("/jaringan/kebijakan/mengapa/", said).content.decode()

    rules = [land.rule("izin", DESA), land.rule("izin", "nita")]
    numbers = [rule.number for rule in rules]
    actions.remove_rule(rules[0], actor=land.officer)
    assert f"karena aturan {numbers[1]} mengizinkannya" in why("izin", "nita"), "the other one still counts"
    actions.remove_rule(rules[1], actor=land.officer)
    assert f"Kantor izin tidak lagi mencapai web di Kantor nita: aturan {numbers[1]}" in why("izin", "nita")
    for pair in (("nita", "izin", "web"), ("izin", "nita", "dns")):
        assert "tidak ada aturan yang menyebut keduanya" in why(*pair)
