"""A service's OpenAPI 3.1 description, made from its signed definition (service/1) by a plain function."""

from collections.abc import Mapping

# JSON Schema of a column's type, and an example value.
_TYPES: dict[str, tuple[dict, object]] = {
    "text": ({"type": "string"}, "Siti Aminah"),
    "integer": ({"type": "integer", "format": "int64"}, 42),
    "number": ({"type": "number"}, 12.5),
    "boolean": ({"type": "boolean"}, True),
    "date": ({"type": "string", "format": "date"}, "1990-05-17"),
    "time": ({"type": "string", "format": "time"}, "08:30:00"),
    "datetime": ({"type": "string", "format": "date-time"}, "2026-11-23T08:30:00Z"),
    "uuid": ({"type": "string", "format": "uuid"}, "01938f3c-5d6e-7f00-8a1b-2c3d4e5f6071"),
    "json": ({}, {}),
    "bytes": ({"type": "string", "contentEncoding": "base64"}, "cGVuZG9wbw=="),
}
_MEDIA = {"json": "application/json", "ndjson": "application/x-ndjson", "csv": "text/csv"}


def openapi(definition: Mapping, lang: str = "id") -> dict:
    """The document as an object; `definition` is a service/1 payload, titles are taken in `lang`.

    `servers` names the path behind the caller's own gateway and nothing of the provider's network.
    """
    columns = definition["columns"]
    names = [column["name"] for column in columns]
    row = {
        "type": "object",
        "properties": {column["name"]: _column(column, lang) for column in columns},
        "additionalProperties": False,
    }
    bodies = {"json": {"type": "array", "items": {"$ref": "#/components/schemas/Row"}}}
    content = {
        _MEDIA[form]: {"schema": bodies.get(form, {"type": "string"})} for form in definition["formats"]
    }
    if "json" in definition["formats"]:
        content[_MEDIA["json"]]["example"] = [{column["name"]: _example(column) for column in columns}]
    fault = {"$ref": "#/components/responses/Fault"}
    answers = {
        "200": {
            "description": "OK",
            "headers": {"Link": {"schema": {"type": "string"}, "description": 'rel="next": the next page'}},
            "content": content,
        },
        "400": fault,
        "500": fault,
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": _text(definition["title"], lang),
            "description": definition["description"],
            "version": str(definition["version"]),
        },
        "servers": [{"url": f"/r1/{definition['service']}"}],
        "paths": {
            "/": {
                "get": {
                    "operationId": "rows",
                    "parameters": _filters(definition) + _common(definition, names),
                    "responses": answers,
                }
            }
        },
        "components": {"schemas": {"Row": row, "Fault": _FAULT}, "responses": {"Fault": _FAULT_ANSWER}},
    }


def _text(title: object, lang: str) -> str:
    return title.get(lang) or next(iter(title.values())) if isinstance(title, Mapping) else str(title)


def _column(column: Mapping, lang: str) -> dict:
    kind = "text" if column["mask"] else column["type"]
    schema = dict(_TYPES[kind][0])
    if column["nullable"] and "type" in schema:
        schema["type"] = [schema["type"], "null"]
    if column["title"]:
        schema["title"] = _text(column["title"], lang)
    return schema


def _example(column: Mapping) -> object:
    return "•••" if column["mask"] else _TYPES[column["type"]][1]


def _filters(definition: Mapping) -> list[dict]:
    """One parameter a filtered column: `column=op.value`."""
    return [
        {
            "name": name,
            "in": "query",
            "description": f"{name}=OP.VALUE; OP: {', '.join(operators)}",
            "schema": {"type": "string", "pattern": f"^({'|'.join(operators)})\\..*"},
        }
        for name, operators in definition["filters"].items()
        if operators
    ]


def _common(definition: Mapping, names: list[str]) -> list[dict]:
    most = definition["limit"]["max"]
    limit: dict = {
        "type": "integer",
        "minimum": 1,
        "maximum": most,
        "default": definition["limit"]["default"],
    }
    if definition["bulk"]:
        limit = {"anyOf": [limit, {"const": "all"}]}
    described = [
        ("select", "a,b,c", {"type": "string", "example": ",".join(names[:3])}),
        ("limit", "", limit),
        ("after", "Link rel=next", {"type": "string"}),
        ("format", "", {"enum": list(definition["formats"])}),
    ]
    if definition["order"]:
        described.append(("order", "a,b.desc", {"type": "string", "example": definition["order"][0]}))
    return [
        {"name": name, "in": "query", "description": text, "schema": schema}
        for name, text, schema in described
    ]


_FAULT = {
    "type": "object",
    "properties": {"type": {"type": "string"}, "message": {"type": "string"}, "detail": {"type": "string"}},
    "required": ["type", "message", "detail"],
}
_FAULT_ANSWER = {
    "description": "X-Road fault",
    "headers": {"X-Road-Error": {"schema": {"type": "string"}}},
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Fault"}}},
}
