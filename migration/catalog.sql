WITH ns AS (
	SELECT oid, nspname FROM pg_catalog.pg_namespace WHERE nspname = ANY ($1)
), ext AS (
	SELECT classid, objid FROM pg_catalog.pg_depend WHERE deptype = 'e'
), rel AS (
	SELECT c.*, pg_catalog.format('%I.%I', ns.nspname, c.relname) AS name
	FROM pg_catalog.pg_class c JOIN ns ON ns.oid = c.relnamespace
	WHERE NOT c.relispartition
	AND NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND objid = c.oid)
), tab AS (
	SELECT * FROM rel WHERE relkind IN ('r', 'p')
)
SELECT 'schema', '', pg_catalog.quote_ident(nspname), 'comment ' || coalesce(pg_catalog.obj_description(oid, 'pg_namespace'), '')
FROM ns
UNION ALL
SELECT 'table', name, name, pg_catalog.format('%s%s %s comment %s', relkind, relpersistence,
	coalesce(pg_catalog.pg_get_partkeydef(oid), ''), coalesce(pg_catalog.obj_description(oid, 'pg_class'), ''))
FROM tab
UNION ALL
SELECT 'row security', name, name, pg_catalog.format('enabled %s forced %s', relrowsecurity, relforcerowsecurity)
FROM tab WHERE relrowsecurity OR relforcerowsecurity
UNION ALL
SELECT 'storage', name, name, reloptions::text FROM rel WHERE reloptions IS NOT NULL
UNION ALL
SELECT 'column', tab.name, tab.name || '.' || pg_catalog.quote_ident(a.attname), pg_catalog.concat_ws(' ',
	pg_catalog.format_type(a.atttypid, a.atttypmod),
	(SELECT pg_catalog.format('COLLATE %I', collname) FROM pg_catalog.pg_collation k, pg_catalog.pg_type t
		WHERE k.oid = a.attcollation AND t.oid = a.atttypid AND a.attcollation <> t.typcollation),
	CASE WHEN a.attnotnull THEN 'NOT NULL' END,
	CASE WHEN a.attgenerated = '' THEN 'DEFAULT ' ELSE 'GENERATED ' || a.attgenerated::text || ' ' END || pg_catalog.pg_get_expr(d.adbin, d.adrelid),
	CASE a.attidentity WHEN 'a' THEN 'IDENTITY ALWAYS' WHEN 'd' THEN 'IDENTITY BY DEFAULT' END,
	(SELECT pg_catalog.format('(start %s increment %s)', s.seqstart, s.seqincrement) FROM pg_catalog.pg_depend p
		JOIN pg_catalog.pg_sequence s ON s.seqrelid = p.objid
		WHERE p.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND p.refobjid = a.attrelid AND p.refobjsubid = a.attnum AND p.deptype = 'i'),
	'comment ' || pg_catalog.col_description(a.attrelid, a.attnum))
FROM pg_catalog.pg_attribute a JOIN tab ON tab.oid = a.attrelid
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT CASE c.contype WHEN 'c' THEN 'check' WHEN 'f' THEN 'foreign key' WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' ELSE 'exclusion' END,
	tab.name, tab.name || '.' || pg_catalog.quote_ident(c.conname), pg_catalog.pg_get_constraintdef(c.oid)
FROM pg_catalog.pg_constraint c JOIN tab ON tab.oid = c.conrelid
WHERE c.contype IN ('c', 'f', 'p', 'u', 'x') AND c.conparentid = 0
UNION ALL
SELECT 'constraint comment', tab.name, tab.name || '.' || pg_catalog.quote_ident(c.conname), pg_catalog.obj_description(c.oid, 'pg_constraint')
FROM pg_catalog.pg_constraint c JOIN tab ON tab.oid = c.conrelid
WHERE pg_catalog.obj_description(c.oid, 'pg_constraint') IS NOT NULL
UNION ALL
SELECT 'index', tab.name, rel.name, pg_catalog.pg_get_indexdef(i.indexrelid) || coalesce(' comment ' || pg_catalog.obj_description(i.indexrelid, 'pg_class'), '')
FROM pg_catalog.pg_index i JOIN tab ON tab.oid = i.indrelid JOIN rel ON rel.oid = i.indexrelid
UNION ALL
SELECT 'enum', '', pg_catalog.format('%I.%I', ns.nspname, t.typname),
	(SELECT pg_catalog.string_agg(pg_catalog.quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid)
FROM pg_catalog.pg_type t JOIN ns ON ns.oid = t.typnamespace
WHERE t.typtype = 'e' AND NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND objid = t.oid)
UNION ALL
SELECT 'type', '', pg_catalog.format('%I.%I', ns.nspname, t.typname), pg_catalog.concat_ws(' ',
	pg_catalog.format_type(t.typbasetype, t.typtypmod), CASE WHEN t.typnotnull THEN 'NOT NULL' END, 'DEFAULT ' || t.typdefault,
	(SELECT pg_catalog.string_agg(pg_catalog.pg_get_constraintdef(c.oid), ' ' ORDER BY c.conname) FROM pg_catalog.pg_constraint c WHERE c.contypid = t.oid AND c.contype = 'c'))
FROM pg_catalog.pg_type t JOIN ns ON ns.oid = t.typnamespace
WHERE t.typtype = 'd' AND NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND objid = t.oid)
UNION ALL
SELECT 'type', '', rel.name, (SELECT pg_catalog.string_agg(pg_catalog.format('%I %s', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attnum)
	FROM pg_catalog.pg_attribute a WHERE a.attrelid = rel.oid AND a.attnum > 0 AND NOT a.attisdropped)
FROM rel WHERE relkind = 'c'
UNION ALL
SELECT 'sequence', '', rel.name, pg_catalog.format('%s start %s increment %s min %s max %s cycle %s', pg_catalog.format_type(s.seqtypid, NULL),
	s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcycle)
FROM pg_catalog.pg_sequence s JOIN rel ON rel.oid = s.seqrelid
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend p WHERE p.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND p.objid = s.seqrelid AND p.deptype = 'i')
UNION ALL
SELECT 'view', '', rel.name, relkind::text || ' ' || pg_catalog.pg_get_viewdef(rel.oid)
FROM rel WHERE relkind IN ('v', 'm')
UNION ALL
SELECT 'function', '', pg_catalog.format('%I.%I(%s)', ns.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)),
	CASE p.prokind WHEN 'a' THEN 'aggregate' ELSE pg_catalog.pg_get_functiondef(p.oid) END
FROM pg_catalog.pg_proc p JOIN ns ON ns.oid = p.pronamespace
WHERE NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND objid = p.oid)
UNION ALL
SELECT 'trigger', rel.name, rel.name || '.' || pg_catalog.quote_ident(t.tgname), pg_catalog.pg_get_triggerdef(t.oid)
FROM pg_catalog.pg_trigger t JOIN rel ON rel.oid = t.tgrelid
WHERE NOT t.tgisinternal
UNION ALL
SELECT 'policy', rel.name, rel.name || '.' || pg_catalog.quote_ident(p.polname), pg_catalog.format('%s %s %s using %s check %s', p.polcmd, p.polpermissive,
	p.polroles::pg_catalog.regrole[], pg_catalog.pg_get_expr(p.polqual, p.polrelid), pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))
FROM pg_catalog.pg_policy p JOIN rel ON rel.oid = p.polrelid
UNION ALL
SELECT 'extension', '', extname, 'extension' FROM pg_catalog.pg_extension
