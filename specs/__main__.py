"""``python -m genmock.specs``: write the kept effective form of every shipped document that has overlays."""

import json

from .catalog import load_catalog
from .effective import apply_all, inputs, kept_path


def main() -> None:
    """Apply the overlays of each document and keep what comes out beside it."""
    for document in load_catalog().documents:
        entry = document.entry
        if entry.overlays:
            content = {
                "built_from": inputs(document.data, entry.overlays),
                "effective": apply_all(document.published, entry.overlays),
            }
            path = kept_path(entry.path)
            path.parent.mkdir(exist_ok=True)
            path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
