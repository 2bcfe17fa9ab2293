package migration

// Policy names the kinds of change that Diff leaves out. It is the block
// diff { skip { … } } of atlas.hcl. Schemas are never dropped, whatever it says.
type Policy struct {
	AddSchema, DropSchema, ModifySchema             bool
	AddTable, DropTable, ModifyTable                bool
	AddColumn, DropColumn, ModifyColumn             bool
	AddIndex, DropIndex, ModifyIndex                bool
	AddForeignKey, DropForeignKey, ModifyForeignKey bool
}
