"""The triggers that make the audit chain append-only, for each database that we support."""

from typing import Protocol

TABLE = "staff_auditentry"
REFUSAL = f"{TABLE} is append-only"
_COVERED = f"EXISTS (SELECT 1 FROM {TABLE} WHERE pruned_id >= OLD.id)"  # noqa: S608  (a constant)

_CREATE = {
    "postgresql": [
        f"""
        CREATE FUNCTION {TABLE}_guard() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' THEN
                IF OLD.at < now() - interval '730 days' AND {_COVERED} THEN
                    RETURN OLD;
                END IF;
            END IF;
            RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation';
        END $$
        """,
        f"CREATE TRIGGER {TABLE}_rows BEFORE UPDATE OR DELETE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION {TABLE}_guard()",
        f"CREATE TRIGGER {TABLE}_all BEFORE TRUNCATE ON {TABLE} FOR EACH STATEMENT EXECUTE FUNCTION {TABLE}_guard()",
    ],
    "sqlite": [
        f"CREATE TRIGGER {TABLE}_update BEFORE UPDATE ON {TABLE} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
        f"""
        CREATE TRIGGER {TABLE}_delete BEFORE DELETE ON {TABLE}
        WHEN NOT (OLD.at < datetime('now', '-730 days') AND {_COVERED})
        BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END
        """,
    ],
}
_DROP = {
    "postgresql": [
        f"DROP TRIGGER IF EXISTS {TABLE}_rows ON {TABLE}",
        f"DROP TRIGGER IF EXISTS {TABLE}_all ON {TABLE}",
        f"DROP FUNCTION IF EXISTS {TABLE}_guard()",
    ],
    "sqlite": [f"DROP TRIGGER IF EXISTS {TABLE}_update", f"DROP TRIGGER IF EXISTS {TABLE}_delete"],
}


class Executor(Protocol):
    """The method that a migration's schema editor and a cursor share."""

    def execute(self, sql: str) -> object: ...


def create_triggers(vendor: str, executor: Executor) -> None:
    for sql in _CREATE[vendor]:
        executor.execute(sql)


def drop_triggers(vendor: str, executor: Executor) -> None:
    for sql in _DROP[vendor]:
        executor.execute(sql)
