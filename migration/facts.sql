-- The part of the catalog that lint looks at, as one JSON document.
WITH own AS (
	SELECT oid, nspname FROM pg_catalog.pg_namespace
	WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
), rel AS (
	SELECT c.oid, n.nspname, c.relname, c.relkind, c.relispartition, pg_catalog.pg_relation_filenode(c.oid) AS filenode
	FROM pg_catalog.pg_class c JOIN own n ON n.oid = c.relnamespace
	WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'
)
SELECT json_build_object(
	'schemas', (SELECT json_object_agg(oid::bigint::text, nspname) FROM own),
	'relations', (SELECT json_agg(json_build_object('OID', oid::bigint, 'Schema', nspname, 'Name', relname, 'Kind', relkind,
		'Partition', relispartition, 'Filenode', coalesce(filenode, 0)::bigint)) FROM rel),
	'columns', (SELECT json_agg(json_build_array(a.attrelid::bigint, json_build_object('Num', a.attnum, 'Name', a.attname,
		'Type', pg_catalog.format_type(a.atttypid, a.atttypmod), 'TypeOID', a.atttypid::bigint, 'Mod', a.atttypmod,
		'NotNull', a.attnotnull, 'Default', coalesce(pg_catalog.pg_get_expr(d.adbin, d.adrelid), ''),
		'Identity', a.attidentity, 'Generated', a.attgenerated)))
		FROM rel JOIN pg_catalog.pg_attribute a ON a.attrelid = rel.oid AND a.attnum > 0 AND NOT a.attisdropped
		LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
		WHERE rel.relkind IN ('r', 'p')),
	'indexes', (SELECT json_agg(json_build_object('OID', i.indexrelid::bigint, 'Table', i.indrelid::bigint, 'Name', c.relname,
		'Unique', i.indisunique, 'Primary', i.indisprimary, 'Valid', i.indisvalid, 'Partial', i.indpred IS NOT NULL,
		'Keys', i.indkey::int2[], 'Def', pg_catalog.pg_get_indexdef(i.indexrelid)))
		FROM rel JOIN pg_catalog.pg_index i ON i.indrelid = rel.oid JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid),
	'constraints', (SELECT json_agg(json_build_object('OID', k.oid::bigint, 'Table', k.conrelid::bigint, 'Name', k.conname,
		'Type', k.contype, 'Validated', k.convalidated, 'Keys', coalesce(k.conkey, '{}'), 'RefTable', k.confrelid::bigint,
		'Index', k.conindid::bigint, 'Def', pg_catalog.pg_get_constraintdef(k.oid), 'Child', k.conparentid <> 0))
		FROM rel JOIN pg_catalog.pg_constraint k ON k.conrelid = rel.oid WHERE k.contype IN ('c', 'f', 'p', 'u', 'x'))
)
