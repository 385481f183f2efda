"""The registry of clients: whose flows are not offered, by which versions and over which transports."""

from .registry import Client, NotOffered

ROW = NotOffered(["lora"], "types.py has none", transports=["rest"], versions=["1.0.0"])
CLIENT = Client(
    "sdk",
    "pip",
    "sdk.py",
    ["2.0.0", "1.0.0"],
    ["websocket", "rest"],
    needs={"": ["ai==6"], "1.0.0": ["ai==5"]},
    errors={"bad-key": "auth"},
    errors_of={"1.0.0": {"bad-key": ""}},
    not_offered=[ROW],
)


def test_a_row_holds_for_its_versions_and_transports_only() -> None:
    assert CLIENT.lacks("lora", "1.0.0", "rest") == "types.py has none"
    assert not CLIENT.lacks("lora", "2.0.0", "rest")
    assert not CLIENT.lacks("lora", "1.0.0", "websocket")
    assert not CLIENT.lacks("training", "1.0.0", "rest")


def test_a_row_without_versions_and_transports_holds_for_all() -> None:
    assert NotOffered(["lora"], "types.py").holds("lora", "9.9.9", "rest")


def test_a_version_may_have_codes_and_packages_of_its_own() -> None:
    assert (CLIENT.code("bad-key", "2.0.0"), CLIENT.code("bad-key", "1.0.0")) == ("auth", "")
    assert (CLIENT.needed("2.0.0"), CLIENT.needed("1.0.0")) == (["ai==6"], ["ai==5"])
