import importlib
from pathlib import Path
from typing import Any

findings = importlib.import_module("genmock.mockserver.fuzzing.findings")
SENT = findings.Sent("POST", "http://127.0.0.1:1/v1", [{"positivePrompt": "it's"}], 200, "{}")


def test_a_request_is_a_line_for_a_shell_without_its_key() -> None:
    assert SENT.curl() == (
        'curl -X POST http://127.0.0.1:1/v1 -H "Authorization: Bearer $FUZZ_KEY" '
        """-H 'Content-Type: application/json' -d '[{"positivePrompt": "it'"'"'s"}]'"""
    )


def test_indexes_do_not_make_another_finding() -> None:
    one, other = (findings.Broken("refused", "maximum", f"/{n}/lora/{n}/weight", "") for n in (0, 12))
    assert one.key == other.key == ("refused", "maximum", "/*/lora/*/weight")


def test_a_finding_says_what_where_and_by_which_request() -> None:
    broken = findings.Broken("refused", "maximum", "/steps", "steps maximum was accepted with status 200")
    told: dict[str, Any] = findings.Finding(broken, SENT).as_json
    assert told["curl"] == SENT.curl()
    assert (told["law"], told["rule"], told["pointer"]) == ("refused", "maximum", "/steps")


def test_every_law_is_documented() -> None:
    page = (Path(__file__).parents[3] / "docs" / "fuzz-server.md").read_text("utf-8")
    assert all(f"| `{law}` | {title} |" in page for law, title in findings.LAWS.items())
