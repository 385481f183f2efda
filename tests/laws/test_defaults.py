"""A member that is given its default changes nothing, neither what is told nor what is drawn."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from genmock.specs import load_catalog
from genmock.validators import check_task, with_defaults

LAWS = settings.get_profile("laws")


def stated(item: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield (member, default) for each member that an item leaves out and its document has a default for."""
    document = load_catalog().find("imageInference", item["model"])
    assert document is not None
    schema = document.effective["components"]["schemas"]["RequestBody"]["items"]
    for name, member in schema["properties"].items():
        if name not in item and "default" in member:
            yield name, member["default"]


def test_a_default_that_is_given_changes_nothing(world: Callable[..., Any], tasks: Callable[..., Any]) -> None:
    met = set()

    @settings(LAWS, max_examples=LAWS.max_examples // 2)
    @given(st.data())
    def law(data: st.DataObject) -> None:
        (task,) = data.draw(tasks())
        options = sorted(stated(task), key=str)
        some = st.lists(st.sampled_from(options), min_size=min(3, len(options)), max_size=3, unique_by=str)
        left_out = world()
        told = left_out.data(task)
        for name, value in data.draw(some):
            met.add(name)
            given_too = world()
            assert given_too.data({**task, name: value}) == told
            if "imageURL" in told[0]:
                assert given_too.file(told[0]["imageURL"]) == left_out.file(told[0]["imageURL"])

    law()
    assert len(met) >= 3, met


def test_a_task_with_all_its_defaults_is_the_same_task(world: Callable[..., Any], tasks: Callable[..., Any]) -> None:
    @settings(LAWS)
    @given(tasks())
    def law(found: list[dict[str, Any]]) -> None:
        (task,) = found
        document = load_catalog().find("imageInference", task["model"])
        assert document is not None
        filled = with_defaults(document, task)
        assert with_defaults(document, filled) == filled
        assert {**filled, **task}.keys() == filled.keys()
        if not check_task(document, filled):  # a default may want what the task has not
            assert world().data(filled) == world().data(task)

    law()
