"""The service, with Runware's webhooks delivered into it."""

import pytest
from fastapi.testclient import TestClient

from posters import create_app


@pytest.fixture
def service(genmock):
    app = create_app(webhook_url=f"{genmock.webhooks.url}/hooks/runware", pause_s=0)
    genmock.webhooks.deliver_to(app)
    return TestClient(app)
