"""The server under test: requests to it, and what came back. Nothing here knows what is right."""

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..conversion import SettingsError
from .findings import SHOWN, Sent

if TYPE_CHECKING:
    import httpx

TIMEOUT_S = 30.0
NONE = object()  # there is no JSON; null is one


@dataclass(frozen=True)
class Reply:
    """An answer. status: 0 where none came, and data is then the reason."""

    status: int
    media_type: str
    data: bytes
    sent: Sent

    @property
    def json(self) -> Any:  # noqa: ANN401 - any JSON value
        """The decoded body, or NONE."""
        try:
            return json.loads(self.data) if self.status else NONE
        except ValueError:
            return NONE

    @property
    def is_success(self) -> bool:
        """Whether its status says so."""
        return 200 <= self.status < 300


class Target:
    """A server at a base URL, as a context manager. key: of its account, "" for none."""

    def __init__(self, url: str, key: str = "", timeout_s: float = TIMEOUT_S) -> None:
        import httpx  # here: it takes a tenth of a second to import

        self.url = url.rstrip("/")
        self.key = key
        self.count = 0
        headers = {"authorization": f"Bearer {key}"} if key else {}
        self._client = httpx.Client(timeout=timeout_s, headers=headers, trust_env=False)
        self._plain = httpx.Client(timeout=timeout_s, trust_env=False)  # the key is for its own server alone

    def __enter__(self) -> "Target":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()
        self._plain.close()

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,  # noqa: ANN401 - any JSON value
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send a request with a JSON body, and return what came of it. path: of the document; "/" is the URL itself."""
        url = self.url + ("" if path == "/" else path)
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")
        told = {**({} if data is None else {"content-type": "application/json"}), **(headers or {})}
        return self._reply(self._client, method, url, body, content=data, headers=told)

    def upload(self, path: str, name: str, data: bytes, media_type: str) -> Reply:
        """Send a file as a form."""
        return self._reply(self._client, "POST", self.url + path, None, files={"file": (name, data, media_type)})

    def fetch(self, url: str) -> Reply:
        """Get what is at a URL that a reply named. Another host is not told the key."""
        client = self._client if urlsplit(url)[:2] == urlsplit(self.url)[:2] else self._plain
        return self._reply(client, "GET", url, None)

    def _reply(self, client: "httpx.Client", method: str, url: str, body: Any, **request: Any) -> Reply:  # noqa: ANN401
        import httpx

        self.count += 1
        try:
            answer = client.request(method, url, **request)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            reason = str(error) or type(error).__name__
            return Reply(0, "", reason.encode(), Sent(method, url, body, 0, reason))
        media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        shown = (
            answer.text[:SHOWN] if "json" in media_type or "text" in media_type else f"<{len(answer.content):,} bytes>"
        )
        return Reply(answer.status_code, media_type, answer.content, Sent(method, url, body, answer.status_code, shown))


def is_loopback(url: str) -> bool:
    """Return whether a URL leads to this machine by an address that cannot lead elsewhere."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def checked_url(url: str, *, accept_costs: bool) -> str:
    """Return the URL of a server that may be fuzzed. Raises SettingsError for another.

    Valid tasks are made, and paid for. Invalid ones are free as long as they are refused, but whether they are is
    what is to be found out: so neither is sent to another machine without leave.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        expected = "a base URL like http://127.0.0.1:8321/v1"
        raise SettingsError(f"cannot fuzz {url!r}: it is no URL", where="--url", expected=expected)
    if not accept_costs and not is_loopback(url):
        raise SettingsError(
            f"{parts.hostname} is another machine, where requests may cost money: nothing was sent",
            where="--url",
            expected="a server on this machine, or --i-accept-costs",
            advice="valid tasks are made and charged there, and so is an invalid one that is accepted by mistake",
        )
    return url
