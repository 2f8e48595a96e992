"""Let one person's actions take turns."""

from viral_engine.accounts.models import User


def lock_people(*ids: int) -> None:
    """Lock people's rows until the caller's transaction ends: what one of them presses twice at once runs in turn.

    Always in the order of the ids, so that two callers never wait in a circle. On PostgreSQL a row lock that does not
    block foreign keys to the person; on SQLite the transaction is IMMEDIATE and therefore alone.

    Cost  1 statement.
    """
    list(User.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk"))


def lock_person(person: User) -> User:
    """Lock a person's row until the caller's transaction ends, and return the person as they are now.

    Everything that shares asks this first: a withdrawal, and a block by staff, wait for the transaction and then hide
    what it wrote, or were first and are seen here.

    Cost    1 statement.
    Raises  User.DoesNotExist.
    """
    return User.objects.select_for_update(no_key=True).get(pk=person.pk)
