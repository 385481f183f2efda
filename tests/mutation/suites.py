"""Which tests judge a defect of a file, and in which order: what would show it first comes first.

The laws of ``tests/laws`` judge all files. Beside them stand the tests of the file's own folder, as far as they are
stated over inputs (see ``lawful``): properties, models, tables of inputs. What is slow is left out.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
# The laws, those that are quickly held first; then what a picture must look like, which no law can know.
SUITE = (
    "tests/laws/test_results.py",
    "tests/laws/test_at_once.py",
    "tests/laws/test_verdicts.py",
    "tests/laws/test_transports.py",
    "tests/laws/test_failures.py",
    "tests/laws/test_first_requests.py",
    "tests/laws/test_records.py",
    "tests/laws/test_machine.py::test_every_history_is_that_of_the_model[memory]",
    "tests/laws/test_kiapi_verdicts.py",
    "tests/laws/test_kiapi.py",
    "tests/laws/test_arrays.py",
    "tests/laws/test_urls.py",
    "tests/laws/test_defaults.py",
    "tests/laws/test_machine.py::test_every_history_is_that_of_the_model[sqlite]",
    "tests/laws/test_machine.py::test_every_history_is_that_of_the_model[redis]",
    "tests/laws/test_tolerance.py",
    "tests/laws/test_inputs.py",
    "tests/mockserver/pictures/test_golden.py",
    "tests/mockserver/pictures/test_every_scene.py",
)
FIRST = {  # the laws that a defect would break first
    "mockserver/pictures/": ("golden", "every_scene", "test_inputs", "test_results"),
    "mockserver/providers/kiapi/": ("test_kiapi_verdicts", "test_kiapi.py", "test_records", "memory"),
    "mockserver/stores/redis": ("test_urls", "redis"),
    "mockserver/stores/sqlite": ("sqlite",),
    "mockserver/stores/": ("memory",),
    "mockserver/deliveries/": ("test_urls", "test_records", "memory"),
    "mockserver/training/": ("test_inputs", "memory"),
    "mockserver/faults/": ("test_failures", "memory"),
    "mockserver/providers/runware/account": ("test_records",),
    "mockserver/providers/runware/training": ("memory", "test_inputs"),
    "mockserver/providers/runware/uploads": ("test_records",),
    "mockserver/providers/runware/polling": ("test_failures",),
    "mockserver/providers/runware/socket": ("test_first_requests", "test_transports"),
    "mockserver/lazy_router": ("test_first_requests",),
    "mockserver/tasks": ("test_failures",),
    "mockserver/recipe": ("test_inputs",),
    "mockserver/runtime": ("test_first_requests", "test_inputs"),
    "mockserver/hosts": ("test_urls",),
    "validators/": ("test_verdicts", "test_tolerance"),
}
ELSEWHERE = {  # what is about a file and stands in another folder than its own
    "mockserver/recipe": ("providers/runware/test_recipe.py", "providers/kiapi/test_drawing.py"),
    "mockserver/drawing": ("test_media.py", "providers/kiapi/test_drawing.py"),
    "mockserver/conversion": ("test_configuration.py",),
    "mockserver/exchange": ("test_journal.py", "control"),
    "mockserver/journal": ("test_journal.py", "control"),
    "mockserver/shared_journal": ("test_journal.py", "control"),
    "mockserver/control": ("control",),
    "mockserver/striking": ("faults",),
    "mockserver/canned": ("faults",),
    "mockserver/body": ("test_decode.py", "test_bad_input.py"),
    "mockserver/task_table": ("test_tasks.py", "test_world.py"),
    "mockserver/world": ("test_world.py", "test_accounts.py"),
    "mockserver/runtime": ("test_world.py", "test_server.py"),
    "mockserver/sessions": ("socket",),
    "mockserver/providers/runware/socket": ("socket",),
    "mockserver/providers/runware/frames": ("socket",),
    "mockserver/providers/runware/outgoing": ("socket",),
    "mockserver/providers/runware/wire": ("socket",),
    "mockserver/providers/runware/delivery": ("deliveries",),
    "mockserver/providers/runware/uploads": ("deliveries",),
}
# Those that take long for what they find, that start servers or processes, or that judge the strategies themselves.
SLOW = (
    "durability",
    "sharing",
    "workers",
    "test_fuzz",
    "hostile",
    "documentation",
    "chaos",
    "from_outside",
    "difference",
    "keyword_deletion",
    "against_fastapi",
    "kiapi/test_histories",
    "user_documents",
    "opening",
)


def suite_for(file: str) -> tuple[list[str], list[str]]:
    """Return what judges a file first, and then: its own tests and laws; its neighbours' tests and all other laws."""
    wanted = next((parts for start, parts in FIRST.items() if file.startswith(start)), ())
    laws = sorted(SUITE, key=lambda test: next((n for n, part in enumerate(wanted) if part in test), len(wanted)))
    close = [test for test in laws if any(part in test for part in wanted)]
    near = list(dict.fromkeys([*_own(file), *close]))
    return near, [test for test in dict.fromkeys([*_neighbours(file), *laws]) if test not in near]


def _own(file: str) -> Iterator[str]:
    """Yield the modules that are about a file, by their names or by what ``ELSEWHERE`` says."""
    path = Path(file)
    yield from _modules(Path("tests") / path.parent, f"test_{path.stem}*.py")
    for start, places in ELSEWHERE.items():
        if file.startswith(start):
            for place in places:
                pattern = "test_*.py" if not place.endswith(".py") else Path(place).name
                folder = Path("tests/mockserver") / (place if pattern != Path(place).name else Path(place).parent)
                yield from _modules(folder, pattern)


def _neighbours(file: str) -> Sequence[str]:
    """Return the modules of a file's folder, where that is a folder of one subject."""
    folder = Path(file).parent
    return () if str(folder) == "mockserver" else list(_modules(Path("tests") / folder, "test_*.py"))


def _modules(folder: Path, pattern: str) -> Iterator[str]:
    for path in sorted((ROOT / folder).glob(pattern)):
        name = path.relative_to(ROOT).as_posix()
        if not any(part in name for part in SLOW):
            yield name
