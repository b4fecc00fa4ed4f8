"""Two replicas on one PostgreSQL: they are as one, and its failures harm no card."""

from pathlib import Path

from tests.ledger.postgres import Postgres
from tests.service.requests_sent import ORDER_SIGN
from tests.service.test_processes import FEEDBACK, await_that, governed, item, serving


def test_two_replicas(emptied_postgres: Postgres, tmp_path: Path) -> None:
    """What one showed, the other takes feedback on, once; through a failure nothing is lost."""
    database = {"TRANSPLANT_CDS_DATABASE_URL": emptied_postgres.address}
    with serving(tmp_path, **database) as one, serving(tmp_path, **database) as other:
        uuids = [
            each.post(ORDER_SIGN, governed(number)).json()["cards"][0]["uuid"]
            for number, each in enumerate((one, other))
        ]
        both = {"feedback": [item(each) for each in uuids]}
        assert [200, 200] == [each.post(FEEDBACK, both).status_code for each in (other, one)]

        emptied_postgres.stop()
        try:
            refused = [each.post(FEEDBACK, {"feedback": [item("late")]}) for each in (one, other)]
            cards = [each.post(ORDER_SIGN, governed(9)).json()["cards"] for each in (one, other)]
        finally:
            emptied_postgres.start()
        await_that(lambda: one.post(FEEDBACK, {"feedback": [item("late")]}).ok)
        for each in (one, other):
            each.process.terminate()
            assert 0 == each.process.wait(20)

        assert [503, 503] == [each.status_code for each in refused]
        assert [1, 1] == [len(each) for each in cards]
        report = one.report()
        (reception,) = report.policies
        assert (3, 2, 1) == (reception.shown, reception.accepted, report.unknown_accepted)
