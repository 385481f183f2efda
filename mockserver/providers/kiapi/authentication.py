"""The bearer token, where the settings ask for one. Source: docs/providers/kiapi.md, "Token"."""

from ...exchange import redacted_key
from ...pipeline import Call
from .errors import refusal

MASK = "*" * 10  # what a masked token is shown as, whatever it is


async def authenticate(call: Call) -> None:
    """Compare the header with the token, exactly and with regard to case. Raises Refused with status 401."""
    settings, header = call.runtime.settings, call.request.headers.get("authorization", "")
    call.key = header.partition(" ")[2]
    call.exchange.key = redacted_key(call.key)
    token = settings.kiapi_token
    if token and header != f"Bearer {MASK if settings.kiapi_token_mask else token}":
        raise refusal(call.errors, "unauthorized")
