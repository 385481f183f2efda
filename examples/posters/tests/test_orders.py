"""Orders: the poster comes by webhook, into the service itself."""


def order(service, prompt="a red fox"):
    return service.post("/orders", params={"prompt": prompt}).json()["order"]


def test_an_ordered_poster_comes_by_webhook(service, genmock):
    name = order(service)
    assert service.get(f"/orders/{name}").json() == {"status": "waiting"}
    webhook = genmock.webhooks.one(path="/hooks/runware")
    assert webhook.json["data"][0]["taskUUID"] == name
    assert service.get(f"/orders/{name}").json()["status"] == "ready"


def test_ordering_twice_makes_one_poster(service, genmock):
    genmock.expect("imageInference", times=1)
    order(service)
    order(service)


def test_a_webhook_may_come_twice(service, genmock):
    genmock.inject({"kind": "webhook_duplicate"})
    name = order(service)
    genmock.webhooks.all(2)
    assert service.get(f"/orders/{name}").json()["status"] == "ready"


def test_a_webhook_that_was_refused_comes_again(service, genmock):
    genmock.webhooks.answer(status=503)  # the service is being deployed
    name = order(service)
    genmock.webhooks.all(2)
    assert service.get(f"/orders/{name}").json()["status"] == "ready"


def test_an_order_can_fail(service, genmock):
    genmock.tasks.next().fail("timeoutProvider", message="the model did not answer")
    name = order(service)
    genmock.webhooks.one()
    assert service.get(f"/orders/{name}").json() == {"status": "failed", "why": "the model did not answer"}
