"""Delivery: two messages held up and a notice of the own agency."""

from browser.walk import Page, Route


def seed(seeded):
    from pendopo.ground.delivery.actions import notice
    from pendopo.ground.delivery.models import Inbox, Outbox

    own = seeded.objects["agency"]
    seeded.objects["outbox"] = Outbox.objects.create(
        agency=own, to_agency="ID/GOV/KEMENDIKBUD", type="request/1", doc=b"{}", order="x",
        state="failed", fault="link.no_address", params={"node": "kemendikbud"},
    )  # fmt: skip
    seeded.objects["inbox"] = Inbox.objects.create(
        agency=own, from_agency="ID/GOV/KEMENKES", msg_id="01a20f5b-419e-7832-8cae-5bbbe13c367a",
        type="agreement/1", doc=b"{}", state="failed", fault="delivery.internal",
    )  # fmt: skip
    document = seeded.objects["service"].versions.first().document
    seeded.objects["inbox_good"] = Inbox.objects.create(
        agency=own, from_agency=own.code, msg_id="01a20f5b-419e-7832-8cae-5bbbe13c367b",
        type="service/1", doc=document.raw, state="failed", fault="delivery.internal",
    )  # fmt: skip
    seeded.objects["notice"] = notice(
        seeded.accounts["admin"],
        "uji",
        "1",
        "/akun/",
        "%(name)s is revoked. Linked gateways know.",
        name="Kunci",
    )
    seeded.words += ["KEMENDIKBUD", "KEMENKES"]


PAGES = [
    Page("/simpul/kiriman/"),
    Page("/simpul/kiriman/", "foreign", "kosong"),
    Page("/pemberitahuan/"),
    Page("/pemberitahuan/", "nobody", "kosong"),
]


def nothing_new(response):
    """The bell is quiet."""
    from pendopo.ground.delivery.reads import unseen

    return unseen(response.wsgi_request.actor) == 0


ROUTES = [
    Route("delivery:notices", "own"),
    Route("delivery:notice", "object", {"pk": "notice"}),
    Route("delivery:seen", "own", post={}, shows=nothing_new),
    Route("delivery:troubles", "agency"),
    Route("delivery:again_out", "object", {"pk": "outbox"}, post={}),
    Route("delivery:again_in", "object", {"pk": "inbox_good"}, post={}),
]
