"""The command, pointed at the mock server, in an empty folder."""

import pytest

from picture import main


@pytest.fixture
def run(genmock, monkeypatch, tmp_path):
    monkeypatch.setenv("KIAPI_BASE_URL", genmock.base_url("kiapi"))
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: main([*arguments, "--pause", "0"])
