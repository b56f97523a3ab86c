"""What keeps references whole in PostgreSQL where a foreign key would cost more than the import itself.

A foreign key asks once for each row that is inserted. An import has found every row that it refers to, and holds a lock
from before that until its end; so it is enough that nobody deletes a row meanwhile. Deletes, truncations and changes
of ids wait for the imports at work, and are refused where something refers to the row. Rows that other programs write
are checked one by one, as a foreign key does.
"""

from __future__ import annotations

from alembic import op

_REFERENCES = (
    ("tracking", "registration_id", "registration"),
    ("tracking", "learning_object_version_id", "learning_object_version"),
    ("tracking", "run_id", "import_run"),
    ("import_finding", "run_id", "import_run"),
)
"""Tables, each with a column, and the table that it refers to."""

_FUNCTIONS = """
CREATE FUNCTION milepost_wait_for_imports() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- In a snapshot from before the wait, rows that an import has written since would not be seen.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'feature_not_supported',
            MESSAGE = format('rows of %I can be deleted in READ COMMITTED transactions alone', TG_TABLE_NAME);
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('milepost references'), hashtext(TG_TABLE_SCHEMA));
    RETURN NULL;
END $$;

CREATE FUNCTION milepost_refuse_orphans() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    is_referred_to boolean;
BEGIN
    FOR place IN 0 .. TG_NARGS - 2 BY 2 LOOP
        IF TG_OP = 'TRUNCATE' THEN
            EXECUTE format('SELECT EXISTS (SELECT FROM %I.%I)', TG_TABLE_SCHEMA, TG_ARGV[place])
            INTO is_referred_to;
        ELSE
            EXECUTE format(
                'SELECT EXISTS (SELECT FROM gone JOIN %I.%I AS child ON child.%I = gone.id)',
                TG_TABLE_SCHEMA, TG_ARGV[place], TG_ARGV[place + 1]
            )
            INTO is_referred_to;
        END IF;
        IF is_referred_to THEN
            RAISE EXCEPTION USING
                ERRCODE = 'foreign_key_violation',
                MESSAGE = format('rows of %I are referred to by %I', TG_TABLE_NAME, TG_ARGV[place]);
        END IF;
    END LOOP;
    RETURN NULL;
END $$;

CREATE FUNCTION milepost_refuse_another_id() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'foreign_key_violation',
        MESSAGE = format('ids of %I never change', TG_TABLE_NAME);
END $$;

CREATE FUNCTION milepost_require_parents() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    is_there boolean;
BEGIN
    FOR place IN 0 .. TG_NARGS - 2 BY 2 LOOP
        EXECUTE format('SELECT true FROM %I.%I WHERE id = $1 FOR KEY SHARE', TG_TABLE_SCHEMA, TG_ARGV[place + 1])
        INTO is_there
        USING (to_jsonb(NEW) ->> TG_ARGV[place])::integer;
        IF is_there IS NULL THEN
            RAISE EXCEPTION USING
                ERRCODE = 'foreign_key_violation',
                MESSAGE = format('%I refers to a row of %I that is not there', TG_TABLE_NAME, TG_ARGV[place + 1]);
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
"""

_OF_PARENT = """
CREATE TRIGGER milepost_wait BEFORE DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION milepost_wait_for_imports();
CREATE TRIGGER milepost_deleted AFTER DELETE ON {table} REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION milepost_refuse_orphans({arguments});
CREATE TRIGGER milepost_truncated AFTER TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION milepost_refuse_orphans({arguments});
CREATE TRIGGER milepost_same_id BEFORE UPDATE OF id ON {table}
    FOR EACH ROW WHEN (OLD.id <> NEW.id) EXECUTE FUNCTION milepost_refuse_another_id();
"""

_OF_CHILD = """
CREATE TRIGGER milepost_parents AFTER INSERT OR UPDATE OF {columns} ON {table}
    FOR EACH ROW WHEN (current_setting('milepost.importing', true) IS DISTINCT FROM 'yes')
    EXECUTE FUNCTION milepost_require_parents({arguments});
"""


def keep() -> None:
    """Makes the functions and the triggers, within a migration."""
    op.execute(_FUNCTIONS)
    for table in dict.fromkeys(parent for *_, parent in _REFERENCES):
        children = ", ".join(f"{child}, {column}" for child, column, parent in _REFERENCES if parent == table)
        op.execute(_OF_PARENT.format(table=table, arguments=children))
    for table in dict.fromkeys(child for child, *_ in _REFERENCES):
        parents = {column: parent for child, column, parent in _REFERENCES if child == table}
        arguments = ", ".join(f"{column}, {parent}" for column, parent in parents.items())
        op.execute(_OF_CHILD.format(table=table, columns=", ".join(parents), arguments=arguments))
