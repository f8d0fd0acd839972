"""Where a study is kept: tables, connections, migrations."""
