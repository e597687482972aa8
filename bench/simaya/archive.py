"""An agency with 100,000 letters in a PostgreSQL of its own, as ours is set up; made by the server itself."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import make_home

LETTERS = 100_000
SECRETS = 50  # one letter of so many is secret
POSTS = 40
# Of each letter's text: so many words of a vocabulary in which the n-th is rarer than the one before it.
WORDS, VOCABULARY = 120, 20_000
TOPICS = ("aset", "pegawai", "jaringan", "anggar", "posyandu", "irigasi", "jalan")
STATE = f"CASE WHEN n % 3 = 0 THEN 'signed' WHEN n > {LETTERS} - 150 THEN 'received' ELSE 'registered' END"
TOPIC = f"(ARRAY{list(TOPICS)})[1 + n % {len(TOPICS)}]"
SECURITY = f"CASE WHEN n % {SECRETS} = 7 THEN 'R' ELSE 'B' END"
SUBJECT = f"'Permintaan data ' || {TOPIC} || ' wilayah ' || (n % 997)"
DAY = "date '2015-01-01' + n / 24"
# UUIDv7: the day in milliseconds, then what tells the day's letters apart, in their order.
ID = f"""(lpad(to_hex((extract(epoch FROM {DAY}) * 1000)::bigint), 12, '0') || '7'
 || lpad(to_hex(n % 24), 3, '0') || '8' || lpad(to_hex(n), 15, '0'))::uuid"""
COLUMNS = {
    "id": ID,
    "uid": "gen_random_uuid()",
    "side": "CASE WHEN n % 3 = 0 THEN 'out' ELSE 'in' END",
    "state": STATE,
    "security": SECURITY,
    "subject": f"CASE WHEN n % {SECRETS} = 7 THEN '' ELSE {SUBJECT} END",
    "number": "'000.' || n % 9 || '.' || n % 7 || '.3/' || n || '/107.' || n % 50 || '/' || 2015 + n / 8760",
    "day": DAY,
    "received_at": DAY,
    "due": f"{DAY} + 2",
    "peer_name": "'Dinas Nomor ' || n % 300",
    "token": "NULL",
}
TEXT = (
    f"SELECT 'kata' || floor({VOCABULARY} * power(random(), 3)) FROM generate_series(1, {WORDS}) WHERE n > 0"
)
ABOUT = f"'minta', 'permintaan', 'data', {TOPIC}, 'wilayah', (n % 997)::text"
ROW = "'000', n::text, '107', 'dinas', 'nomor', (n % 300)::text, 'maria', 'wangge'"
STEMS = f"array_to_tsvector(ARRAY[{ROW}, {ABOUT}] || ARRAY({TEXT}))"
NUMBERED = f"generate_series(1, {LETTERS}) n"
FILL = (
    f"INSERT INTO simaya_secret SELECT {ID}, {SUBJECT} FROM {NUMBERED} WHERE n % {SECRETS} = 7",
    f"""INSERT INTO simaya_words (letter_id, agency_id, side, day, number, secret, stems, unread)
 SELECT l.id, l.agency_id, l.side, l.day, lower(l.number), n % {SECRETS} = 7,
 CASE WHEN n % {SECRETS} = 7 THEN array_to_tsvector(ARRAY[{ROW}]) ELSE {STEMS} END, false
 FROM {NUMBERED} JOIN simaya_letter l ON l.id = {ID}""",
    f"INSERT INTO simaya_secretwords SELECT {ID}, {STEMS} FROM {NUMBERED} WHERE n % {SECRETS} = 7",
)
# Each letter has been passed on to two posts; three of ten also to the head, and twenty to the archivist.
ACCESS = "INSERT INTO simaya_access (id, letter_id, post_id, why, at) " + " UNION ALL ".join(
    f"SELECT gen_random_uuid(), {ID}, {post}, '{why}', now() FROM {NUMBERED} WHERE {where}"
    for post, why, where in (
        (f"(ARRAY[POSTS])[1 + n % {POSTS}]", "passed", "true"),
        (f"(ARRAY[POSTS])[1 + n / {POSTS} % {POSTS}]", "disposition", "true"),
        ("HEAD", "step", "n % 10 < 3"),
        ("FEW", "passed", f"n % {LETTERS // 20} = 1"),
    )
)


@contextmanager
def archive(folder: Path) -> Iterator[object]:
    """Django on a database with the letters; yields the agency's desk, as tests have it."""
    from pendopo.ops import schema
    from pendopo.ops.postgres import Cluster

    password = folder / "password"
    password.touch(0o600)
    password.write_text(uuid.uuid4().hex)
    cluster = Cluster(folder / "pg", folder, password, durable=False)
    cluster.initdb()
    with cluster.running(folder / "pg.log"):
        cluster.create_database("pendopo")
        home = make_home(folder / "home", database=cluster.url("pendopo"))
        os.environ |= {"PENDOPO_HOME": str(home.root), "DJANGO_SETTINGS_MODULE": "pendopo.portal.settings"}
        import django

        django.setup()
        from django.db import connections

        schema.load(home.database)
        try:
            yield _filled()
        finally:
            connections.close_all()


def _filled():
    from django.db import connection

    from pendopo.ground.directory.models import Position
    from pendopo.simaya.letters.models import Letter
    from tests.rooms.simaya import office

    desk = office.found(office.OFFICE)
    desk.hire("head", "Kepala Dinas", roles=("cleared",), kind="plh")
    unit = desk.posts["Analis"].unit
    more = [Position.objects.create(unit=unit, title=f"Pranata {n}") for n in range(POSTS - 3)]
    head, few = (f"'{desk.posts[title].pk}'::uuid" for title in ("Kepala Dinas", "Arsiparis"))
    others = [desk.posts[title] for title in ("Analis", "Sekretaris", "Kepala Bidang")]
    posts = ", ".join(f"'{one.pk}'::uuid" for one in (*others, *more))
    first = Letter.objects.create(
        agency=desk.agency, side="out", kind="surat-dinas", profile="permendagri-2023", state="signed",
        origin="wire", signer_name="Maria Wangge, Kepala Dinas", checked="sound",
    )  # fmt: skip
    columns = [field.column for field in Letter._meta.concrete_fields]
    values = ", ".join(COLUMNS.get(name, f"first.{name}") for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO simaya_letter ({', '.join(columns)}) SELECT {values} FROM {NUMBERED}, "
            f"simaya_letter first WHERE first.id = '{first.pk}'"
        )
        for statement in FILL:
            cursor.execute(statement)
        cursor.execute(ACCESS.replace("POSTS", posts).replace("HEAD", head).replace("FEW", few))
        first.delete()
        cursor.execute("VACUUM ANALYZE")
    return desk
