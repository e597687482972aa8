"""Reading and writing messages: what is written comes back, and no bytes at all stop the reader."""

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pendopo.core.errors import Fault
from pendopo.pnsmail.webmail import compose, message, safe, strip, threads
from pendopo.pnsmail.webmail.message import Address, File

NOW = datetime(2026, 11, 30, 7, 5, tzinfo=UTC)
ME = Address("Ani Wati", "ani.wati@pns.example.go.id")
SEEDS = (
    b"From: a@b.id\r\nSubject: x\r\n\r\nhalo",
    b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\na\r\n--x--",
    b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n",
    b"\r\n\r\n<p>=C3=A9</p>",
    b"Content-Disposition: attachment; filename*0*=utf-8''a%20; filename*1=b\r\n",
    b"=?utf-8?b?8J+Yig==?=",
    b"\r\n--x\r\n",
)
junk = st.lists(st.one_of(st.binary(max_size=60), st.sampled_from(SEEDS)), max_size=8).map(b"".join)
plain = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=200)
local = st.from_regex(r"[a-z][a-z0-9]{0,10}(\.[a-z0-9]{1,10})?", fullmatch=True)
people = st.builds(
    lambda name, user: Address(name, f"{user}@dinas.go.id"), plain.map(lambda s: s[:60]), local
)


@settings(max_examples=150)
@given(junk)
def test_any_bytes_are_read(raw):
    found = message.read(raw)
    for one in found.attachments:
        assert message.file(raw, one.id).name == one.name
        assert "/" not in one.name and "\\" not in one.name and one.name.strip(" .")
    assert "\n" not in found.subject
    safe.clean(found.html, {})
    compose.answer(found, ME, everybody=True, intro="Ani menulis:")


@settings(max_examples=60)
@given(
    st.lists(people, min_size=1, max_size=4),
    plain,
    st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\t"), max_size=400),
    st.lists(st.tuples(plain.map(lambda s: s[:40]), st.binary(max_size=300)), max_size=2),
)
def test_what_is_written_is_what_is_read(to, subject, text, files):
    draft = compose.Draft(
        ME,
        tuple(to),
        subject=subject,
        text=text,
        files=tuple(File(f"berkas {name}.bin", "application/octet-stream", data) for name, data in files),
        answers="<akhir@a.id>",
        references=("<awal@a.id>",),
    )
    raw = compose.build(draft, NOW, b"0123456789")
    found = message.read(raw)
    assert [one.address for one in found.to] == [one.address for one in to]
    assert found.from_ == ME
    assert found.subject == message.line(compose.one_line(subject)[: compose.SUBJECT])
    assert found.date == NOW
    assert found.references == ("<awal@a.id>", "<akhir@a.id>")
    assert found.message_id.endswith("@pns.example.go.id>")
    assert found.text == text.strip("\n")
    assert [message.file(raw, one.id).data for one in found.attachments] == [data for _name, data in files]
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))


def test_a_message_with_everything_is_taken_apart():
    made = EmailMessage()
    made["From"] = "Dinas Pendidikan <dinas@ende.go.id>"
    made["To"] = "Ani Wati <ani.wati@pns.example.go.id>, budi@pns.example.go.id"
    made["Subject"] = "Undangan rapat – 1 Desember"
    made["Date"] = "Mon, 30 Nov 2026 15:05:00 +0800"
    made.set_content("Silakan hadir.\n")
    made.add_alternative('<p>Silakan <b>hadir</b>.</p><img src="cid:logo">', subtype="html")
    made.get_payload()[1].add_related(b"\x89PNG1234", "image", "png", cid="<logo>")
    made.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="Undangan é.pdf")
    made.add_attachment(
        b"\x78\x9f\x3e\x22", maintype="application", subtype="ms-tnef", filename="winmail.dat"
    )
    inner = EmailMessage()
    inner["Subject"] = "Lama"
    inner.set_content("isi lama")
    made.add_attachment(inner)
    raw = made.as_bytes()
    found = message.read(raw)
    assert found.subject == "Undangan rapat – 1 Desember"
    assert found.date == NOW
    assert found.text == "Silakan hadir."
    assert "<b>hadir</b>" in found.html
    assert [(one.name, one.type) for one in found.attachments] == [
        ("lampiran.png", "image/png"),
        ("Undangan é.pdf", "application/pdf"),
        ("winmail.dat", "application/ms-tnef"),
        ("Lama.eml", "message/rfc822"),
    ]
    assert found.attachments[0].cid == "logo"
    assert message.file(raw, found.attachments[1].id).data == b"%PDF-1.7"
    assert message.file(raw, "9") is None


@pytest.mark.parametrize(
    ("charset", "body", "said"),
    [
        ("utf-8", "é".encode(), "é"),
        ("utf-8", b"\xe9", "é"),
        ("us-ascii", "é".encode(), "é"),
        ("iso-8859-1", b"\xe9", "é"),
        ("windows-1252", b"\x93halo\x94", "“halo”"),
        ("", "日本".encode(), "日本"),
        ("iso-2022-jp", "日本".encode("iso-2022-jp"), "日本"),
        ("punycode", b"halo-", "halo-"),
        ("unicode_escape", rb"\x41", r"\x41"),
    ],
)
def test_text_is_read_by_its_charset_else_by_what_it_is(charset, body, said):
    assert (
        message.read(b"Content-Type: text/plain; charset=" + charset.encode() + b"\r\n\r\n" + body).text
        == said
    )


def test_html_alone_has_words_too():
    found = message.read(
        b"Content-Type: text/html\r\n\r\n<style>p{}</style><p>Yth.&nbsp;Ibu<br>Ani</p><script>1</script>"
    )
    assert found.text == "Yth. Ibu\nAni"


def read(**headers):
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return message.read("\r\n".join((*lines, "", "> lama\nbaru")).encode())


def test_an_answer_goes_to_who_wrote_and_to_all_only_when_asked():
    given = read(
        From="Budi <budi@a.id>", To="Ani <ani.wati@pns.example.go.id>, c@d.id", Cc="e@f.id, BUDI@a.id",
        Subject="RE: Rapat", Message_ID="<2@a.id>", References="<1@a.id>",
    )  # fmt: skip
    one = compose.answer(given, ME, everybody=False, intro="Budi menulis:")
    assert [who.address for who in one.to] == ["budi@a.id"]
    assert one.cc == ()
    assert one.subject == "Re: Rapat"
    assert one.answers == "<2@a.id>"
    assert one.references == ("<1@a.id>",)
    assert one.text == "\n\nBudi menulis:\n>> lama\n> baru"
    everybody = compose.answer(given, ME, everybody=True, intro="")
    assert [who.address for who in everybody.cc] == ["c@d.id", "e@f.id"]
    own = read(From="Ani <ani.wati@pns.example.go.id>", To="x@y.id", Cc="z@y.id", Subject="a")
    assert [who.address for who in compose.answer(own, ME, everybody=True, intro="").to] == ["x@y.id"]
    elsewhere = read(From="a@b.id", Reply_To="balas@b.id", Subject="Re: Re: a")
    assert [who.address for who in compose.answer(elsewhere, ME, everybody=False, intro="").to] == [
        "balas@b.id"
    ]


def test_people_are_split_where_people_type_them():
    found = compose.people('Budi Santoso <budi@a.id>, "Wati, Ani" <ani@b.go.id>; c@d.id\n e@f.id,')
    assert [one.address for one in found] == ["budi@a.id", "ani@b.go.id", "c@d.id", "e@f.id"]
    assert found[1].name == "Wati, Ani"
    for wrong in ("budi", "budi@", "@a.id", "a b@c.id", "a@b", "a..b@c.id", "a@-b.id", "a@b.id c@d.id"):
        with pytest.raises(Fault) as refused:
            compose.people(wrong)
        assert refused.value.code == "webmail.address"


def test_a_message_needs_somebody_and_has_limits():
    to = tuple(Address("", f"a{n}@b.id") for n in range(compose.MOST + 1))
    compose.checked(compose.Draft(ME, to[:-1]))
    for draft, code in (
        (compose.Draft(ME), "webmail.nobody"),
        (compose.Draft(ME, to), "webmail.people"),
        (compose.Draft(ME, to[:1], text="x" * (compose.TEXT + 1)), "webmail.long"),
        (compose.Draft(ME, to[:1], files=(File("a", "a/b", b"x" * (compose.FILES + 1)),)), "webmail.files"),
    ):
        with pytest.raises(Fault) as refused:
            compose.checked(draft)
        assert refused.value.code == code


def test_a_draft_keeps_its_hidden_people_and_what_goes_out_does_not():
    draft = compose.Draft(ME, compose.people("a@b.id"), bcc=compose.people("c@d.id"), answers="<1@a.id>")
    kept = message.read(compose.build(draft, NOW, b"0123456789", keep_bcc=True))
    again = compose.reopened(kept, ME, ())
    assert (again.bcc, again.answers) == (draft.bcc, "<1@a.id>")
    assert b"c@d.id" not in compose.build(draft, NOW, b"0123456789")


def known(key, id="", references=(), subject="", hour=0):
    return threads.Known(key, id, references, subject, NOW.replace(hour=hour))


def keys(found):
    return [[one.key for one in some] for some in found]


def test_messages_that_name_each_other_are_one_conversation():
    found = threads.group(
        [
            known("a", "<1>", (), "Rapat", 1),
            known("b", "<2>", ("<1>",), "Re: Rapat", 2),
            known("c", "<9>", (), "Rapat", 3),  # the same subject, but no answer
            known("d", "<4>", ("<1>", "<3>"), "Lain", 4),  # <3> was lost
            known("e", "<5>", ("<8>",), "x", 5),
            known("f", "<6>", ("<8>",), "y", 6),  # both answer what was never here
        ]
    )
    assert keys(found) == [["e", "f"], ["a", "b", "d"], ["c"]]


def test_an_answer_that_names_nothing_goes_by_its_subject():
    found = threads.group(
        [
            known("a", "<1>", (), "Rapat  Senin", 1),
            known("b", "<2>", (), "Bls: rapat senin", 2),
            known("c", "<3>", (), "Re: lain", 3),
        ]
    )
    assert keys(found) == [["c"], ["a", "b"]]


@settings(max_examples=100)
@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.lists(st.integers(0, 9), max_size=3), st.integers(0, 23)), max_size=12
    )
)
def test_conversations_hold_each_message_once_in_any_order(rows):
    some = [
        known(n, f"<{id}>", tuple(f"<{r}>" for r in refs), "s", hour)
        for n, (id, refs, hour) in enumerate(rows)
    ]
    found = threads.group(some)
    assert sorted(one.key for group in found for one in group) == list(range(len(rows)))
    assert keys(threads.group(reversed(some))) == keys(found)


def test_a_plain_message_is_escaped_its_addresses_are_links_and_what_is_quoted_is_parted():
    made = safe.plain("<b>lihat</b> https://a.id/x?a=1&b=2. ok")
    assert made.startswith('&lt;b&gt;lihat&lt;/b&gt; <a href="https://a.id/x?a=1&amp;b=2"')
    assert made.endswith("</a>. ok")
    assert safe.parted("Ya.\n\nBudi menulis:\n> satu\n> dua\n") == ("Ya.", "Budi menulis:\n> satu\n> dua")
    assert safe.parted("> satu\nYa.") == ("> satu\nYa.", "")
    assert safe.parted("> hanya kutipan") == ("> hanya kutipan", "")


def test_large_files_are_taken_out_and_all_else_stays_as_it_was():
    made = EmailMessage()
    made["Subject"], made["Message-ID"], made["X-Lama"] = "Foto", "<7@a.id>", "tetap"
    made.set_content("Terlampir.\n")
    made.add_attachment(b"\0" * strip.LARGE, maintype="image", subtype="jpeg", filename="besar.jpg")
    made.add_attachment(b"kecil", maintype="text", subtype="csv", filename="kecil.csv")
    raw = made.as_bytes()
    left, gone = strip.without_files(raw, lambda name, size: f"[{name}, {size} byte, dihapus]")
    assert [one.name for one in gone] == ["besar.jpg"]
    assert len(left) < 2000
    found = message.read(left)
    assert (found.subject, found.message_id) == ("Foto", "<7@a.id>")
    assert "Terlampir." in found.text
    assert f"[besar.jpg, {strip.LARGE} byte, dihapus]" in found.text
    assert [one.name for one in found.attachments] == ["kecil.csv"]
    assert message.file(left, found.attachments[0].id).data == b"kecil"
    assert strip.without_files(left, lambda name, size: "x") == (left, [])
