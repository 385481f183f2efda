import json
from pathlib import Path
from typing import Any

import pytest

from genmock.mockserver.diffusion.schedulers import KINDS, Chosen, names
from genmock.mockserver.diffusion.schedulers.table import _chosen

ROOT = Path(__file__).resolve().parents[4]
PAGE = (ROOT / "docs" / "schedulers.md").read_text(encoding="utf-8")
DOCUMENT = json.loads((ROOT / "specs" / "runware" / "flux-1-dev-srpo.json").read_text(encoding="utf-8"))


def offered() -> list[str]:
    properties: dict[str, Any] = DOCUMENT["components"]["schemas"]["RequestBody"]["items"]["properties"]
    return list(properties["scheduler"]["enum"])


def test_every_name_of_the_document_is_in_the_table_and_no_other() -> None:
    assert len(offered()) == 75
    assert sorted(names()) == sorted(offered())


@pytest.mark.parametrize("name", offered())
def test_the_page_says_what_the_table_does(name: str) -> None:
    chosen = names()[name]
    assert f"| `{name}` | {chosen.solver} | {chosen.spacing} |\n" in PAGE


def test_the_page_has_a_row_for_each_solver_and_no_other_names() -> None:
    rows = [line.split(" | ") for line in PAGE.splitlines() if line.startswith("| ")]
    assert {row[0].removeprefix("| ") for row in rows} >= set(KINDS)
    assert sum(row[0].startswith("| `") for row in rows) == len(names())


def test_a_misspelt_solver_is_found() -> None:
    with pytest.raises(ValueError, match=r"table\.toml: 'eular' names no solver and spacing; solvers are ddim, ddpm, "):
        _chosen("eular")


def test_what_diffusers_is_given_goes_with_the_spacing() -> None:
    assert Chosen("dpm++-2m", "karras").diffusers == (
        "DPMSolverMultistepScheduler",
        {"solver_order": 2, "use_karras_sigmas": True, "rescale_betas_zero_snr": False},
    )
