DO $settle$
DECLARE
	r record;
	def text;
	tmp constant name := 'espalier_settle';
BEGIN
	FOR r IN
		SELECT c.oid, c.conname, c.conrelid::pg_catalog.regclass AS rel, pg_catalog.pg_get_constraintdef(c.oid) AS def,
			pg_catalog.obj_description(c.oid, 'pg_constraint') AS comment
		FROM pg_catalog.pg_constraint c
		JOIN pg_catalog.pg_class t ON t.oid = c.conrelid AND t.relkind IN ('r', 'p') AND NOT t.relispartition
		JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
		WHERE c.contype = 'c' AND c.coninhcount = 0 AND c.convalidated
		AND pg_catalog.pg_get_constraintdef(c.oid) LIKE '%::%'
	LOOP
		EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s', r.rel, tmp, r.def);
		SELECT pg_catalog.pg_get_constraintdef(oid) INTO def FROM pg_catalog.pg_constraint WHERE conrelid = r.rel AND conname = tmp;
		IF def = r.def THEN
			EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', r.rel, tmp);
		ELSE
			EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', r.rel, r.conname);
			EXECUTE format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', r.rel, tmp, r.conname);
			IF r.comment IS NOT NULL THEN
				EXECUTE format('COMMENT ON CONSTRAINT %I ON %s IS %L', r.conname, r.rel, r.comment);
			END IF;
		END IF;
	END LOOP;
	FOR r IN
		SELECT i.indexrelid::pg_catalog.regclass AS idx, pg_catalog.pg_get_indexdef(i.indexrelid) AS def,
			pg_catalog.obj_description(i.indexrelid, 'pg_class') AS comment, format('%I.%I', n.nspname, c.relname) AS name
		FROM pg_catalog.pg_index i
		JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid AND NOT c.relispartition
		JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
		JOIN pg_catalog.pg_class t ON t.oid = i.indrelid AND t.relkind = 'r'
		WHERE (i.indpred IS NOT NULL OR i.indexprs IS NOT NULL) AND i.indisvalid AND pg_catalog.pg_get_indexdef(i.indexrelid) LIKE '%::%'
		AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid)
	LOOP
		EXECUTE format('DROP INDEX %s', r.idx);
		EXECUTE r.def;
		IF r.comment IS NOT NULL THEN
			EXECUTE format('COMMENT ON INDEX %s IS %L', r.name, r.comment);
		END IF;
	END LOOP;
	FOR r IN
		SELECT d.adrelid::pg_catalog.regclass AS rel, a.attname, pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS def
		FROM pg_catalog.pg_attrdef d
		JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum AND a.attgenerated = ''
		JOIN pg_catalog.pg_class t ON t.oid = d.adrelid AND t.relkind IN ('r', 'p')
		JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
		-- A constant with its type is read as it was printed.
		WHERE pg_catalog.pg_get_expr(d.adbin, d.adrelid) ~ '::' AND pg_catalog.pg_get_expr(d.adbin, d.adrelid) !~ '^''([^'']|'''')*''::[a-z ]+$'
		AND NOT t.relispartition
	LOOP
		EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT %s', r.rel, r.attname, r.def);
	END LOOP;
END
$settle$
