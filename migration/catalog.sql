-- Everything in the schemas $1 as (kind, schema, rel, name, def, parts, ref):
-- parts are what statements are made from, ref finds the object in pg_depend.
WITH ns AS MATERIALIZED (
	SELECT oid, nspname, nspowner, nspacl FROM pg_catalog.pg_namespace WHERE nspname = ANY ($1)
), ext AS MATERIALIZED (
	SELECT classid, objid FROM pg_catalog.pg_depend WHERE deptype = 'e'
), rel AS MATERIALIZED (
	SELECT c.*, ns.nspname AS nsp
	FROM pg_catalog.pg_class c JOIN ns ON ns.oid = c.relnamespace
	WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'c', 'i', 'I')
	AND NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND objid = c.oid)
), tab AS MATERIALIZED (
	SELECT * FROM rel WHERE relkind IN ('r', 'p')
), typ AS MATERIALIZED (
	SELECT t.*, ns.nspname AS nsp
	FROM pg_catalog.pg_type t JOIN ns ON ns.oid = t.typnamespace
	WHERE t.typtype IN ('e', 'd', 'r')
	AND NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND objid = t.oid)
), proc AS MATERIALIZED (
	SELECT p.*, ns.nspname AS nsp, pg_catalog.format('%s(%s)', pg_catalog.quote_ident(p.proname), pg_catalog.pg_get_function_identity_arguments(p.oid)) AS sig,
		CASE p.prokind WHEN 'p' THEN 'PROCEDURE' WHEN 'a' THEN 'AGGREGATE' ELSE 'FUNCTION' END AS word
	FROM pg_catalog.pg_proc p JOIN ns ON ns.oid = p.pronamespace
	WHERE NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND objid = p.oid)
	AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'i')
), obj (word, schema, rel, name, target, classid, objid, objsubid, owner, acl, defaults) AS MATERIALIZED (
	-- What can have comments and grants.
	SELECT 'SCHEMA', nspname, '', '', pg_catalog.quote_ident(nspname), 'pg_catalog.pg_namespace'::pg_catalog.regclass, oid, 0, nspowner, nspacl,
		pg_catalog.acldefault('n', nspowner)
	FROM ns
	UNION ALL
	SELECT CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' WHEN 'c' THEN 'TYPE' WHEN 'i' THEN 'INDEX' WHEN 'I' THEN 'INDEX' ELSE 'TABLE' END::text,
		nsp, CASE WHEN relkind IN ('i', 'I') THEN (SELECT t.relname FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class t ON t.oid = i.indrelid WHERE i.indexrelid = rel.oid) ELSE relname END,
		CASE WHEN relkind IN ('i', 'I') THEN relname ELSE '' END, pg_catalog.format('%I.%I', nsp, relname),
		'pg_catalog.pg_class'::pg_catalog.regclass, oid, 0, relowner, relacl,
		pg_catalog.acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner)
	FROM rel
	UNION ALL
	SELECT 'COLUMN', nsp, relname, a.attname, pg_catalog.format('%I.%I.%I', nsp, relname, a.attname), 'pg_catalog.pg_class'::pg_catalog.regclass, rel.oid, a.attnum,
		relowner, a.attacl, NULL
	FROM rel JOIN pg_catalog.pg_attribute a ON a.attrelid = rel.oid AND a.attnum > 0 AND NOT a.attisdropped AND relkind IN ('r', 'p', 'v', 'm', 'c')
	UNION ALL
	SELECT 'CONSTRAINT', nsp, relname, c.conname, pg_catalog.format('%I ON %I.%I', c.conname, nsp, relname), 'pg_catalog.pg_constraint'::pg_catalog.regclass, c.oid, 0, 0, NULL, NULL
	FROM rel JOIN pg_catalog.pg_constraint c ON c.conrelid = rel.oid
	UNION ALL
	SELECT 'TRIGGER', nsp, relname, t.tgname, pg_catalog.format('%I ON %I.%I', t.tgname, nsp, relname), 'pg_catalog.pg_trigger'::pg_catalog.regclass, t.oid, 0, 0, NULL, NULL
	FROM rel JOIN pg_catalog.pg_trigger t ON t.tgrelid = rel.oid AND NOT t.tgisinternal
	UNION ALL
	SELECT 'POLICY', nsp, relname, p.polname, pg_catalog.format('%I ON %I.%I', p.polname, nsp, relname), 'pg_catalog.pg_policy'::pg_catalog.regclass, p.oid, 0, 0, NULL, NULL
	FROM rel JOIN pg_catalog.pg_policy p ON p.polrelid = rel.oid
	UNION ALL
	SELECT CASE typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, nsp, typname, '', pg_catalog.format('%I.%I', nsp, typname), 'pg_catalog.pg_type'::pg_catalog.regclass, oid, 0, typowner, typacl,
		pg_catalog.acldefault('T', typowner)
	FROM typ
	UNION ALL
	SELECT word, nsp, sig, '', pg_catalog.quote_ident(nsp) || '.' || sig, 'pg_catalog.pg_proc'::pg_catalog.regclass, oid, 0, proowner, proacl,
		pg_catalog.acldefault('f', proowner)
	FROM proc
), acl AS MATERIALIZED (
	SELECT obj.*, x.grantee, x.privilege_type AS privilege, x.is_grantable AS grantable,
		CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) END AS who,
		CASE word WHEN 'COLUMN' THEN pg_catalog.format(' (%I)', name) ELSE '' END AS cols
	FROM obj, pg_catalog.aclexplode(acl) x
	WHERE acl IS NOT NULL AND x.grantee <> owner
)
SELECT 'schema' AS kind, nspname AS schema, '' AS rel, '' AS name, '' AS def, NULL::text[] AS parts, oid AS id, 0 AS sub, 'pg_namespace' AS class
FROM ns
UNION ALL
SELECT 'extension', '', e.extname, '', '', ARRAY[n.nspname::text], e.oid, 0, 'pg_extension'
FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname <> 'plpgsql'
UNION ALL
SELECT CASE WHEN relispartition THEN 'partition' ELSE 'table' END, nsp, relname, '',
	pg_catalog.concat_ws(' ', CASE relpersistence WHEN 'u' THEN 'UNLOGGED' END, 'PARTITION BY ' || pg_catalog.pg_get_partkeydef(oid),
		CASE WHEN relispartition THEN 'PARTITION OF ' || p.parents || ' ' || pg_catalog.pg_get_expr(relpartbound, oid) ELSE 'INHERITS (' || p.parents || ')' END),
	ARRAY[relpersistence::text, coalesce(pg_catalog.pg_get_partkeydef(oid), ''), coalesce(p.parents, ''), coalesce(pg_catalog.pg_get_expr(relpartbound, oid), '')],
	oid, 0, 'pg_class'
FROM tab, LATERAL (SELECT pg_catalog.string_agg(pg_catalog.format('%I.%I', n.nspname, c.relname), ', ' ORDER BY i.inhseqno) AS parents
	FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhparent JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
	WHERE i.inhrelid = tab.oid) p
UNION ALL
SELECT 'row security', nsp, relname, '', CASE WHEN relrowsecurity AND relforcerowsecurity THEN 'enabled, forced' WHEN relrowsecurity THEN 'enabled' ELSE 'forced' END,
	ARRAY[CASE WHEN relrowsecurity THEN 'ENABLE' ELSE 'DISABLE' END, CASE WHEN relforcerowsecurity THEN 'FORCE' ELSE 'NO FORCE' END], oid, 0, 'pg_class'
FROM tab WHERE relrowsecurity OR relforcerowsecurity
UNION ALL
SELECT 'replica identity', nsp, relname, '', CASE relreplident WHEN 'n' THEN 'NOTHING' WHEN 'f' THEN 'FULL' ELSE
	(SELECT pg_catalog.format('USING INDEX %I', c.relname) FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = tab.oid AND i.indisreplident) END,
	NULL, oid, 0, 'pg_class'
FROM tab WHERE relreplident <> 'd'
UNION ALL
SELECT 'storage', nsp, relname, '', pg_catalog.array_to_string(reloptions, ', '), reloptions, oid, 0, 'pg_class'
FROM rel WHERE reloptions IS NOT NULL AND relkind IN ('r', 'p', 'm')
UNION ALL
SELECT 'column', nsp, relname, a.attname, pg_catalog.concat_ws(' ', x.type, 'COLLATE ' || x.coll, CASE WHEN a.attnotnull THEN 'NOT NULL' END,
	CASE a.attgenerated WHEN '' THEN 'DEFAULT ' || x.expr ELSE 'GENERATED (' || x.expr || ') ' || a.attgenerated::text END, x.ident, '(' || x.opts || ')'),
	ARRAY[x.type, coalesce(x.coll, ''), CASE WHEN a.attnotnull THEN 'NOT NULL' ELSE '' END, coalesce(x.expr, ''), a.attgenerated::text, coalesce(x.ident, ''), coalesce(x.opts, ''),
		pg_catalog.lpad(a.attnum::text, 6, '0')],
	tab.oid, a.attnum, 'pg_class'
FROM pg_catalog.pg_attribute a JOIN tab ON tab.oid = a.attrelid
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum,
LATERAL (SELECT pg_catalog.format_type(a.atttypid, a.atttypmod) AS type, pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS expr,
	(SELECT pg_catalog.format('%I.%I', kn.nspname, collname) FROM pg_catalog.pg_collation k JOIN pg_catalog.pg_namespace kn ON kn.oid = k.collnamespace, pg_catalog.pg_type t
		WHERE k.oid = a.attcollation AND t.oid = a.atttypid AND a.attcollation <> t.typcollation) AS coll,
	CASE a.attidentity WHEN 'a' THEN 'GENERATED ALWAYS AS IDENTITY' WHEN 'd' THEN 'GENERATED BY DEFAULT AS IDENTITY' END AS ident,
	CASE WHEN a.attidentity <> '' THEN (SELECT nullif(pg_catalog.concat_ws(' ', CASE WHEN s.seqstart <> CASE WHEN s.seqincrement > 0 THEN s.seqmin ELSE s.seqmax END OR s.seqstart <> 1 THEN 'START WITH ' || s.seqstart END,
		CASE WHEN s.seqincrement <> 1 THEN 'INCREMENT BY ' || s.seqincrement END,
		CASE WHEN s.seqincrement > 0 AND s.seqmin <> 1 THEN 'MINVALUE ' || s.seqmin END,
		CASE WHEN s.seqincrement > 0 AND s.seqmax NOT IN (32767, 2147483647, 9223372036854775807) THEN 'MAXVALUE ' || s.seqmax END,
		CASE WHEN s.seqcache <> 1 THEN 'CACHE ' || s.seqcache END, CASE WHEN s.seqcycle THEN 'CYCLE' END), '')
		FROM pg_catalog.pg_depend p JOIN pg_catalog.pg_sequence s ON s.seqrelid = p.objid
		WHERE p.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND p.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
		AND p.refobjid = a.attrelid AND p.refobjsubid = a.attnum AND p.deptype = 'i') END AS opts) x
WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attislocal AND NOT (tab.relispartition AND a.attinhcount > 0)
UNION ALL
SELECT CASE c.contype WHEN 'c' THEN 'check' WHEN 'f' THEN 'foreign key' WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' ELSE 'exclusion' END,
	nsp, tab.relname, c.conname, pg_catalog.pg_get_constraintdef(c.oid),
	ARRAY[coalesce((SELECT pg_catalog.string_agg('"' || pg_catalog.replace(a.attname, '"', '""') || '"', ', ' ORDER BY k.n) FROM pg_catalog.unnest(c.conkey) WITH ORDINALITY k (num, n)
			JOIN pg_catalog.pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num), ''),
		coalesce(fn.nspname, ''), coalesce(ft.relname, ''),
		coalesce((SELECT pg_catalog.string_agg('"' || pg_catalog.replace(a.attname, '"', '""') || '"', ', ' ORDER BY k.n) FROM pg_catalog.unnest(c.confkey) WITH ORDINALITY k (num, n)
			JOIN pg_catalog.pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.num), ''),
		CASE WHEN c.contype = 'f' THEN c.confupdtype::text || c.confdeltype::text || c.confmatchtype::text ELSE '' END],
	c.oid, 0, 'pg_constraint'
FROM pg_catalog.pg_constraint c JOIN tab ON tab.oid = c.conrelid
LEFT JOIN pg_catalog.pg_class ft ON ft.oid = c.confrelid LEFT JOIN pg_catalog.pg_namespace fn ON fn.oid = ft.relnamespace
WHERE c.contype IN ('c', 'f', 'p', 'u', 'x') AND c.conparentid = 0 AND c.conislocal
UNION ALL
SELECT 'index', rel.nsp, t.relname, rel.relname, pg_catalog.pg_get_indexdef(i.indexrelid) || CASE WHEN i.indisvalid THEN '' ELSE ' INVALID' END || CASE WHEN i.indisclustered THEN ' CLUSTER' ELSE '' END,
	ARRAY[CASE WHEN i.indpred IS NULL AND i.indexprs IS NULL AND i.indnkeyatts = i.indnatts AND am.amname = 'btree' AND NOT (0 <> ANY (i.indoption::int2[])) AND rel.reloptions IS NULL
			AND NOT i.indnullsnotdistinct
			AND NOT EXISTS (SELECT FROM pg_catalog.unnest(i.indclass::pg_catalog.oid[]) o JOIN pg_catalog.pg_opclass oc ON oc.oid = o WHERE NOT oc.opcdefault)
			AND NOT EXISTS (SELECT FROM ROWS FROM (pg_catalog.unnest(i.indkey::int2[]), pg_catalog.unnest(i.indcollation::pg_catalog.oid[])) k (num, coll) JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.num
				WHERE a.attcollation <> k.coll)
		THEN (SELECT pg_catalog.string_agg('"' || pg_catalog.replace(a.attname, '"', '""') || '"', ', ' ORDER BY k.n) FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY k (num, n)
			JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.num) ELSE '' END,
		CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END, t.relkind::text, pg_catalog.pg_get_indexdef(i.indexrelid), CASE WHEN i.indisvalid THEN '' ELSE 'invalid' END,
		CASE WHEN i.indexprs IS NULL THEN '' ELSE 'expression' END],
	rel.oid, 0, 'pg_class'
FROM pg_catalog.pg_index i JOIN rel ON rel.oid = i.indexrelid JOIN pg_catalog.pg_class t ON t.oid = i.indrelid JOIN pg_catalog.pg_am am ON am.oid = rel.relam
WHERE NOT rel.relispartition AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x'))
UNION ALL
SELECT 'statistics', ns.nspname, t.relname, s.stxname, pg_catalog.pg_get_statisticsobjdef(s.oid), NULL, s.oid, 0, 'pg_statistic_ext'
FROM pg_catalog.pg_statistic_ext s JOIN ns ON ns.oid = s.stxnamespace JOIN tab t ON t.oid = s.stxrelid
UNION ALL
SELECT 'enum', nsp, typname, '', pg_catalog.string_agg(pg_catalog.quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder), pg_catalog.array_agg(e.enumlabel::text ORDER BY e.enumsortorder), typ.oid, 0, 'pg_type'
FROM typ LEFT JOIN pg_catalog.pg_enum e ON e.enumtypid = typ.oid WHERE typtype = 'e' GROUP BY nsp, typname, typ.oid
UNION ALL
SELECT 'domain', nsp, typname, '', pg_catalog.concat_ws(' ', pg_catalog.format_type(typbasetype, typtypmod), CASE WHEN typnotnull THEN 'NOT NULL' END, 'DEFAULT ' || typdefault),
	ARRAY[pg_catalog.format_type(typbasetype, typtypmod), CASE WHEN typnotnull THEN 'NOT NULL' ELSE '' END, coalesce(typdefault, '')], oid, 0, 'pg_type'
FROM typ WHERE typtype = 'd'
UNION ALL
SELECT 'domain constraint', nsp, typname, c.conname, pg_catalog.pg_get_constraintdef(c.oid), NULL, c.oid, 0, 'pg_constraint'
FROM typ JOIN pg_catalog.pg_constraint c ON c.contypid = typ.oid AND c.contype = 'c'
UNION ALL
SELECT 'range', nsp, typname, '', pg_catalog.concat_ws(', ', 'SUBTYPE = ' || pg_catalog.format_type(r.rngsubtype, NULL),
	CASE WHEN r.rngsubdiff <> 0 THEN 'SUBTYPE_DIFF = ' || r.rngsubdiff::text END, 'MULTIRANGE_TYPE_NAME = ' || pg_catalog.format_type(r.rngmultitypid, NULL)), NULL, typ.oid, 0, 'pg_type'
FROM typ JOIN pg_catalog.pg_range r ON r.rngtypid = typ.oid WHERE typtype = 'r'
UNION ALL
SELECT 'composite type', nsp, relname, '', coalesce((SELECT pg_catalog.string_agg(pg_catalog.format('%I %s', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attnum)
	FROM pg_catalog.pg_attribute a WHERE a.attrelid = rel.oid AND a.attnum > 0 AND NOT a.attisdropped), ''),
	(SELECT pg_catalog.array_agg(x ORDER BY a.attnum, n) FROM pg_catalog.pg_attribute a, LATERAL (VALUES (1, a.attname::text), (2, pg_catalog.format_type(a.atttypid, a.atttypmod))) v (n, x)
		WHERE a.attrelid = rel.oid AND a.attnum > 0 AND NOT a.attisdropped), rel.reltype, 0, 'pg_type'
FROM rel WHERE relkind = 'c'
UNION ALL
SELECT 'sequence', nsp, relname, '', pg_catalog.format('AS %s START WITH %s INCREMENT BY %s MINVALUE %s MAXVALUE %s CACHE %s %sCYCLE', pg_catalog.format_type(s.seqtypid, NULL),
	s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, CASE WHEN s.seqcycle THEN '' ELSE 'NO ' END), NULL, rel.oid, 0, 'pg_class'
FROM pg_catalog.pg_sequence s JOIN rel ON rel.oid = s.seqrelid
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend p WHERE p.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND p.objid = s.seqrelid AND p.deptype = 'i')
UNION ALL
SELECT 'sequence owner', rel.nsp, rel.relname, '', pg_catalog.format('%I.%I.%I', tab.nsp, tab.relname, a.attname), NULL, rel.oid, 0, 'pg_class'
FROM rel JOIN pg_catalog.pg_depend p ON p.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND p.objid = rel.oid AND p.deptype = 'a' AND p.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
JOIN tab ON tab.oid = p.refobjid JOIN pg_catalog.pg_attribute a ON a.attrelid = p.refobjid AND a.attnum = p.refobjsubid
WHERE rel.relkind = 'S'
UNION ALL
SELECT CASE relkind WHEN 'v' THEN 'view' ELSE 'materialized view' END, nsp, relname, '',
	CASE WHEN relkind = 'v' AND reloptions IS NOT NULL THEN pg_catalog.format('WITH (%s) ', pg_catalog.array_to_string(reloptions, ', ')) ELSE '' END || pg_catalog.pg_get_viewdef(oid),
	ARRAY[CASE WHEN relkind = 'v' AND reloptions IS NOT NULL THEN pg_catalog.format('WITH (%s) ', pg_catalog.array_to_string(reloptions, ', ')) ELSE '' END, pg_catalog.pg_get_viewdef(oid),
		(SELECT pg_catalog.string_agg(pg_catalog.format('%I %s', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attnum)
			FROM pg_catalog.pg_attribute a WHERE a.attrelid = rel.oid AND a.attnum > 0)], oid, 0, 'pg_class'
FROM rel WHERE relkind IN ('v', 'm')
UNION ALL
SELECT 'rule', rel.nsp, rel.relname, r.rulename, pg_catalog.pg_get_ruledef(r.oid), NULL, r.oid, 0, 'pg_rewrite'
FROM pg_catalog.pg_rewrite r JOIN rel ON rel.oid = r.ev_class WHERE r.rulename <> '_RETURN'
UNION ALL
SELECT pg_catalog.lower(word), nsp, sig, '', CASE prokind WHEN 'a' THEN 'AGGREGATE ' || x.def ELSE pg_catalog.pg_get_functiondef(proc.oid) END,
	ARRAY[word, x.def, pg_catalog.format('%s RETURNS %s', pg_catalog.pg_get_function_arguments(proc.oid), pg_catalog.pg_get_function_result(proc.oid))], proc.oid, 0, 'pg_proc'
FROM proc, LATERAL (SELECT pg_catalog.concat_ws(', ', 'SFUNC = ' || g.aggtransfn::text, 'STYPE = ' || pg_catalog.format_type(g.aggtranstype, NULL),
		CASE WHEN g.aggfinalfn <> 0 THEN 'FINALFUNC = ' || g.aggfinalfn::text END, CASE WHEN g.aggcombinefn <> 0 THEN 'COMBINEFUNC = ' || g.aggcombinefn::text END,
		'INITCOND = ' || pg_catalog.quote_literal(g.agginitval), CASE proparallel WHEN 's' THEN 'PARALLEL = SAFE' WHEN 'r' THEN 'PARALLEL = RESTRICTED' END) AS def
	FROM (VALUES (1)) one LEFT JOIN pg_catalog.pg_aggregate g ON g.aggfnoid = proc.oid) x
UNION ALL
SELECT 'trigger', nsp, relname, t.tgname, pg_catalog.pg_get_triggerdef(t.oid) || CASE t.tgenabled WHEN 'D' THEN ' DISABLED' WHEN 'A' THEN ' ALWAYS' WHEN 'R' THEN ' REPLICA' ELSE '' END,
	ARRAY[pg_catalog.pg_get_triggerdef(t.oid), t.tgenabled::text], t.oid, 0, 'pg_trigger'
FROM pg_catalog.pg_trigger t JOIN rel ON rel.oid = t.tgrelid
WHERE NOT t.tgisinternal AND t.tgparentid = 0
UNION ALL
SELECT 'event trigger', '', e.evtname, '', pg_catalog.concat_ws(' ', 'ON', e.evtevent,
	'WHEN TAG IN (' || (SELECT pg_catalog.string_agg(pg_catalog.quote_literal(x), ', ') FROM pg_catalog.unnest(e.evttags) x) || ')',
	'EXECUTE FUNCTION ' || e.evtfoid::pg_catalog.regprocedure::text, CASE e.evtenabled WHEN 'D' THEN 'DISABLED' END), NULL, e.oid, 0, 'pg_event_trigger'
FROM pg_catalog.pg_event_trigger e JOIN proc ON proc.oid = e.evtfoid
UNION ALL
SELECT 'policy', nsp, relname, p.polname, x.def, NULL, p.oid, 0, 'pg_policy'
FROM pg_catalog.pg_policy p JOIN rel ON rel.oid = p.polrelid,
LATERAL (SELECT pg_catalog.concat_ws(' ', 'AS', CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
	'FOR', CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
	'TO', (SELECT pg_catalog.string_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(r)) END, ', ' ORDER BY 1) FROM pg_catalog.unnest(p.polroles) r),
	'USING (' || pg_catalog.pg_get_expr(p.polqual, p.polrelid) || ')', 'WITH CHECK (' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) || ')') AS def) x
UNION ALL
SELECT 'comment', schema, rel, pg_catalog.btrim(word || ' ' || name), d.description, ARRAY[word, name, target], objid, obj.objsubid, 'comment'
FROM obj JOIN pg_catalog.pg_description d ON d.classoid = obj.classid AND d.objoid = obj.objid AND d.objsubid = obj.objsubid
WHERE NOT (word = 'SCHEMA' AND schema = 'public' AND d.description = 'standard public schema')
UNION ALL
SELECT 'grant', schema, rel, pg_catalog.format('%s%s to %s%s', word, cols, who, CASE WHEN grantable THEN ' with grant option' ELSE '' END),
	pg_catalog.string_agg(privilege || cols, ', ' ORDER BY privilege), ARRAY[CASE word WHEN 'COLUMN' THEN 'TABLE' WHEN 'VIEW' THEN 'TABLE' WHEN 'MATERIALIZED VIEW' THEN 'TABLE' ELSE word END,
		CASE word WHEN 'COLUMN' THEN pg_catalog.format('%I.%I', schema, rel) ELSE target END, who, CASE WHEN grantable THEN ' WITH GRANT OPTION' ELSE '' END], objid, 0, 'acl'
FROM acl
WHERE NOT EXISTS (SELECT FROM pg_catalog.aclexplode(acl.defaults) d WHERE d.grantee = acl.grantee AND d.privilege_type = acl.privilege AND d.is_grantable = acl.grantable)
AND NOT (word = 'SCHEMA' AND schema = 'public' AND who = 'PUBLIC' AND privilege = 'USAGE')
GROUP BY schema, rel, word, name, cols, target, who, grantable, objid
UNION ALL
SELECT 'revoke', schema, rel, pg_catalog.format('%s from PUBLIC', word), pg_catalog.string_agg(d.privilege_type, ', ' ORDER BY d.privilege_type), ARRAY[word, target, 'PUBLIC', ''], objid, 0, 'acl'
FROM obj, pg_catalog.aclexplode(obj.defaults) d
WHERE obj.acl IS NOT NULL AND d.grantee = 0
AND NOT EXISTS (SELECT FROM pg_catalog.aclexplode(obj.acl) x WHERE x.grantee = 0 AND x.privilege_type = d.privilege_type)
GROUP BY schema, rel, word, target, objid
