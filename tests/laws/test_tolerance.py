"""What the published document refuses and official clients send: taken with a warning, and refused when strict."""

from collections.abc import Callable
from typing import Any

import jsonschema
from hypothesis import given, settings

from genmock.specs import load_catalog

LAWS = settings.get_profile("laws")
TOLERATED: tuple[dict[str, Any], ...] = (
    {"outputFormat": "png"},
    {"outputType": ["URL", "dataURI"]},
    {"checkNSFW": True},
    {"inputs": {}},
    {},
)


def test_what_only_an_overlay_takes_is_taken_with_a_warning(
    world: Callable[..., Any], tasks: Callable[..., Any]
) -> None:
    met = set()

    @settings(LAWS, max_examples=LAWS.max_examples // 2)
    @given(tasks())
    def law(found: list[dict[str, Any]]) -> None:
        for member in TOLERATED:
            task = {**found[0], **member}
            document = load_catalog().find("imageInference", task["model"])
            assert document is not None
            root = document.published
            schema = {**root["components"]["schemas"]["RequestBody"]["items"], "components": root["components"]}
            steps = [each.validator for each in jsonschema.Draft202012Validator(schema).iter_errors(task)]
            refused = [each for each in steps if each != "multipleOf"]  # the library reckons that in binary
            here, strict = world(), world(contract="strict")
            here.data(task)
            (exchange,) = here.control("GET", "/journal")["exchanges"]
            warnings = [each for each in exchange["violations"] if each["severity"] == "warning"]
            met.add(bool(refused))
            assert bool(refused) <= bool(warnings)
            assert exchange["tasks"][0]["outcome"] == ("warning" if warnings else "ok")
            if refused:
                assert strict.post(task)[0] == 400

    law()
    assert met == {True, False}
