/* Creates, fills and queries a database in a file, with a function and a collation of its own. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static sqlite3 *db;

static int row(void *unused, int n, char **values, char **names)
{
	for (int i = 0; i < n; i++)
		printf("%s%s", i ? "|" : "", values[i] ? values[i] : "NULL");
	puts("");
	return 0;
}

static void run(const char *sql)
{
	char *message = NULL;
	if (sqlite3_exec(db, sql, row, NULL, &message) != SQLITE_OK) {
		printf("error: %s\n", message);
		sqlite3_free(message);
	}
}

static void twice(sqlite3_context *c, int n, sqlite3_value **v) { sqlite3_result_int64(c, 2 * sqlite3_value_int64(v[0])); }

static int backwards(void *unused, int n, const void *a, int m, const void *b)
{
	int c = memcmp(b, a, n < m ? n : m);
	return c ? c : m - n;
}

int main(int argc, char **argv)
{
	if (sqlite3_open(argv[1], &db) != SQLITE_OK)
		return 1;
	sqlite3_create_function(db, "twice", 1, SQLITE_UTF8, NULL, twice, NULL, NULL);
	sqlite3_create_collation(db, "backwards", SQLITE_UTF8, NULL, backwards);
	run("PRAGMA journal_mode = wal");
	run("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, n REAL); CREATE INDEX by_name ON t (name); BEGIN");
	sqlite3_stmt *insert;
	sqlite3_prepare_v2(db, "INSERT INTO t (name, n) VALUES (?, ?)", -1, &insert, NULL);
	for (int i = 0; i < 5000; i++) {
		char name[20];
		snprintf(name, sizeof name, "name%d", i);
		sqlite3_bind_text(insert, 1, name, -1, SQLITE_TRANSIENT);
		sqlite3_bind_double(insert, 2, i / 4.0);
		if (sqlite3_step(insert) != SQLITE_DONE)
			puts(sqlite3_errmsg(db));
		sqlite3_reset(insert);
	}
	sqlite3_finalize(insert);
	run("COMMIT");
	run("SELECT count(*), sum(n), max(name) FROM t");
	run("SELECT id, twice(n) FROM t WHERE name IN ('name8', 'name4999') ORDER BY name COLLATE backwards");
	run("WITH RECURSIVE f(a, b) AS (SELECT 0, 1 UNION ALL SELECT b, a + b FROM f LIMIT 30) SELECT max(a) FROM f");
	run("SELECT round(sqrt(2), 6), printf('%.3f', exp(1)), json_extract('{\"a\": [1, 2, 3]}', '$.a[2]')");
	run("CREATE VIRTUAL TABLE words USING fts5(text); INSERT INTO words VALUES ('the quick brown fox'), ('lazy dogs');"
	    "SELECT highlight(words, 0, '<', '>') FROM words('brown OR dogs') ORDER BY rowid");
	run("SELECT * FROM nothing");
	run("PRAGMA integrity_check");
	sqlite3_close(db);
	return 0;
}
