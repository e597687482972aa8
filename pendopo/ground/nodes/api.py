"""Enrolment over HTTP: the one address that nodes call at a registry's portal."""

import logging

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from pendopo.core.errors import Fault
from pendopo.ground.accounts.actor import Actor

from . import actions

log = logging.getLogger(__name__)

MOST = 64 * 1024  # bytes of a request


@csrf_exempt
@login_not_required
@require_POST
def enrol(request: HttpRequest) -> HttpResponse:
    """A node asks to be enrolled by the token it was given: the request's own signatures say who it is."""
    if int(request.headers.get("Content-Length") or 0) > MOST:
        return refusal(Fault("nodes.request_malformed"), 413)
    try:
        answer = actions.enrol(request.body, actor=Actor.system(via="wire"))
    except Fault as fault:
        log.warning("enrolment from %s refused: %s", request.META.get("REMOTE_ADDR"), fault)
        return refusal(fault, 503 if fault.code.startswith("gateway.") else 403)
    return HttpResponse(answer, content_type="application/json")


def refusal(fault: Fault, status: int) -> JsonResponse:
    """A fault for a program: code and facts, and the words for a person."""
    said = {"code": fault.code, "params": fault.params, "text": fault.text(get_language())}
    return JsonResponse(said, status=status)
