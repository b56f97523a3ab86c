CREATE FUNCTION milepost_delete_log() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        EXECUTE format('DELETE FROM %I.tracking_log_day', TG_TABLE_SCHEMA);
    ELSE
        EXECUTE format(
            'DELETE FROM %I.tracking_log_day AS log USING gone WHERE log.registration_id = gone.registration_id'
            ' AND log.learning_object_version_id = gone.learning_object_version_id',
            TG_TABLE_SCHEMA
        );
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION milepost_refuse_another_id() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'foreign_key_violation',
        MESSAGE = format('ids of %I never change', TG_TABLE_NAME);
END $$;
CREATE FUNCTION milepost_refuse_orphans() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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
CREATE FUNCTION milepost_require_parents() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
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
END $_$;
CREATE FUNCTION milepost_wait_for_imports() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
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
CREATE TABLE alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE import_finding (
    run_id integer NOT NULL,
    line integer NOT NULL,
    place integer NOT NULL,
    level text NOT NULL,
    code text NOT NULL,
    "column" text,
    value text,
    message text NOT NULL,
    hint text
);
CREATE TABLE import_run (
    id integer NOT NULL,
    kind text NOT NULL,
    state text NOT NULL,
    file text NOT NULL,
    sha256 text,
    configuration text,
    actor text NOT NULL,
    process text NOT NULL,
    started_at bigint NOT NULL,
    finished_at bigint,
    seconds double precision,
    rows integer,
    created integer,
    updated integer,
    unchanged integer,
    deleted integer,
    superseded integer,
    rejected integer,
    error text,
    digest text,
    undoes integer,
    mends integer,
    pruned_at bigint,
    CONSTRAINT ck_import_run_state CHECK ((state = ANY (ARRAY['running'::text, 'done'::text, 'failed'::text, 'interrupted'::text, 'held'::text])))
);
CREATE SEQUENCE import_run_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE import_run_id_seq OWNED BY import_run.id;
CREATE TABLE learner (
    id integer NOT NULL,
    login text NOT NULL,
    login_key text NOT NULL,
    reference_number text,
    email text,
    email_key text,
    guid text NOT NULL,
    guid_key text NOT NULL,
    name text,
    first_name text
);
CREATE SEQUENCE learner_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE learner_id_seq OWNED BY learner.id;
CREATE TABLE learning_object_version (
    id integer NOT NULL,
    guid text NOT NULL,
    guid_key text NOT NULL,
    code text,
    title text,
    publisher text,
    runtime text,
    locale text
);
CREATE SEQUENCE learning_object_version_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE learning_object_version_id_seq OWNED BY learning_object_version.id;
CREATE TABLE registration (
    id integer NOT NULL,
    guid text NOT NULL,
    guid_key text NOT NULL,
    learner_id integer NOT NULL,
    session_id integer NOT NULL,
    registered_at bigint,
    time_spent_cbt integer DEFAULT 0 NOT NULL,
    time_spent_digital integer DEFAULT 0 NOT NULL
);
CREATE SEQUENCE registration_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE registration_id_seq OWNED BY registration.id;
CREATE TABLE session (
    id integer NOT NULL,
    guid text NOT NULL,
    guid_key text NOT NULL,
    title text,
    training_id integer NOT NULL,
    starts_at bigint,
    ends_at bigint
);
CREATE TABLE tracking (
    registration_id integer NOT NULL,
    learning_object_version_id integer NOT NULL,
    first_access_at bigint,
    last_access_at bigint,
    first_completed_at bigint,
    progression double precision NOT NULL,
    status text NOT NULL,
    time_spent integer NOT NULL,
    score double precision,
    score_max integer,
    run_id integer NOT NULL,
    line integer NOT NULL,
    checksum bigint,
    logged_on integer,
    logged_time integer,
    CONSTRAINT ck_tracking_status CHECK ((status = ANY (ARRAY['incomplete'::text, 'completed'::text, 'passed'::text, 'failed'::text, 'browsed'::text])))
);
CREATE TABLE training (
    id integer NOT NULL,
    guid text NOT NULL,
    guid_key text NOT NULL,
    path_code text NOT NULL,
    title text,
    modality text
);
CREATE TABLE training_content (
    training_id integer NOT NULL,
    learning_object_version_id integer NOT NULL,
    mandatory boolean NOT NULL,
    points double precision NOT NULL,
    "position" integer
);
CREATE VIEW registration_rollup AS
 SELECT registration.id AS registration_id,
    COALESCE(gained.time_spent, (0)::bigint) AS time_global,
    registration.time_spent_cbt,
    registration.time_spent_digital,
    ((COALESCE(gained.time_spent, (0)::bigint) + registration.time_spent_cbt) + registration.time_spent_digital) AS time_spent,
    (round((COALESCE(
        CASE
            WHEN (lower(COALESCE(training.modality, ''::text)) = 'blendedx'::text) THEN
            CASE
                WHEN (content.points > (0)::double precision) THEN (gained.gained / content.points)
                ELSE (0.0)::double precision
            END
            ELSE
            CASE
                WHEN (content.count > 0) THEN (gained.progression / ((content.count)::numeric)::double precision)
                ELSE (0.0)::double precision
            END
        END, (0.0)::double precision))::numeric, 6))::double precision AS progression,
        CASE
            WHEN (COALESCE(content.mandatory, (0)::bigint) > 0) THEN (round((COALESCE(
            CASE
                WHEN (lower(COALESCE(training.modality, ''::text)) = 'blendedx'::text) THEN
                CASE
                    WHEN (content.points_mandatory > (0)::double precision) THEN (gained.gained_mandatory / content.points_mandatory)
                    ELSE (0.0)::double precision
                END
                ELSE
                CASE
                    WHEN (content.mandatory > 0) THEN (gained.progression_mandatory / ((content.mandatory)::numeric)::double precision)
                    ELSE (0.0)::double precision
                END
            END, (0.0)::double precision))::numeric, 6))::double precision
            ELSE NULL::double precision
        END AS progression_mandatory,
    COALESCE(content.count, (0)::bigint) AS learning_objects,
    COALESCE(gained.started, (0)::bigint) AS started,
    COALESCE(gained.finished, (0)::bigint) AS finished,
        CASE
            WHEN (gained.registration_id IS NULL) THEN 'notAttempted'::text
            WHEN
            CASE
                WHEN (COALESCE(content.mandatory, (0)::bigint) > 0) THEN (COALESCE(gained.finished_mandatory, (0)::bigint) = COALESCE(content.mandatory, (0)::bigint))
                ELSE ((COALESCE(content.count, (0)::bigint) > 0) AND (COALESCE(gained.finished, (0)::bigint) = COALESCE(content.count, (0)::bigint)))
            END THEN 'completed'::text
            ELSE 'incomplete'::text
        END AS status,
    gained.first_access_at,
    gained.last_access_at,
    (round((gained.score)::numeric, 6))::double precision AS score
   FROM ((((registration
     JOIN session ON ((registration.session_id = session.id)))
     JOIN training ON ((session.training_id = training.id)))
     LEFT JOIN ( SELECT training_content.training_id,
            count(*) AS count,
            sum(
                CASE
                    WHEN (training_content.mandatory = true) THEN 1
                    ELSE 0
                END) AS mandatory,
            sum(training_content.points) AS points,
            sum(
                CASE
                    WHEN (training_content.mandatory = true) THEN training_content.points
                    ELSE (0.0)::double precision
                END) AS points_mandatory
           FROM training_content
          GROUP BY training_content.training_id) content ON ((content.training_id = training.id)))
     LEFT JOIN ( SELECT tracking.registration_id,
            sum(tracking.time_spent) AS time_spent,
            count(training_content.training_id) AS started,
            sum(
                CASE
                    WHEN ((training_content.training_id IS NOT NULL) AND (tracking.status = ANY (ARRAY['completed'::text, 'passed'::text]))) THEN 1
                    ELSE 0
                END) AS finished,
            sum(
                CASE
                    WHEN ((training_content.mandatory = true) AND (tracking.status = ANY (ARRAY['completed'::text, 'passed'::text]))) THEN 1
                    ELSE 0
                END) AS finished_mandatory,
            sum(
                CASE
                    WHEN (training_content.training_id IS NOT NULL) THEN tracking.progression
                    ELSE (0.0)::double precision
                END) AS progression,
            sum(
                CASE
                    WHEN (training_content.mandatory = true) THEN tracking.progression
                    ELSE (0.0)::double precision
                END) AS progression_mandatory,
            sum(
                CASE
                    WHEN (training_content.training_id IS NOT NULL) THEN (tracking.progression * training_content.points)
                    ELSE (0.0)::double precision
                END) AS gained,
            sum(
                CASE
                    WHEN (training_content.mandatory = true) THEN (tracking.progression * training_content.points)
                    ELSE (0.0)::double precision
                END) AS gained_mandatory,
            min(tracking.first_access_at) AS first_access_at,
            max(tracking.last_access_at) AS last_access_at,
            avg((((100.0)::double precision * tracking.score) / ((COALESCE(tracking.score_max, 100))::numeric)::double precision)) AS score
           FROM (((tracking
             JOIN registration registration_1 ON ((tracking.registration_id = registration_1.id)))
             JOIN session session_1 ON ((registration_1.session_id = session_1.id)))
             LEFT JOIN training_content ON (((training_content.training_id = session_1.training_id) AND (tracking.learning_object_version_id = training_content.learning_object_version_id))))
          GROUP BY tracking.registration_id) gained ON ((gained.registration_id = registration.id)));
CREATE TABLE returned_line (
    source_run_id integer NOT NULL,
    source_line integer NOT NULL,
    run_id integer NOT NULL,
    line integer NOT NULL
);
CREATE SEQUENCE session_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE session_id_seq OWNED BY session.id;
CREATE TABLE tracking_change (
    run_id integer NOT NULL,
    registration_id integer NOT NULL,
    learning_object_version_id integer NOT NULL,
    line integer NOT NULL,
    change text NOT NULL,
    first_access_at bigint,
    last_access_at bigint,
    first_completed_at bigint,
    progression double precision,
    status text,
    time_spent integer,
    score double precision,
    score_max integer,
    previous_run_id integer,
    previous_line integer,
    previous_checksum bigint,
    previous_logged_on integer,
    previous_logged_time integer,
    CONSTRAINT ck_tracking_change_change CHECK ((change = ANY (ARRAY['created'::text, 'updated'::text, 'deleted'::text])))
);
CREATE TABLE tracking_log_day (
    registration_id integer NOT NULL,
    learning_object_version_id integer NOT NULL,
    day integer NOT NULL,
    time_spent integer NOT NULL,
    progression double precision NOT NULL
);
CREATE VIEW tracking_log AS
 SELECT registration_id,
    learning_object_version_id,
    (timezone('UTC'::text, to_timestamp(((day * 86400))::double precision)))::date AS day,
    time_spent,
    progression
   FROM ( SELECT log_1.registration_id,
            log_1.learning_object_version_id,
            log_1.day,
            log_1.time_spent,
            log_1.progression
           FROM ( SELECT tracking_log_day.registration_id,
                    tracking_log_day.learning_object_version_id,
                    tracking_log_day.day,
                    tracking_log_day.time_spent,
                    tracking_log_day.progression
                   FROM tracking_log_day
                UNION ALL
                 SELECT tracking.registration_id,
                    tracking.learning_object_version_id,
                    COALESCE(tracking.logged_on, (((COALESCE(tracking.last_access_at, import_run.started_at) - (((COALESCE(tracking.last_access_at, import_run.started_at) % (86400)::bigint) + 86400) % (86400)::bigint)) / 86400))::integer) AS day,
                    COALESCE(tracking.logged_time, tracking.time_spent) AS time_spent,
                    tracking.progression
                   FROM (tracking
                     JOIN import_run ON ((tracking.run_id = import_run.id)))) log_1) log;
CREATE TABLE tracking_log_change (
    run_id integer NOT NULL,
    registration_id integer NOT NULL,
    learning_object_version_id integer NOT NULL,
    day integer NOT NULL,
    time_spent integer,
    progression double precision
);
CREATE SEQUENCE training_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE training_id_seq OWNED BY training.id;
ALTER TABLE ONLY import_run ALTER COLUMN id SET DEFAULT nextval('import_run_id_seq'::regclass);
ALTER TABLE ONLY learner ALTER COLUMN id SET DEFAULT nextval('learner_id_seq'::regclass);
ALTER TABLE ONLY learning_object_version ALTER COLUMN id SET DEFAULT nextval('learning_object_version_id_seq'::regclass);
ALTER TABLE ONLY registration ALTER COLUMN id SET DEFAULT nextval('registration_id_seq'::regclass);
ALTER TABLE ONLY session ALTER COLUMN id SET DEFAULT nextval('session_id_seq'::regclass);
ALTER TABLE ONLY training ALTER COLUMN id SET DEFAULT nextval('training_id_seq'::regclass);
INSERT INTO alembic_version (version_num) VALUES ('0004');
INSERT INTO import_finding (run_id, line, place, level, code, "column", value, message, hint) VALUES (8, 8, 1500, 'error', 'registration-not-found', NULL, NULL, 'No registration found for given parameters.', 'no learner has login "nobody"');
INSERT INTO import_finding (run_id, line, place, level, code, "column", value, message, hint) VALUES (8, 9, 913, 'error', 'invalid-datetime', 'lastAccessDate', 'yesterday', 'lastAccessDate is not a date that can be read.', 'yesterday does not fit YYYY-MM-DD hh:ii:ss');
INSERT INTO import_finding (run_id, line, place, level, code, "column", value, message, hint) VALUES (8, 6, 2200, 'warning', 'superseded', NULL, NULL, 'A later line of this file is for the same row.', 'line 7 wins');
INSERT INTO import_finding (run_id, line, place, level, code, "column", value, message, hint) VALUES (13, 2, 1500, 'error', 'registration-not-found', NULL, NULL, 'No registration found for given parameters.', 'no learner has login "nobody"');
INSERT INTO import_run (id, kind, state, file, sha256, configuration, actor, process, started_at, finished_at, seconds, rows, created, updated, unchanged, deleted, superseded, rejected, error, digest, undoes, mends, pruned_at) VALUES (7, 'tracking', 'done', 'first.csv', 'd8daf98a0a2fcac258f6f2488406f49f4a33a9abe8064bced7251b14928e890c', '<?xml version="1.0" encoding="UTF-8"?>
<import-config>
  <import>
    <providers>
      <fileSystemSourceProvider>
        <skipFirstLine>yes</skipFirstLine>
        <fileEncoding>utf-8</fileEncoding>
        <delimiter>semicolon</delimiter>
        <rawText>no</rawText>
        <decimal>point</decimal>
      </fileSystemSourceProvider>
    </providers>
    <actions>
      <createOrUpdateConsolidatedTrackingAction>
        <parameters>
          <dateTimeFormat>YYYY-MM-DD hh:ii:ss</dateTimeFormat>
          <defaultTime>00:00:00</defaultTime>
          <timeZone>UTC</timeZone>
          <timeGlobalFormat>rawSeconds</timeGlobalFormat>
          <defaultScoreMax>100</defaultScoreMax>
          <updateMode>replace</updateMode>
        </parameters>
      </createOrUpdateConsolidatedTrackingAction>
    </actions>
  </import>
</import-config>
', 'ada', 'host 1 2.00', 1709467200, 1709467201, 0.546, 5, 5, 0, 0, 0, 0, 0, NULL, 'd8daf98a0a2fcac2faeb107fb8e36b86e3823623e3fc80dc6bca7bc167e2f9fe', NULL, NULL, NULL);
INSERT INTO import_run (id, kind, state, file, sha256, configuration, actor, process, started_at, finished_at, seconds, rows, created, updated, unchanged, deleted, superseded, rejected, error, digest, undoes, mends, pruned_at) VALUES (8, 'tracking', 'done', 'second.csv', 'dd2b529c1f6ddf864ef10fb2efc6f6e4f76774d8cbe54f5f54445fd8500d3211', '<?xml version="1.0" encoding="UTF-8"?>
<import-config>
  <import>
    <providers>
      <fileSystemSourceProvider>
        <skipFirstLine>yes</skipFirstLine>
        <fileEncoding>utf-8</fileEncoding>
        <delimiter>semicolon</delimiter>
        <rawText>no</rawText>
        <decimal>point</decimal>
      </fileSystemSourceProvider>
    </providers>
    <actions>
      <createOrUpdateConsolidatedTrackingAction>
        <parameters>
          <dateTimeFormat>YYYY-MM-DD hh:ii:ss</dateTimeFormat>
          <defaultTime>00:00:00</defaultTime>
          <timeZone>UTC</timeZone>
          <timeGlobalFormat>rawSeconds</timeGlobalFormat>
          <defaultScoreMax>100</defaultScoreMax>
          <updateMode>replace</updateMode>
        </parameters>
      </createOrUpdateConsolidatedTrackingAction>
    </actions>
  </import>
</import-config>
', 'ada', 'host 1 2.00', 1712145600, 1712145601, 0.838, 8, 1, 2, 1, 1, 1, 2, NULL, 'dd2b529c1f6ddf86faeb107fb8e36b865e15c8b962dfd8f755969aad64021f74', NULL, NULL, NULL);
INSERT INTO import_run (id, kind, state, file, sha256, configuration, actor, process, started_at, finished_at, seconds, rows, created, updated, unchanged, deleted, superseded, rejected, error, digest, undoes, mends, pruned_at) VALUES (1, 'learners', 'done', 'learners.csv', '7b9b42fa659afbc1327977ba76e9c3532d1076289a28b4459bb0ad87623147cc', NULL, 'ada', 'host 1 2.00', 1709000001, 1709000002, 0.564, 5, 5, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL);
INSERT INTO import_run (id, kind, state, file, sha256, configuration, actor, process, started_at, finished_at, seconds, rows, created, updated, unchanged, deleted, superseded, rejected, error, digest, undoes, mends, pruned_at) VALUES (2, 'learning-objects', 'done', 'learning-objects.csv', 'e94cee9c6b58ccba5458638f0965cd0dd7fe03561c740cfda30dbc1b83c02511', NULL, 'ada', 'host 1 2.00', 1709000002, 1709000003, 0.416, 2, 2, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL);
INSERT INTO import_run (id, kind, state, file, sha256, configuration, actor, process, started_at, finished_at, seconds, rows, created, updated, unchanged, deleted, superseded, rejected, error, digest, undoes, mends, pruned_at) VALUES (3, 'trainings', 'done', 'trainings.csv', 'bd56283c1e520d77cfce05060aaeb60a4dabc5df58a61fd05d2452b47013f462', NULL, 'ada', 'host 1 2.00', 1709000003, 1709000004, 0.491, 1, 1, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL);
INSERT INTO import_run (id, kind, state, file, sha256, configuration, actor, process, started_at, finished_at, seconds, rows, created, updated, unchanged, deleted, superseded, rejected, error, digest, undoes, mends, pruned_at) VALUES (4, 'contents', 'done', 'contents.csv', '35f9c42be2d9ced357f7c5ca1ee291c457c74bed0968561fdf66d1ee5c2c40c5', NULL, 'ada', 'host 1 2.00', 1709000004, 1709000005, 0.178, 2, 2, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL);
INSERT INTO import_run (id, kind, state, file, sha256, configuration, actor, process, started_at, finished_at, seconds, rows, created, updated, unchanged, deleted, superseded, rejected, error, digest, undoes, mends, pruned_at) VALUES (5, 'sessions', 'done', 'sessions.csv', 'ff05a48e14f9e911ef2928f8735780214f694de62cfd8681db8a8d4b2fb50b6e', NULL, 'ada', 'host 1 2.00', 1709000005, 1709000006, 0.216, 1, 1, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL);
INSERT INTO import_run (id, kind, state, file, sha256, configuration, actor, process, started_at, finished_at, seconds, rows, created, updated, unchanged, deleted, superseded, rejected, error, digest, undoes, mends, pruned_at) VALUES (6, 'registrations', 'done', 'registrations.csv', 'b52d6770c2a0066e38f1832fbcb7e94c6bbc087d2b70129ca4853c68a1af3d92', NULL, 'ada', 'host 1 2.00', 1709000006, 1709000007, 0.184, 5, 5, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL, NULL);
INSERT INTO import_run (id, kind, state, file, sha256, configuration, actor, process, started_at, finished_at, seconds, rows, created, updated, unchanged, deleted, superseded, rejected, error, digest, undoes, mends, pruned_at) VALUES (9, 'tracking', 'done', 'third.csv', '9df55dd7120894d07e12619e609721f0a517b22ebfbea4f5fa236481a809e193', '<?xml version="1.0" encoding="UTF-8"?>
<import-config>
  <import>
    <providers>
      <fileSystemSourceProvider>
        <skipFirstLine>yes</skipFirstLine>
        <fileEncoding>utf-8</fileEncoding>
        <delimiter>semicolon</delimiter>
        <rawText>no</rawText>
        <decimal>point</decimal>
      </fileSystemSourceProvider>
    </providers>
    <actions>
      <createOrUpdateConsolidatedTrackingAction>
        <parameters>
          <dateTimeFormat>YYYY-MM-DD hh:ii:ss</dateTimeFormat>
          <defaultTime>00:00:00</defaultTime>
          <timeZone>UTC</timeZone>
          <timeGlobalFormat>rawSeconds</timeGlobalFormat>
          <defaultScoreMax>100</defaultScoreMax>
          <updateMode>replace</updateMode>
        </parameters>
      </createOrUpdateConsolidatedTrackingAction>
    </actions>
  </import>
</import-config>
', 'ada', 'host 1 2.00', 1714651200, 1714651201, 0.361, 2, 1, 1, 0, 0, 0, 0, NULL, '9df55dd7120894d0faeb107fb8e36b869ba5c8df7575f811e7826a9da3926410', NULL, NULL, NULL);
INSERT INTO import_run (id, kind, state, file, sha256, configuration, actor, process, started_at, finished_at, seconds, rows, created, updated, unchanged, deleted, superseded, rejected, error, digest, undoes, mends, pruned_at) VALUES (10, 'undo', 'done', 'undo of run 9', NULL, NULL, 'grace', 'host 1 2.00', 1714737600, 1714737601, 0.498, 2, 0, 1, 0, 1, 0, 0, NULL, NULL, 9, NULL, NULL);
INSERT INTO import_run (id, kind, state, file, sha256, configuration, actor, process, started_at, finished_at, seconds, rows, created, updated, unchanged, deleted, superseded, rejected, error, digest, undoes, mends, pruned_at) VALUES (11, 'tracking', 'held', 'held.csv', '73d311b72a57bc35935f281affd2e2af3763769c166fbcc229de5c211c4b5171', '<?xml version="1.0" encoding="UTF-8"?>
<import-config>
  <import>
    <providers>
      <fileSystemSourceProvider>
        <skipFirstLine>yes</skipFirstLine>
        <fileEncoding>utf-8</fileEncoding>
        <delimiter>semicolon</delimiter>
        <rawText>no</rawText>
        <decimal>point</decimal>
      </fileSystemSourceProvider>
    </providers>
    <actions>
      <createOrUpdateConsolidatedTrackingAction>
        <parameters>
          <dateTimeFormat>YYYY-MM-DD hh:ii:ss</dateTimeFormat>
          <defaultTime>00:00:00</defaultTime>
          <timeZone>UTC</timeZone>
          <timeGlobalFormat>rawSeconds</timeGlobalFormat>
          <defaultScoreMax>100</defaultScoreMax>
          <updateMode>replace</updateMode>
          <maxRegressed>0</maxRegressed>
        </parameters>
      </createOrUpdateConsolidatedTrackingAction>
    </actions>
  </import>
</import-config>
', 'ada', 'host 1 2.00', 1717329600, 1717329601, 0.638, 1, 0, 1, 0, 0, 0, 0, '1 of 1 rows would lose progress; at most 0 may be (maxRegressed).', '73d311b72a57bc35faeb107fb8e36b86cfdd84a045830a9dea2151e2f15e6b07', NULL, NULL, NULL);
INSERT INTO import_run (id, kind, state, file, sha256, configuration, actor, process, started_at, finished_at, seconds, rows, created, updated, unchanged, deleted, superseded, rejected, error, digest, undoes, mends, pruned_at) VALUES (12, 'tracking', 'failed', 'failed.csv', NULL, '<?xml version="1.0" encoding="UTF-8"?>
<import-config>
  <import>
    <providers>
      <fileSystemSourceProvider>
        <skipFirstLine>yes</skipFirstLine>
        <fileEncoding>utf-8</fileEncoding>
        <delimiter>semicolon</delimiter>
        <rawText>no</rawText>
        <decimal>point</decimal>
      </fileSystemSourceProvider>
    </providers>
    <actions>
      <createOrUpdateConsolidatedTrackingAction>
        <parameters>
          <dateTimeFormat>YYYY-MM-DD hh:ii:ss</dateTimeFormat>
          <defaultTime>00:00:00</defaultTime>
          <timeZone>UTC</timeZone>
          <timeGlobalFormat>rawSeconds</timeGlobalFormat>
          <defaultScoreMax>100</defaultScoreMax>
          <updateMode>replace</updateMode>
        </parameters>
      </createOrUpdateConsolidatedTrackingAction>
    </actions>
  </import>
</import-config>
', 'ada', 'host 1 2.00', 1717416000, 1717416001, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'The plan is not the one that was expected: the file is another one now. Nothing was done. Look at what it would do now: milepost check.', NULL, NULL, NULL, NULL);
INSERT INTO import_run (id, kind, state, file, sha256, configuration, actor, process, started_at, finished_at, seconds, rows, created, updated, unchanged, deleted, superseded, rejected, error, digest, undoes, mends, pruned_at) VALUES (13, 'tracking', 'done', 'rejects.csv', 'e08eacd449fe19bfa13aade7d07d9518f10609765ad104a74eda0a28b82e60ee', '<?xml version="1.0" encoding="UTF-8"?>
<import-config>
  <import>
    <providers>
      <fileSystemSourceProvider>
        <skipFirstLine>yes</skipFirstLine>
        <fileEncoding>utf-8</fileEncoding>
        <delimiter>semicolon</delimiter>
        <rawText>no</rawText>
        <decimal>point</decimal>
      </fileSystemSourceProvider>
    </providers>
    <actions>
      <createOrUpdateConsolidatedTrackingAction>
        <parameters>
          <dateTimeFormat>YYYY-MM-DD hh:ii:ss</dateTimeFormat>
          <defaultTime>00:00:00</defaultTime>
          <timeZone>UTC</timeZone>
          <timeGlobalFormat>rawSeconds</timeGlobalFormat>
          <defaultScoreMax>100</defaultScoreMax>
          <updateMode>replace</updateMode>
        </parameters>
      </createOrUpdateConsolidatedTrackingAction>
    </actions>
  </import>
</import-config>
', 'ada', 'host 1 2.00', 1717502400, 1717502401, 0.665, 2, 0, 1, 0, 0, 0, 1, NULL, 'e08eacd449fe19bffaeb107fb8e36b861938a42c98578506615829c241541761', NULL, 8, NULL);
INSERT INTO import_run (id, kind, state, file, sha256, configuration, actor, process, started_at, finished_at, seconds, rows, created, updated, unchanged, deleted, superseded, rejected, error, digest, undoes, mends, pruned_at) VALUES (14, 'tracking', 'done', 'last.csv', '0eee9badb3fcfd8a1be8de3162d8cd5421d2766261065bd153620a9b565e49f9', '<?xml version="1.0" encoding="UTF-8"?>
<import-config>
  <import>
    <providers>
      <fileSystemSourceProvider>
        <skipFirstLine>yes</skipFirstLine>
        <fileEncoding>utf-8</fileEncoding>
        <delimiter>semicolon</delimiter>
        <rawText>no</rawText>
        <decimal>point</decimal>
      </fileSystemSourceProvider>
    </providers>
    <actions>
      <createOrUpdateConsolidatedTrackingAction>
        <parameters>
          <dateTimeFormat>YYYY-MM-DD hh:ii:ss</dateTimeFormat>
          <defaultTime>00:00:00</defaultTime>
          <timeZone>UTC</timeZone>
          <timeGlobalFormat>rawSeconds</timeGlobalFormat>
          <defaultScoreMax>100</defaultScoreMax>
          <updateMode>replace</updateMode>
        </parameters>
      </createOrUpdateConsolidatedTrackingAction>
    </actions>
  </import>
</import-config>
', 'ada', 'host 1 2.00', 1717588800, 1717588801, 0.9, 1, 0, 1, 0, 0, 0, 0, NULL, '0eee9badb3fcfd8afaeb107fb8e36b86c258d51e0f74248b037f58036285a2fc', NULL, NULL, NULL);
INSERT INTO learner (id, login, login_key, reference_number, email, email_key, guid, guid_key, name, first_name) VALUES (1, 'ada', 'ada', '1', 'ada@x.example', 'ada@x.example', 'ae260b1d-0c37-40b8-8de5-4566139f7e9e', 'ae260b1d-0c37-40b8-8de5-4566139f7e9e', NULL, NULL);
INSERT INTO learner (id, login, login_key, reference_number, email, email_key, guid, guid_key, name, first_name) VALUES (2, 'bob', 'bob', '2', NULL, NULL, '3c1ce1fa-a4a3-4fc0-9c13-57ecdfe7973f', '3c1ce1fa-a4a3-4fc0-9c13-57ecdfe7973f', NULL, NULL);
INSERT INTO learner (id, login, login_key, reference_number, email, email_key, guid, guid_key, name, first_name) VALUES (3, 'cyd', 'cyd', NULL, 'cyd@x.example', 'cyd@x.example', '320563b7-d38f-4473-aee4-2d943821dc0e', '320563b7-d38f-4473-aee4-2d943821dc0e', NULL, NULL);
INSERT INTO learner (id, login, login_key, reference_number, email, email_key, guid, guid_key, name, first_name) VALUES (4, 'dan', 'dan', '4', NULL, NULL, '3d1f55b3-060c-4f4c-97ef-1fd7ac15d488', '3d1f55b3-060c-4f4c-97ef-1fd7ac15d488', NULL, NULL);
INSERT INTO learner (id, login, login_key, reference_number, email, email_key, guid, guid_key, name, first_name) VALUES (5, 'eve', 'eve', '5', 'eve@x.example', 'eve@x.example', '0b731f39-c318-4d48-a4d3-5d08879ce7ee', '0b731f39-c318-4d48-a4d3-5d08879ce7ee', NULL, NULL);
INSERT INTO learning_object_version (id, guid, guid_key, code, title, publisher, runtime, locale) VALUES (1, 'guid-1', 'guid-1', 'intro', NULL, NULL, NULL, NULL);
INSERT INTO learning_object_version (id, guid, guid_key, code, title, publisher, runtime, locale) VALUES (2, 'guid-2', 'guid-2', 'movie', NULL, NULL, NULL, NULL);
INSERT INTO registration (id, guid, guid_key, learner_id, session_id, registered_at, time_spent_cbt, time_spent_digital) VALUES (1, 'a21fa951-fc29-489f-9425-1e8a4bd071ad', 'a21fa951-fc29-489f-9425-1e8a4bd071ad', 1, 1, NULL, 0, 0);
INSERT INTO registration (id, guid, guid_key, learner_id, session_id, registered_at, time_spent_cbt, time_spent_digital) VALUES (2, '9d923d7d-8e68-4642-a0ab-2604735465f3', '9d923d7d-8e68-4642-a0ab-2604735465f3', 2, 1, NULL, 0, 0);
INSERT INTO registration (id, guid, guid_key, learner_id, session_id, registered_at, time_spent_cbt, time_spent_digital) VALUES (3, '3c9d5968-c2b1-42ad-8302-24a83fc248f7', '3c9d5968-c2b1-42ad-8302-24a83fc248f7', 3, 1, NULL, 0, 0);
INSERT INTO registration (id, guid, guid_key, learner_id, session_id, registered_at, time_spent_cbt, time_spent_digital) VALUES (4, '9fa9c2dd-9838-4ab4-bf10-f7b0baddeecc', '9fa9c2dd-9838-4ab4-bf10-f7b0baddeecc', 4, 1, NULL, 0, 0);
INSERT INTO registration (id, guid, guid_key, learner_id, session_id, registered_at, time_spent_cbt, time_spent_digital) VALUES (5, '4e5a3b92-b75e-45e4-962e-ac8a3f8b7342', '4e5a3b92-b75e-45e4-962e-ac8a3f8b7342', 5, 1, NULL, 0, 0);
INSERT INTO returned_line (source_run_id, source_line, run_id, line) VALUES (8, 8, 13, 2);
INSERT INTO returned_line (source_run_id, source_line, run_id, line) VALUES (8, 9, 13, 3);
INSERT INTO session (id, guid, guid_key, title, training_id, starts_at, ends_at) VALUES (1, 'spring', 'spring', 'Spring 2024', 1, NULL, NULL);
INSERT INTO tracking (registration_id, learning_object_version_id, first_access_at, last_access_at, first_completed_at, progression, status, time_spent, score, score_max, run_id, line, checksum, logged_on, logged_time) VALUES (3, 1, NULL, NULL, NULL, 30, 'incomplete', 0, NULL, NULL, 7, 4, -3221965208555091646, 19785, 0);
INSERT INTO tracking (registration_id, learning_object_version_id, first_access_at, last_access_at, first_completed_at, progression, status, time_spent, score, score_max, run_id, line, checksum, logged_on, logged_time) VALUES (1, 2, NULL, 1712046600, NULL, 6, 'incomplete', 20, NULL, NULL, 8, 7, 229910278356083772, 19815, 20);
INSERT INTO tracking (registration_id, learning_object_version_id, first_access_at, last_access_at, first_completed_at, progression, status, time_spent, score, score_max, run_id, line, checksum, logged_on, logged_time) VALUES (4, 2, NULL, 1709370000, NULL, 90, 'failed', 500, 80, 100, 8, 5, 5418766672849122791, 19784, 500);
INSERT INTO tracking (registration_id, learning_object_version_id, first_access_at, last_access_at, first_completed_at, progression, status, time_spent, score, score_max, run_id, line, checksum, logged_on, logged_time) VALUES (1, 1, NULL, 1711965600, NULL, 40, 'incomplete', 160, 2.5, 100, 8, 2, -8058202787214245210, 19814, 100);
INSERT INTO tracking (registration_id, learning_object_version_id, first_access_at, last_access_at, first_completed_at, progression, status, time_spent, score, score_max, run_id, line, checksum, logged_on, logged_time) VALUES (5, 2, NULL, 1717322400, 1717588800, 100, 'passed', 90, 9, 100, 14, 2, -5012795711869366179, 19876, 90);
INSERT INTO tracking_change (run_id, registration_id, learning_object_version_id, line, change, first_access_at, last_access_at, first_completed_at, progression, status, time_spent, score, score_max, previous_run_id, previous_line, previous_checksum, previous_logged_on, previous_logged_time) VALUES (8, 1, 1, 2, 'updated', NULL, 1709287200, NULL, 10, 'incomplete', 60, 1, 100, 7, 2, -5372938595896976782, 19783, 60);
INSERT INTO tracking_change (run_id, registration_id, learning_object_version_id, line, change, first_access_at, last_access_at, first_completed_at, progression, status, time_spent, score, score_max, previous_run_id, previous_line, previous_checksum, previous_logged_on, previous_logged_time) VALUES (8, 2, 1, 3, 'deleted', NULL, 1709290800, NULL, 20, 'incomplete', 120, NULL, NULL, 7, 3, 602297789816440463, 19783, 120);
INSERT INTO tracking_change (run_id, registration_id, learning_object_version_id, line, change, first_access_at, last_access_at, first_completed_at, progression, status, time_spent, score, score_max, previous_run_id, previous_line, previous_checksum, previous_logged_on, previous_logged_time) VALUES (8, 4, 2, 5, 'updated', NULL, 1709370000, 1709467200, 100, 'completed', 600, 87.5, 100, 7, 5, -9176797110824956958, 19784, 600);
INSERT INTO tracking_change (run_id, registration_id, learning_object_version_id, line, change, first_access_at, last_access_at, first_completed_at, progression, status, time_spent, score, score_max, previous_run_id, previous_line, previous_checksum, previous_logged_on, previous_logged_time) VALUES (9, 1, 1, 2, 'updated', NULL, 1711965600, NULL, 40, 'incomplete', 160, 2.5, 100, 8, 2, -8058202787214245210, 19814, 100);
INSERT INTO tracking_change (run_id, registration_id, learning_object_version_id, line, change, first_access_at, last_access_at, first_completed_at, progression, status, time_spent, score, score_max, previous_run_id, previous_line, previous_checksum, previous_logged_on, previous_logged_time) VALUES (10, 1, 1, 2, 'updated', NULL, 1714557600, NULL, 60, 'incomplete', 200, 3, 100, 9, 2, -433554889136685115, 19844, 40);
INSERT INTO tracking_change (run_id, registration_id, learning_object_version_id, line, change, first_access_at, last_access_at, first_completed_at, progression, status, time_spent, score, score_max, previous_run_id, previous_line, previous_checksum, previous_logged_on, previous_logged_time) VALUES (10, 3, 2, 3, 'deleted', NULL, 1714557600, NULL, 1, 'incomplete', 5, NULL, NULL, 9, 3, -8199645640812314455, 19844, 5);
INSERT INTO tracking_change (run_id, registration_id, learning_object_version_id, line, change, first_access_at, last_access_at, first_completed_at, progression, status, time_spent, score, score_max, previous_run_id, previous_line, previous_checksum, previous_logged_on, previous_logged_time) VALUES (13, 5, 2, 3, 'updated', NULL, 1709371800, 1709467200, 100, 'passed', 30, 9, 100, 7, 6, -5451769851138153174, 19784, 30);
INSERT INTO tracking_change (run_id, registration_id, learning_object_version_id, line, change, first_access_at, last_access_at, first_completed_at, progression, status, time_spent, score, score_max, previous_run_id, previous_line, previous_checksum, previous_logged_on, previous_logged_time) VALUES (14, 5, 2, 2, 'updated', NULL, 1717236000, NULL, 1, 'incomplete', 0, NULL, NULL, 13, 3, 6108140416348485883, 19784, 0);
INSERT INTO tracking_log_change (run_id, registration_id, learning_object_version_id, day, time_spent, progression) VALUES (8, 1, 1, 19783, NULL, NULL);
INSERT INTO tracking_log_change (run_id, registration_id, learning_object_version_id, day, time_spent, progression) VALUES (9, 1, 1, 19814, NULL, NULL);
INSERT INTO tracking_log_change (run_id, registration_id, learning_object_version_id, day, time_spent, progression) VALUES (10, 1, 1, 19814, 100, 40);
INSERT INTO tracking_log_change (run_id, registration_id, learning_object_version_id, day, time_spent, progression) VALUES (14, 5, 2, 19784, NULL, NULL);
INSERT INTO tracking_log_day (registration_id, learning_object_version_id, day, time_spent, progression) VALUES (1, 1, 19783, 60, 10);
INSERT INTO tracking_log_day (registration_id, learning_object_version_id, day, time_spent, progression) VALUES (5, 2, 19784, 0, 1);
INSERT INTO training (id, guid, guid_key, path_code, title, modality) VALUES (1, '4144fb6a-97a5-41bb-b26a-9c05ea169446', '4144fb6a-97a5-41bb-b26a-9c05ea169446', 'MATHS', NULL, NULL);
INSERT INTO training_content (training_id, learning_object_version_id, mandatory, points, "position") VALUES (1, 1, true, 1, NULL);
INSERT INTO training_content (training_id, learning_object_version_id, mandatory, points, "position") VALUES (1, 2, true, 1, NULL);
SELECT pg_catalog.setval('import_run_id_seq', 14, true);
SELECT pg_catalog.setval('learner_id_seq', 5, true);
SELECT pg_catalog.setval('learning_object_version_id_seq', 2, true);
SELECT pg_catalog.setval('registration_id_seq', 5, true);
SELECT pg_catalog.setval('session_id_seq', 1, true);
SELECT pg_catalog.setval('training_id_seq', 1, true);
ALTER TABLE ONLY alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY import_finding
    ADD CONSTRAINT pk_import_finding PRIMARY KEY (run_id, line, place);
ALTER TABLE ONLY import_run
    ADD CONSTRAINT pk_import_run PRIMARY KEY (id);
ALTER TABLE ONLY learner
    ADD CONSTRAINT pk_learner PRIMARY KEY (id);
ALTER TABLE ONLY learning_object_version
    ADD CONSTRAINT pk_learning_object_version PRIMARY KEY (id);
ALTER TABLE ONLY registration
    ADD CONSTRAINT pk_registration PRIMARY KEY (id);
ALTER TABLE ONLY returned_line
    ADD CONSTRAINT pk_returned_line PRIMARY KEY (source_run_id, source_line, run_id, line);
ALTER TABLE ONLY session
    ADD CONSTRAINT pk_session PRIMARY KEY (id);
ALTER TABLE ONLY tracking
    ADD CONSTRAINT pk_tracking PRIMARY KEY (registration_id, learning_object_version_id);
ALTER TABLE ONLY tracking_change
    ADD CONSTRAINT pk_tracking_change PRIMARY KEY (run_id, registration_id, learning_object_version_id);
ALTER TABLE ONLY tracking_log_change
    ADD CONSTRAINT pk_tracking_log_change PRIMARY KEY (run_id, registration_id, learning_object_version_id, day);
ALTER TABLE ONLY tracking_log_day
    ADD CONSTRAINT pk_tracking_log_day PRIMARY KEY (registration_id, learning_object_version_id, day);
ALTER TABLE ONLY training
    ADD CONSTRAINT pk_training PRIMARY KEY (id);
ALTER TABLE ONLY training_content
    ADD CONSTRAINT pk_training_content PRIMARY KEY (training_id, learning_object_version_id);
ALTER TABLE ONLY learner
    ADD CONSTRAINT uq_learner_guid_key UNIQUE (guid_key);
ALTER TABLE ONLY learner
    ADD CONSTRAINT uq_learner_login_key UNIQUE (login_key);
ALTER TABLE ONLY learning_object_version
    ADD CONSTRAINT uq_learning_object_version_guid_key UNIQUE (guid_key);
ALTER TABLE ONLY registration
    ADD CONSTRAINT uq_registration_guid_key UNIQUE (guid_key);
ALTER TABLE ONLY session
    ADD CONSTRAINT uq_session_guid_key UNIQUE (guid_key);
ALTER TABLE ONLY training
    ADD CONSTRAINT uq_training_guid_key UNIQUE (guid_key);
ALTER TABLE ONLY training
    ADD CONSTRAINT uq_training_path_code UNIQUE (path_code);
CREATE INDEX ix_learner_email_key ON learner USING btree (email_key);
CREATE INDEX ix_learner_reference_number ON learner USING btree (reference_number);
CREATE INDEX ix_learning_object_version_code ON learning_object_version USING btree (code);
CREATE INDEX ix_registration_session_id ON registration USING btree (session_id);
CREATE INDEX ix_session_title ON session USING btree (title);
CREATE INDEX ix_session_training_id ON session USING btree (training_id);
CREATE INDEX ix_tracking_change_registration_id ON tracking_change USING btree (registration_id);
CREATE INDEX ix_training_content_learning_object_version_id ON training_content USING btree (learning_object_version_id);
CREATE UNIQUE INDEX uq_registration_learner_id_session_id ON registration USING btree (learner_id, session_id);
CREATE TRIGGER milepost_deleted AFTER DELETE ON import_run REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION milepost_refuse_orphans('tracking', 'run_id', 'import_finding', 'run_id');
CREATE TRIGGER milepost_deleted AFTER DELETE ON learning_object_version REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION milepost_refuse_orphans('tracking', 'learning_object_version_id');
CREATE TRIGGER milepost_deleted AFTER DELETE ON registration REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION milepost_refuse_orphans('tracking', 'registration_id');
CREATE TRIGGER milepost_log_deleted AFTER DELETE ON tracking REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION milepost_delete_log();
CREATE TRIGGER milepost_log_truncated AFTER TRUNCATE ON tracking FOR EACH STATEMENT EXECUTE FUNCTION milepost_delete_log();
CREATE TRIGGER milepost_parents AFTER INSERT OR UPDATE OF run_id ON import_finding FOR EACH ROW WHEN ((current_setting('milepost.importing'::text, true) IS DISTINCT FROM 'yes'::text)) EXECUTE FUNCTION milepost_require_parents('run_id', 'import_run');
CREATE TRIGGER milepost_parents AFTER INSERT OR UPDATE OF registration_id, learning_object_version_id, run_id ON tracking FOR EACH ROW WHEN ((current_setting('milepost.importing'::text, true) IS DISTINCT FROM 'yes'::text)) EXECUTE FUNCTION milepost_require_parents('registration_id', 'registration', 'learning_object_version_id', 'learning_object_version', 'run_id', 'import_run');
CREATE TRIGGER milepost_same_id BEFORE UPDATE OF id ON import_run FOR EACH ROW WHEN ((old.id <> new.id)) EXECUTE FUNCTION milepost_refuse_another_id();
CREATE TRIGGER milepost_same_id BEFORE UPDATE OF id ON learning_object_version FOR EACH ROW WHEN ((old.id <> new.id)) EXECUTE FUNCTION milepost_refuse_another_id();
CREATE TRIGGER milepost_same_id BEFORE UPDATE OF id ON registration FOR EACH ROW WHEN ((old.id <> new.id)) EXECUTE FUNCTION milepost_refuse_another_id();
CREATE TRIGGER milepost_truncated AFTER TRUNCATE ON import_run FOR EACH STATEMENT EXECUTE FUNCTION milepost_refuse_orphans('tracking', 'run_id', 'import_finding', 'run_id');
CREATE TRIGGER milepost_truncated AFTER TRUNCATE ON learning_object_version FOR EACH STATEMENT EXECUTE FUNCTION milepost_refuse_orphans('tracking', 'learning_object_version_id');
CREATE TRIGGER milepost_truncated AFTER TRUNCATE ON registration FOR EACH STATEMENT EXECUTE FUNCTION milepost_refuse_orphans('tracking', 'registration_id');
CREATE TRIGGER milepost_wait BEFORE DELETE OR TRUNCATE ON import_run FOR EACH STATEMENT EXECUTE FUNCTION milepost_wait_for_imports();
CREATE TRIGGER milepost_wait BEFORE DELETE OR TRUNCATE ON learning_object_version FOR EACH STATEMENT EXECUTE FUNCTION milepost_wait_for_imports();
CREATE TRIGGER milepost_wait BEFORE DELETE OR TRUNCATE ON registration FOR EACH STATEMENT EXECUTE FUNCTION milepost_wait_for_imports();
ALTER TABLE ONLY registration
    ADD CONSTRAINT fk_registration_learner_id FOREIGN KEY (learner_id) REFERENCES learner(id);
ALTER TABLE ONLY registration
    ADD CONSTRAINT fk_registration_session_id FOREIGN KEY (session_id) REFERENCES session(id);
ALTER TABLE ONLY session
    ADD CONSTRAINT fk_session_training_id FOREIGN KEY (training_id) REFERENCES training(id);
ALTER TABLE ONLY training_content
    ADD CONSTRAINT fk_training_content_learning_object_version_id FOREIGN KEY (learning_object_version_id) REFERENCES learning_object_version(id);
ALTER TABLE ONLY training_content
    ADD CONSTRAINT fk_training_content_training_id FOREIGN KEY (training_id) REFERENCES training(id);
