"""The wizard over HTTP, as a browser without JavaScript walks it."""

import re


def follow(answer):
    assert answer.status_code == 302, answer.content.decode()[:3000]
    return answer["Location"]


def fields(html: str) -> dict:
    """What a browser would send for the page's main form as it stands."""
    found = {}
    for tag in re.findall(r"<input[^>]*>", html):
        attrs = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if attrs.get("type") in ("checkbox", "radio") and " checked" not in tag:
            continue
        if "name" in attrs and attrs["name"] != "csrfmiddlewaretoken":
            ticked = attrs.get("type") in ("checkbox", "radio")
            found[attrs["name"]] = attrs.get("value", "on" if ticked else "")
    for name, body in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', html, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', body)
        first = re.search(r'<option value="([^"]*)"', body)
        found[name] = (chosen or first)[1] if first else ""
    for name, body in re.findall(r'<textarea name="([^"]+)"[^>]*>\s*(.*?)</textarea>', html, re.S):
        found[name] = body
    return found


def test_from_nothing_to_a_published_service(nation, table, client_of, siak):
    from pendopo.mantra.services.models import Draft, Service

    browser = client_of(nation.dukcapil, "provider")
    address = follow(browser.post("/mantra/sumber/hubungkan/", {"kind": "sqlite"}))
    tables = follow(browser.post(address, {"path": str(table)}))
    page = browser.get(tables).content.decode()
    assert "penduduk" in page
    columns = follow(browser.post(tables, {"table": "0"}))
    page = browser.get(columns).content.decode()
    assert page.count("looks personal") or page.count("tampak pribadi") >= 4
    sent = fields(page)
    for number, (chosen, mask) in enumerate(
        [(1, "ends"), (1, "none"), (1, "year"), (0, ""), (1, "none"), (0, "")]
    ):
        if chosen:
            sent |= {f"c{number}-chosen": "on", f"c{number}-mask": mask}
    limits = follow(browser.post(columns, sent))
    sent = fields(browser.get(limits).content.decode())
    sent |= {"title": "Data kependudukan", "f0-column": "nik", "f0-operator": "like", "f0-value": "5308*"}
    check = follow(browser.post(limits, sent))
    page = browser.get(check).content.decode()
    assert "5308••••••••0003" in page and "5309" not in page  # the row filter holds, and the mask
    shown = follow(browser.post(check))
    assert "Data kependudukan" in browser.get(shown).content.decode()
    service = Service.objects.get()
    assert service.path == "ID/GOV/DUKCAPIL/siak/penduduk" and service.source.state == "ready"
    assert not Draft.objects.exists()
