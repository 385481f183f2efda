"""The public surface is pinned: a name that comes or goes is a decision, made here."""

import importlib
import subprocess
import sys

import pytest

SURFACE = {
    "genmock": (
        "ALWAYS MisuseError Mock PictureMismatch Settings Tolerance Unmet Violation __version__ asgi_app "
        "assert_changed_only_inside assert_dominant_colour assert_similar assert_size check_request check_response "
        "create_app current fuzz_replies running strategies tolerance"
    ),
    "genmock.specs": (
        "Catalog DataError Document DocumentChanged DocumentUnreadable Entry ErrorCatalog ErrorEntry OverlayError "
        "PriceTable SpecError Training UnknownDocument catalogued load_catalog load_errors load_prices read_document "
        "training_of"
    ),
    "genmock.validators": (
        "ASKING Broken Difference DocumentWarning Example FUNCTIONS Finding HttpReply HttpRequest OperationNeeded Rule "
        "Severity Violation check_http_reply check_http_request check_request check_response check_rules check_task "
        "closest compare_documents decode_inline document_for find_rule is_keyword is_url is_uuid "
        "lint member_schema misplaced_authentication plain_verdict prepare repeated_task_uuid shown task_defaults "
        "with_defaults would_break"
    ),
    "genmock.mockserver": (
        "Clock DeliveryView Exchange Fault FaultState FaultsRefused ImageRejected Journal PictureSpec Provider "
        "RealClock Runtime SECRET_HEADERS ScenarioError ServerThread Settings TaskView Undecodable VirtualClock "
        "Workshop World block create_app decode_json decode_picture draw elided laid_over load_scenario "
        "open_store read_deliveries read_faults served"
    ),
    "genmock.fixtures": (
        "ALWAYS Golden MisuseError Mock PictureMismatch RealHost RedirectWarning Server StrayRequest Tolerance Unmet "
        "asgi_app assert_changed_only_inside assert_dominant_colour assert_similar assert_size current fuzz_replies "
        "golden golden_operations running tolerance"
    ),
}


@pytest.mark.parametrize("module", SURFACE)
def test_the_surface_is_as_pinned(module: str) -> None:
    assert sorted(importlib.import_module(module).__all__) == SURFACE[module].split()


@pytest.mark.parametrize("module", SURFACE)
def test_every_public_name_is_importable(module: str) -> None:  # and listed in order: ruff sees to that
    room = importlib.import_module(module)
    assert [name for name in room.__all__ if not hasattr(room, name)] == []


def test_the_front_door_lists_what_it_opens() -> None:
    import genmock

    assert dir(genmock) == sorted(genmock.__all__)
    for name in genmock.__all__:
        assert getattr(genmock, name) is not None


def _loaded(statement: str) -> set[str]:
    """Return the modules that a statement loads in a fresh interpreter, without those of the editable install."""
    code = f"import sys; before = set(sys.modules); {statement}; print(*sorted(set(sys.modules) - before))"
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60).stdout
    return {name for name in out.split() if not name.startswith("__editable__")}


def test_importing_genmock_loads_no_room_and_no_library() -> None:
    foreign = {name for name in _loaded("import genmock") if name.split(".")[0] not in sys.stdlib_module_names}
    assert foreign == {"genmock"}


LATE = set("_pytest cel hypothesis oas_patch openapi_core pytest rich schemathesis torch typer yaml".split())


@pytest.mark.parametrize(
    "statement",
    [
        "from genmock.mockserver import create_app; create_app()",
        "from genmock.mockserver.cli.serve import read_options; read_options([])",
    ],
)
def test_the_server_loads_nothing_before_it_is_needed(statement: str) -> None:
    assert {name.split(".")[0] for name in _loaded(statement)} & LATE == set()


def test_checking_a_request_without_prose_rules_loads_no_rule_engine() -> None:
    loaded = _loaded("from genmock import check_request; check_request('runware:108@1', [{}])")
    assert {name.split(".")[0] for name in loaded} & (LATE | {"PIL", "starlette", "uvicorn"}) == set()


def test_unknown_names_are_plain_attribute_errors() -> None:
    import genmock

    with pytest.raises(AttributeError, match="module 'genmock' has no attribute 'nothing'"):
        genmock.nothing  # noqa: B018 - the access is the test
