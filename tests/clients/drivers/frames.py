"""One flow of a client that is on no registry: its recorded frames, played by a raw client.

python frames.py FLOW URL KEY INPUTS, where the version among the inputs names the file of frames/. Prints one line of
JSON: what the client would make of the server's frames. A file's first line tells the client, its retries, and what it
makes of the codes of errors ("" unless told); every other is a script, with where the client's source shows it. A
script's steps are played in order:

    "NAME"                               another script
    {"send": [TASK, ...]}                a frame (over REST a request); $names stand for values, $task for the flow's
                                         task, whose members are left out where null is beside it
    {"need": {...}, "of": UUID}          an item with these members must come ("*": any value); "save" keeps members
    {"poll": UUID, "pauses": [...]}      getResponse until all results are there, each poll answered by a single frame
    {"lost": true}                       the connection ends, and another takes the session up with the script "resume"

``as`` names what the caller sees. Over WebSocket the script "connect" is played first.
"""

import base64
import json
import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import connect

FRAMES = Path(__file__).parent.parent / "frames"
WAIT_S = 15.0  # for a frame: as long as the clients wait for the authentication
POLLS = 60
Item = dict[str, Any]


class Refused(Exception):
    """The server answered with an error, which its text and members tell."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        super().__init__(error["message"])
        self.error = error


class Unplayable(Exception):
    """The client would wait for ever, or take the frame for another one; the text says why."""


class Rest:
    """Requests as the client makes them, with its own retries. Replies are the frames."""

    def __init__(self, url: str, key: str, header: Mapping[str, Any]) -> None:
        self._retry = header["retry"]
        headers = {**header["headers"], "Authorization": f"Bearer {key}"}
        self._client = httpx.Client(base_url=url, headers=headers, timeout=WAIT_S, trust_env=False)
        self._replies: list[Item] = []

    def send(self, tasks: Sequence[Item]) -> None:
        """Post an array of tasks, again where the client would. Raises httpx.HTTPError when it gives up."""
        for pause in [*self._retry["pauses"], None]:
            try:
                reply = self._client.post("/v1", json=tasks)
            except httpx.TransportError:
                if pause is None or not self._retry["connection"]:
                    raise
            else:
                if pause is None or reply.status_code not in self._retry["statuses"]:
                    self._replies.append(reply.json())
                    return
            time.sleep(pause)

    def receive(self) -> Item:
        """Return the next reply. Raises Unplayable when all were read."""
        if not self._replies:
            raise Unplayable("the reply to the last request does not hold what the client needs")
        return self._replies.pop(0)


class Socket:
    """A connection as the client makes it."""

    def __init__(self, url: str, header: Mapping[str, Any]) -> None:
        self._address = f"{url.replace('http', 'ws', 1)}/v1"
        self._headers = header["headers"]
        self._connection = connect(self._address, additional_headers=self._headers, max_size=None, proxy=None)

    def send(self, tasks: Sequence[Item]) -> None:
        """Send a frame."""
        self._connection.send(json.dumps(tasks))

    def receive(self) -> Item:
        """Return the next frame that is no pong. Raises Unplayable when none comes."""
        try:
            frame: Item = json.loads(self._connection.recv(timeout=WAIT_S))
        except TimeoutError as error:
            raise Unplayable(f"no frame within {WAIT_S:.0f} s") from error
        return frame

    def reconnect(self) -> None:
        """Wait for the end of the connection and make another. Raises Unplayable when it does not end."""
        try:
            while True:
                self.receive()
        except ConnectionClosed:
            self._connection = connect(self._address, additional_headers=self._headers, max_size=None, proxy=None)


class Player:
    """A client in the middle of its scripts. seen: what its caller sees so far, by name."""

    def __init__(self, line: Rest | Socket, scripts: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        self._line = line
        self._scripts = scripts
        self._values = {**values, "uuid": str(uuid.uuid4()), "other": str(uuid.uuid4())}
        self._inbox: list[Item] = []
        self.seen: dict[str, Any] = {"ordered": self._values["uuid"]}

    def play(self, name: str) -> None:
        """Play a script. Raises Refused, Unplayable, or what the transport raises."""
        for step in self._scripts[name]["steps"]:
            if isinstance(step, str):
                self.play(step)
            elif "send" in step:
                self._line.send(self._filled(step["send"]))
            elif "poll" in step:
                self._keep(step, self._poll(self._filled(step["poll"]), step["pauses"], self._filled(step["need"])))
            elif "lost" in step:
                assert isinstance(self._line, Socket), "only a socket is lost"
                self._line.reconnect()
                self.play("resume")
            else:
                self._keep(step, self._gather(self._filled(step.get("of")), self._filled(step["need"]), step))

    def _keep(self, step: Mapping[str, Any], items: list[Item]) -> None:
        for name, member in step.get("save", {}).items():
            self._values[name] = items[0][member]
        if "as" in step:
            self.seen[step["as"]] = items[0] if step["as"] in ("accepted", "upload") else items

    def _gather(self, of: str | None, need: Item, step: Mapping[str, Any]) -> list[Item]:
        """Return the items of a task, from as many frames as they take: one, or all that were ordered."""
        wanted = int(self._values["task"].get("numberResults", 1)) if step.get("all") else 1
        items: list[Item] = []
        while len(items) < wanted:
            items += self._frame_of(of)
        for item in items:
            _check(item, need)
        return items

    def _poll(self, of: str, pauses: Sequence[float], need: Item) -> list[Item]:
        wanted = int(self._values["task"].get("numberResults", 1))
        items: list[Item] = []
        for number in range(POLLS):
            time.sleep(pauses[min(number, len(pauses) - 1)])
            self._line.send([{"taskType": "getResponse", "taskUUID": of}])
            items = self._frame_of(of)
            if sum(item.get("status") == "success" for item in items) >= wanted:
                for item in items:
                    _check(item, need)
                return items
        raise Unplayable(f"after {POLLS} polls {wanted} results do not have the status success: {items}")

    def _frame_of(self, of: str | None) -> list[Item]:
        """Return the items of a task in the next frame that has any. of: its UUID; None is the authentication."""
        while True:
            for frame in self._inbox:
                for error in frame.get("errors", ()):
                    if error.get("taskUUID") in (of, None):
                        raise Refused(error)
                items = [item for item in frame.get("data", ()) if item.get("taskUUID") == of]
                if items:
                    self._inbox.remove(frame)
                    return items
            self._inbox.append(self._line.receive())

    def _filled(self, value: Any) -> Any:
        """Return a value with every $name replaced; a "$task" brings members in, but where null is beside it."""
        if isinstance(value, str) and value.startswith("$"):
            return self._values[value[1:]]
        if isinstance(value, list):
            return [self._filled(element) for element in value]
        if isinstance(value, dict):
            named = {name: self._filled(member) for name, member in value.items() if not name.startswith("$")}
            for name in set(value) - set(named):
                named |= self._values[name[1:]]
            return {name: member for name, member in named.items() if value.get(name, member) is not None}
        return value


def _check(item: Item, need: Item) -> None:
    for name, value in need.items():
        if name not in item or value not in ("*", item[name]):
            raise Unplayable(f"the client needs {name} {value!r} in {item}")


def _values(key: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the $names of scripts stand for. Files are base64; those of pictures are data URIs too."""
    files = {name: Path(inputs[name]).read_bytes() for name in ("image", "mask", "dataset")}
    encoded = {name: base64.b64encode(data).decode() for name, data in files.items()}
    uris = {f"{name}URI": f"data:image/png;base64,{encoded[name]}" for name in ("image", "mask")}
    return {"key": key, "task": inputs["task"], "second": inputs["second"], **encoded, **uris}


def run(flow: str, url: str, key: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Play a flow and return what the client's caller would see."""
    files = [[json.loads(line) for line in path.read_text("utf-8").splitlines()] for path in FRAMES.glob("*.jsonl")]
    header, *lines = next(file for file in files if file[0]["version"] == inputs["version"])
    scripts = {script["script"]: script for script in lines}
    own = f"{flow} {inputs['transport']}"
    try:
        socket = inputs["transport"] == "websocket"
        player = Player(Socket(url, header) if socket else Rest(url, key, header), scripts, _values(key, inputs))
        if socket:
            player.play("connect")
        player.play(own if own in scripts else flow)
    except Refused as refused:
        code = header["codes"].get(refused.error["code"], "")
        return {"error": {**refused.error, "type": "refusal", "code": code}}
    except (Unplayable, WebSocketException, httpx.HTTPError) as error:
        return {"error": {"type": type(error).__name__, "code": "", "message": str(error)}}
    return player.seen


if __name__ == "__main__":
    sys.stdout.write(json.dumps(run(sys.argv[1], sys.argv[2], sys.argv[3], json.loads(sys.argv[4]))) + "\n")
