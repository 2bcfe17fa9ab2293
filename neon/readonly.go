package neon

import "strings"

// isRead tells whether running the statement twice is the same as once. It errs
// on the side of no: a function it doesn't know may write.
func isRead(text string) bool {
	first := true
	read := true
	prev := token{}
	complete := scanTokens(text, func(t token) bool {
		switch {
		case first && t.char == '(':
			return true
		case first:
			first = false
			switch t.word {
			case "select", "with", "values", "table":
			default:
				read = false
			}
		case writeWords[t.word]:
			read = false
		case t.char == '(' && (prev.char == '"' || prev.word != "" && !pureCalls[prev.word]):
			read = false
		case t.char == ';':
			read = false
		}
		prev = t
		return read
	})
	return complete && read && !first
}

// isDML tells whether the statement can't end the transaction it runs in. The
// extended protocol takes one statement at a time, so its first word tells.
func isDML(text string) bool {
	dml := false
	scanTokens(text, func(t token) bool {
		switch t.word {
		case "select", "with", "values", "table", "insert", "update", "delete", "merge":
			dml = true
		}
		return t.char == '('
	})
	return dml
}

func words(list string) map[string]bool {
	m := make(map[string]bool)
	for _, w := range strings.Fields(list) {
		m[w] = true
	}
	return m
}

var writeWords = words("insert update delete merge into nextval setval call do copy lock")

// pureCalls are the words that may stand before a parenthesis in a read: syntax,
// types with a length, and built-in functions without effects.
var pureCalls = words(`
all and any array as asc between by case cast check collate cross desc distinct else end except exists
filter from full group grouping having ilike in inner intersect is join lateral left like limit materialized
natural not null offset on or order outer over partition recursive right rollup cube row rows select sets similar
some table tablesample then union using values when where window with within
bit char character decimal float interval numeric time timestamp timestamptz varchar varbit
abs age record_send array_agg array_append array_length array_position array_to_json array_to_string avg bit_and bit_or bool_and
bool_or btrim cardinality ceil ceiling char_length coalesce concat concat_ws count cume_dist current_setting date_bin
date_part date_trunc decode dense_rank digest div encode every exp extract first_value floor format generate_series
generate_subscripts greatest initcap json_agg json_array_elements json_array_length json_build_array json_build_object
json_each json_each_text json_extract_path json_extract_path_text json_object_agg json_typeof jsonb_agg
jsonb_array_elements jsonb_array_elements_text jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each
jsonb_each_text jsonb_exists jsonb_extract_path jsonb_extract_path_text jsonb_object_agg jsonb_object_keys
jsonb_path_exists jsonb_path_query jsonb_path_query_array jsonb_set jsonb_typeof lag last_value lead least left length
ln lower lpad ltrim make_date make_interval max md5 min mod mode now nth_value ntile nullif octet_length overlay
percent_rank percentile_cont percentile_disc plainto_tsquery phraseto_tsquery position power rank regexp_match
regexp_matches regexp_replace regexp_split_to_array repeat replace reverse right round row_number row_to_json rpad
rtrim sign similarity split_part sqrt starts_with stddev strpos string_agg string_to_array substr substring sum
to_char to_date to_json to_jsonb to_number to_timestamp to_tsquery to_tsvector translate trim trunc ts_headline ts_rank
ts_rank_cd unnest upper var_pop variance websearch_to_tsquery width_bucket word_similarity
`)

// wantsSQLRows tells the queries of ent's schema migration from those of the
// client: it asserts that the rows it gets are those of database/sql.
func wantsSQLRows(text string, args []any) bool {
	if len(text) >= 4 && strings.EqualFold(text[:4], "SHOW") {
		return true
	}
	return strings.Contains(text, "pg_") || strings.Contains(text, "information_schema") ||
		strings.Contains(text, "current_setting") || strings.Contains(text, "set_config") ||
		strings.Contains(text, "CURRENT_SCHEMA") ||
		len(args) == 0 && strings.HasPrefix(text, "SELECT") && !strings.Contains(text, "FROM")
}
