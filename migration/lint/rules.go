package lint

// Rules returns all rules. Those that see any scan or rewrite come after the
// ones that know its cause.
func Rules() []Rule {
	return []Rule{
		fails(), concurrentlyInTransaction(), enumValueInTransaction(),
		indexConcurrently(), uniqueUsingIndex(), checkNotValid(), foreignKeyNotValid(), setNotNull(), addNotNullColumn(),
		columnType(), columnNarrowing(), volatileDefault(), generatedColumn(),
		truncate(), refreshConcurrently(), reindexConcurrently(), dropIndexConcurrently(),
		tableRewrite(), blockingScan(),
		lockHeld(), writeAfterLock(), manyTablesLocked(), lockTable(), wholeTableWrite(),
		dropSchema(), dropTable(), dropColumn(), renameTable(), renameColumn(), dropForeignKey(),
		foreignKeyIndex(), smallKey(), longName(),
		allowComment(),
	}
}
