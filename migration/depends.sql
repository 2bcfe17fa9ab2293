-- The edges of pg_depend between what catalog.sql lists, as (class, id, sub,
-- class, id, sub, type): parts of an object stand for the object.
WITH d AS (
	SELECT classid::pg_catalog.regclass::text AS c, objid AS o, objsubid AS s, refclassid::pg_catalog.regclass::text AS rc, refobjid AS ro, refobjsubid AS rs, deptype::text AS t
	FROM pg_catalog.pg_depend WHERE objid >= 16384 AND refobjid >= 16384 AND deptype IN ('n', 'a', 'i')
	AND refclassid <> 'pg_catalog.pg_namespace'::pg_catalog.regclass
), part AS (
	SELECT 'pg_rewrite' AS c, r.oid AS o, 'pg_class' AS nc, r.ev_class AS no, 0 AS ns FROM pg_catalog.pg_rewrite r WHERE r.rulename = '_RETURN' AND r.oid >= 16384
	UNION ALL SELECT 'pg_attrdef', d.oid, 'pg_class', d.adrelid, d.adnum FROM pg_catalog.pg_attrdef d
	UNION ALL SELECT 'pg_type', t.oid, 'pg_type', t.typelem, 0 FROM pg_catalog.pg_type t WHERE t.typelem >= 16384
	UNION ALL SELECT 'pg_type', t.oid, 'pg_class', t.typrelid, 0 FROM pg_catalog.pg_type t JOIN pg_catalog.pg_class c ON c.oid = t.typrelid AND c.relkind <> 'c' WHERE t.oid >= 16384
)
SELECT coalesce(a.nc, d.c), coalesce(a.no, d.o), coalesce(a.ns, d.s), coalesce(b.nc, d.rc), coalesce(b.no, d.ro), coalesce(b.ns, d.rs), d.t
FROM d LEFT JOIN part a ON a.c = d.c AND a.o = d.o LEFT JOIN part b ON b.c = d.rc AND b.o = d.ro
WHERE (coalesce(a.nc, d.c), coalesce(a.no, d.o), coalesce(a.ns, d.s)) IS DISTINCT FROM (coalesce(b.nc, d.rc), coalesce(b.no, d.ro), coalesce(b.ns, d.rs))
