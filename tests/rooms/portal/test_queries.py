"""How many questions each page asks the database, pinned: a page that asks once a row is seen at once.

After a deliberate change: PIN=1 pytest tests/rooms/portal/test_queries.py writes the counts anew.
"""

import json
import os
from pathlib import Path

import pytest
from browser import walk

PINNED = Path(__file__).parent / "query_counts.json"
PAGES = [one for one in walk.pages() if one.do is None and one.status == 200]


@pytest.fixture
def counted(db, django_home, mail_servers, assets):
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    seeded = walk.seed()
    counts, clients = {}, {}
    for one in PAGES:
        client = clients.get(one.role)
        if client is None:
            client = clients[one.role] = Client(HTTP_HOST=f"{django_home.node}.localhost")
            if one.role:
                backend = "pendopo.ground.accounts.signin.NumberBackend"
                client.force_login(seeded.accounts[one.role], backend=backend)
                client.get("/akun/")  # the session's first page writes where it is seen
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(seeded.fill(one.path))
        if answer.status_code == 200:
            counts[one.id] = len(queries)
    return counts


def test_queries_a_page(counted):
    if os.environ.get("PIN"):
        PINNED.write_text(json.dumps(counted, indent=1, sort_keys=True) + "\n")
    pinned = json.loads(PINNED.read_text())
    changed = {
        name: f"{pinned.get(name)} → {count}" for name, count in counted.items() if pinned.get(name) != count
    }
    assert not changed
    print("most:", max(counted.items(), key=lambda item: item[1]))
