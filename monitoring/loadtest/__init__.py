"""`manage.py loadtest`: servers of its own, learners, a Locust run, measurements, a report with pass or fail."""
