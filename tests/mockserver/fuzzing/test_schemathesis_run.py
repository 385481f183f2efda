import importlib

run = importlib.import_module("genmock.mockserver.fuzzing.schemathesis_run")
OUTPUT = """
=================================== FAILURES ===================================
____________________________ POST /v1/image/qwen/edit ___________________________
1. Test Case ID: 2vMx

- ST202 Schema-valid request rejected

    Valid data should have been accepted
    Expected: 2xx, 3xx

[422] Unprocessable Content:

    `{"detail":"quantize must be one of 3, 4, 5, 6, 8"}`

Reproduce with:

    curl -X POST -H 'Authorization: Bearer k1' -d '{"quantize": 0}' http://127.0.0.1:1/v1/image/qwen/edit

2. Test Case ID: 9aaa

- ST202 Schema-valid request rejected

    Another of the same

=================================== SUMMARY ====================================
"""


def test_an_objection_is_told_once_for_an_operation_with_its_request() -> None:
    (finding,) = run.read(OUTPUT, "http://127.0.0.1:1", "k1")
    broken = finding.broken
    assert (broken.law, broken.rule) == ("schemathesis", "ST202 Schema-valid request rejected")
    assert (broken.pointer, broken.message) == ("POST /v1/image/qwen/edit", "Valid data should have been accepted")
    assert (finding.sent.status, finding.sent.reply) == (422, '{"detail":"quantize must be one of 3, 4, 5, 6, 8"}')
    assert finding.sent.curl() == (
        "curl -X POST -H 'Authorization: Bearer $FUZZ_KEY' -d '{\"quantize\": 0}' http://127.0.0.1:1/v1/image/qwen/edit"
    )


def test_a_clean_run_has_no_objections() -> None:
    assert list(run.read("no failures here", "http://127.0.0.1:1", "")) == []
