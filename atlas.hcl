# One file for both command lines: `espalier migrate …` and the official
# `atlas migrate … --env local`. Paths are relative to this file. (The version
# that tools/go.mod pins connects to Postgres 15 and older only.)

locals {
  dir              = "file://migrate"
  src              = "file://ent/schema.sql"
  revisions_schema = "atlas_schema_revisions"
}

# Never drop a schema that a migration made by hand. Indexes of tables that are
# there are made and dropped without holding up their writers.
diff {
  skip {
    drop_schema = true
  }
  concurrent_index {
    create = true
    drop   = true
  }
}

env "local" {
  src = local.src
  url = getenv("DATABASE_URL")
  dev = getenv("ESPALIER_DEV_URL")
  migration {
    dir              = local.dir
    revisions_schema = local.revisions_schema
  }
}

# Neon: always the direct URL, never the pooled one.
env "neon" {
  src = local.src
  url = getenv("DATABASE_URL_UNPOOLED")
  dev = getenv("ESPALIER_DEV_URL")
  migration {
    dir              = local.dir
    revisions_schema = local.revisions_schema
    lock_timeout     = "30s"
  }
}
