import importlib.util
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "training"

# The checkout's root is not put on the path: its folder genmock/ would hide the installed package.
if "training" not in sys.modules:
    spec = importlib.util.spec_from_file_location(
        "training", FOLDER / "__init__.py", submodule_search_locations=[str(FOLDER)]
    )
    assert spec is not None and spec.loader is not None
    sys.modules["training"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["training"])
