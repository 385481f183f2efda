import json

from benchmarks.bodies import TASK, UUID, body, uuid_of
from genmock import check_request


def test_a_body_has_a_place_for_a_uuid_in_each_task() -> None:
    content = body(TASK, TASK)
    sent = json.loads(content.with_uuids([uuid_of(7, 1), uuid_of(7, 2)]))
    assert content.fresh == 2
    assert [task["taskUUID"] for task in sent] == [
        "00000007-0000-4000-8000-000000000001",
        "00000007-0000-4000-8000-000000000002",
    ]


def test_the_task_has_thirteen_members_and_is_valid() -> None:
    assert len(TASK) == 13
    assert UUID in TASK.values()
    assert not check_request("flux-1-dev-srpo", [TASK | {"taskUUID": uuid_of(1, 1)}])
