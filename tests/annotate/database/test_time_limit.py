import time

import pytest
from django.db import OperationalError, ProgrammingError, connection, transaction

from annotate.database.time_limit import TookTooLong, time_limit
from annotate.models import Project
from tests.factories import make_project

pytestmark = pytest.mark.django_db
ENDLESS = """
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000000)
    SELECT count(*) FROM n
"""


def run(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()


def test_what_takes_too_long_is_cut_short_and_the_connection_goes_on():
    began = time.monotonic()
    with pytest.raises(TookTooLong), time_limit(0.2):
        run(ENDLESS)
    assert time.monotonic() - began < 5
    project = make_project()
    assert Project.objects.get() == project


def test_afterwards_nothing_is_limited():
    with time_limit(0.2):
        assert run("SELECT 1") == (1,)
    time.sleep(0.21)
    assert run(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) "
        "SELECT count(*) FROM n"
    ) == (300000,)


def test_another_fault_stays_what_it_is():
    faults = (OperationalError, ProgrammingError)
    with pytest.raises(faults), transaction.atomic(), time_limit(1):
        run("SELECT * FROM there_is_no_such_table")
