"""What X-Road programs read besides data: faults, and lists of clients and services, in JSON and XML."""

from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from pendopo.core import strict

XROAD = "http://x-road.eu/xsd/xroad.xsd"
IDS = "http://x-road.eu/xsd/identifiers"


def fault(type: str, message: str, detail: str, xml: bytes | None) -> bytes:
    """A fault's body, as JSON or (where `xml` is a type) XML."""
    if xml is None:
        return strict.dumps({"type": type, "message": message, "detail": detail})
    parts = "".join(
        f"<{k}>{escape(v)}</{k}>" for k, v in (("type", type), ("message", message), ("detail", detail))
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<error>{parts}</error>'.encode()


def clients(view, query: bytes, accept: bytes) -> tuple[bytes, bytes]:
    """`GET /listClients`: (content type, body): members and subsystems, XML unless Accept has JSON."""
    asked = parse_qs(query.decode("latin-1")).get("xRoadInstance", [view.registry.instance])[-1]
    rows = _clients(view) if asked == view.registry.instance else []
    if b"application/json" in accept.lower():
        members = [{"id": _json_id(id), "name": name} | _subsystem(id) for id, name in rows]
        return b"application/json", strict.dumps({"member": members})
    items = "".join(
        f"<xrd:member>{_xml_id(id)}<xrd:name>{escape(name)}</xrd:name></xrd:member>" for id, name in rows
    )
    text = f'<xrd:clientList xmlns:xrd="{XROAD}" xmlns:id="{IDS}">{items}</xrd:clientList>'
    return b"text/xml; charset=utf-8", f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


def _clients(view) -> list[tuple[str, str]]:
    """(id, name) of every member, of the subsystems the catalogue shows, and of our own."""
    names = {agency: member["name"] for agency, member in view.registry.members.items()}
    found = set(names)
    found |= {service.rpartition("/")[0] for service in view.registry.catalogue}
    found |= set(view.node.subsystems)
    return [
        (id, names["/".join(id.split("/")[:3])])
        for id in sorted(found)
        if "/".join(id.split("/")[:3]) in names
    ]


def _json_id(id: str) -> dict:
    keys = ("xroad_instance", "member_class", "member_code", "subsystem_code")
    kind = "MEMBER" if id.count("/") == 2 else "SUBSYSTEM"
    return dict(zip(keys, id.split("/"), strict=False)) | {"object_type": kind}


def _subsystem(id: str) -> dict:
    return {"subsystem_name": id.split("/")[3]} if id.count("/") == 3 else {}


def _xml_id(id: str) -> str:
    tags = ("xRoadInstance", "memberClass", "memberCode", "subsystemCode")
    parts = "".join(
        f"<id:{tag}>{escape(part)}</id:{tag}>" for tag, part in zip(tags, id.split("/"), strict=False)
    )
    kind = "MEMBER" if id.count("/") == 2 else "SUBSYSTEM"
    return f'<xrd:id id:objectType="{kind}">{parts}</xrd:id>'


def service(id: str, endpoint: bool = True) -> dict:
    """A service in the answers of `listMethods` and `allowedMethods`."""
    instance, cls, member, subsystem, code = id.split("/")
    return {
        "xroad_instance": instance,
        "member_class": cls,
        "member_code": member,
        "subsystem_code": subsystem,
        "service_code": code,
        "object_type": "SERVICE",
        "service_type": "OPENAPI",
        "endpoint_list": [{"method": "GET", "path": "/"}] if endpoint else [],
    }
