"""Our fault codes as X-Road types and HTTP statuses.

A program gets the X-Road type (in the node's dialect) in `X-Road-Error` and as "type", our own code in
`X-Pendopo-Error`, and a "detail" that stands in the log. `Server.*` is status 500 and `Client.*` 400, as
X-Road has it; a program that sends `X-Pendopo-Errors: http` gets the status that says more.
"""

_DENIED = "Server.ServerProxy.AccessDenied"
_FAILED = "Server.ServerProxy.ServiceFailed"
_CLIENT = "Server.ClientProxy"

# code, or a beginning that ends in a dot: (X-Road type, status for those who ask for it)
TYPES: dict[str, tuple[str, int]] = {
    "app.": ("Client.BadRequest", 400),
    "app.header_too_large": ("Client.BadRequest", 431),
    "app.url_too_long": ("Client.BadRequest", 414),
    "app.body_too_large": ("Client.BadRequest", 413),
    "app.token": (f"{_CLIENT}.SslAuthenticationFailed", 401),
    "app.client_unknown": (f"{_CLIENT}.UnknownMember", 403),
    "app.provider_unknown": (f"{_CLIENT}.UnknownMember", 404),
    "app.no_key": (f"{_CLIENT}.SigningFailed", 503),
    "app.answer_invalid": (f"{_CLIENT}.InconsistentResponse", 502),
    "id.": ("Client.BadRequest", 400),
    "link.": (f"{_CLIENT}.NetworkError", 502),
    "frame.": (f"{_CLIENT}.NetworkError", 502),
    "wire.": (f"{_CLIENT}.NetworkError", 502),
    "log.": (f"{_CLIENT}.LoggingFailed", 503),
    "delivery.": ("Client.BadRequest", 400),
    "envelope.": ("Client.BadRequest", 400),
    "json.": ("Client.BadRequest", 400),
    "gateway.documents_expired": (f"{_CLIENT}.OutdatedGlobalConf", 503),
    "gateway.no_documents": (f"{_CLIENT}.OutdatedGlobalConf", 503),
    "registry.": (f"{_CLIENT}.UnknownMember", 404),
    "gateway.": (f"{_CLIENT}.InternalError", 503),
    "key.": ("Server.ServerProxy.InvalidSignatureValue", 403),
    "exchange.": ("Server.ServerProxy.InvalidSignatureValue", 403),
    "exchange.replayed": (f"{_DENIED}.Replay", 403),
    "exchange.clock": (f"{_DENIED}.Clock", 403),
    "service.unknown": ("Server.ServerProxy.UnknownService", 404),
    "service.disabled": ("Server.ServerProxy.ServiceDisabled", 503),
    "service.method": ("Client.BadRequest", 405),
    "agreement.": (_DENIED, 403),
    "agreement.expired": (f"{_DENIED}.Expired", 403),
    "agreement.not_yet": (f"{_DENIED}.Expired", 403),
    "agreement.offline": (f"{_DENIED}.Expired", 503),
    "agreement.revoked": (f"{_DENIED}.Revoked", 403),
    "agreement.suspended": (f"{_DENIED}.Suspended", 403),
    "agreement.purpose_missing": (f"{_DENIED}.Purpose", 403),
    "agreement.purpose": (f"{_DENIED}.Purpose", 403),
    "agreement.quota": (f"{_DENIED}.Quota", 429),
    "agreement.rate": (f"{_DENIED}.Rate", 429),
    "agreement.hours": (f"{_DENIED}.Hours", 403),
    "query.": ("Client.BadRequest", 400),
    "query.column_not_granted": (f"{_DENIED}.Column", 403),
    "query.filter_not_allowed": (f"{_DENIED}.Filter", 403),
    "query.order_not_allowed": (f"{_DENIED}.Filter", 403),
    "query.bulk_not_offered": (f"{_DENIED}.Bulk", 403),
    "source.": (f"{_FAILED}.Source", 503),
    "source.drift": (f"{_FAILED}.SchemaDrift", 503),
    "source.timeout": (f"{_FAILED}.Timeout", 504),
}


def of(code: str) -> tuple[str, int]:
    """(X-Road type, telling status) of one of our codes."""
    return TYPES.get(code) or TYPES.get(code.partition(".")[0] + ".") or (f"{_CLIENT}.InternalError", 500)


def status(type: str) -> int:
    """The status X-Road gives a type."""
    return 500 if type.startswith("Server.") else 400
