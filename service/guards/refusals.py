"""The reply to a request that is refused."""

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from service import limits
from service.faults import Fault, error_object

RETRY = {"Retry-After": "5"}


def reply_of(fault: Fault) -> JSONResponse:
    """The reply to a request that cannot be served."""
    headers = RETRY if fault.status in (429, 503) else None
    return JSONResponse(error_object(fault), fault.status, headers=headers)


def too_large(most: int) -> Fault:
    """The refusal of a request with more bytes."""
    return Fault(f"The request has more than {most:,} bytes. Send less at once.", 413)


def http_fault(error: HTTPException) -> Fault:
    """The framework's own refusals, in our words."""
    if error.status_code == 413:
        return too_large(limits.BODY)
    if error.status_code == 404:
        return Fault("There is no such address. The API's description lists them.", 404, code="not_found")
    if error.status_code == 405:
        return Fault("This address is called with another method (GET or POST).", 405)
    return Fault(f"The request could not be read: {error.detail}.", error.status_code)
