import importlib

blame = importlib.import_module("genmock.mockserver.fuzzing.blame")
ITEM = {"steps": 1, "lora": [{"model": "a", "weight": 2}, {"model": "b", "weight": 3}]}


def test_a_member_is_left_out_of_a_copy() -> None:
    assert blame.without(ITEM, "/steps") == {"lora": ITEM["lora"]}
    assert "steps" in ITEM


def test_any_index_is_meant_by_a_star() -> None:
    assert blame.without(ITEM, "/lora/*/weight") == {"steps": 1, "lora": [{"model": "a"}, {"model": "b"}]}


def test_what_is_not_there_changes_nothing() -> None:
    assert blame.without(ITEM, "/outpaint/top") == ITEM


def test_every_member_has_its_pointer() -> None:
    assert list(blame.pointers({"a": [{"b/c": 1}]})) == ["/a", "/a/0/b~1c"]
