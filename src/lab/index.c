/* index.c -- see index.h. */
#include "src/lab/index.h"

#include <inttypes.h>
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/conf.h"
#include "src/base/file.h"
#include "src/base/json.h"
#include "src/lab/run_record.h"

enum { VERSION = 0x7277 + 1, PATH = 4096 };

static const char schema[] =
    "CREATE TABLE runs(id TEXT PRIMARY KEY, dir TEXT, name TEXT, status TEXT, step INTEGER, "
    "tokens INTEGER, total INTEGER, signature TEXT) WITHOUT ROWID;"
    "CREATE TABLE facts(run TEXT, kind TEXT, key TEXT, text TEXT, number REAL, "
    "PRIMARY KEY(run, key, kind)) WITHOUT ROWID;";

struct run_index {
    sqlite3 *db;
    sqlite3_stmt *known, *drop_facts, *put_run, *put_fact;
    char runs[PATH]; /* where the folders are */
};

static int failed(struct run_index *x, enum status status, const char *what, struct error *e)
{
    return error_set(e, status, "%s: %s", what, sqlite3_errmsg(x->db));
}

static int execute(struct run_index *x, const char *sql, struct error *e)
{
    return sqlite3_exec(x->db, sql, NULL, NULL, NULL) == SQLITE_OK
               ? OK
               : failed(x, E_IO, "the index of runs", e);
}

static int pragma_version(struct run_index *x)
{
    sqlite3_stmt *s;
    int version = -1;
    if (sqlite3_prepare_v2(x->db, "PRAGMA user_version", -1, &s, NULL) != SQLITE_OK) return -1;
    if (sqlite3_step(s) == SQLITE_ROW) version = sqlite3_column_int(s, 0);
    sqlite3_finalize(s);
    return version;
}

enum opened { OPENED, FOREIGN, OUT_OF_REACH };

/* The file with a transaction begun; FOREIGN: damaged, or not of this version. */
static enum opened open_file(struct run_index *x, const char *path)
{
    int rc = sqlite3_open_v2(path, &x->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    if (rc == SQLITE_OK) {
        sqlite3_busy_timeout(x->db, 10000);
        rc = sqlite3_exec(x->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
        const int version = rc == SQLITE_OK ? pragma_version(x) : 0;
        if (rc == SQLITE_OK && (version == VERSION || version == 0)) return OPENED;
        if (rc == SQLITE_OK) rc = SQLITE_NOTADB;
    }
    sqlite3_close(x->db);
    x->db = NULL;
    return rc == SQLITE_NOTADB || rc == SQLITE_CORRUPT ? FOREIGN : OUT_OF_REACH;
}

/* A file that is busy for long or cannot be written is left alone: the index is then in memory. */
static int open_database(struct run_index *x, const char *dir, struct error *e)
{
    char path[PATH];
    TRY(file_join(path, sizeof path, dir, "index.sqlite", e));
    enum opened opened = open_file(x, path);
    if (opened == FOREIGN && unlink(path) == 0) opened = open_file(x, path);
    if (opened == OPENED) return OK;
    if (sqlite3_open(":memory:", &x->db) != SQLITE_OK)
        return failed(x, E_MEMORY, "the index of runs", e);
    return execute(x, "BEGIN", e);
}

static int prepare(struct run_index *x, sqlite3_stmt **s, const char *sql, struct error *e)
{
    return sqlite3_prepare_v2(x->db, sql, -1, s, NULL) == SQLITE_OK
               ? OK
               : failed(x, E_IO, "the index of runs", e);
}

static int prepare_all(struct run_index *x, struct error *e)
{
    char version[64];
    if (pragma_version(x) != VERSION) {
        TRY(execute(x, schema, e));
        snprintf(version, sizeof version, "PRAGMA user_version = %d", VERSION);
        TRY(execute(x, version, e));
    }
    TRY(prepare(x, &x->known, "SELECT signature FROM runs WHERE id = ?1", e));
    TRY(prepare(x, &x->drop_facts, "DELETE FROM facts WHERE run = ?1", e));
    TRY(prepare(x, &x->put_run, "REPLACE INTO runs VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)", e));
    return prepare(x, &x->put_fact, "REPLACE INTO facts VALUES(?1, ?2, ?3, ?4, ?5)", e);
}

static void put_text(sqlite3_stmt *s, int at, const char *text)
{
    sqlite3_bind_text(s, at, text, -1, SQLITE_TRANSIENT);
}

static int step(struct run_index *x, sqlite3_stmt *s, struct error *e)
{
    const int rc = sqlite3_step(s);
    sqlite3_reset(s);
    return rc == SQLITE_DONE ? OK : failed(x, E_IO, "the index of runs", e);
}

/* ---- from folders to rows ---- */

/* Size and time of the files that the row is made of. */
static void signature_of(const char *dir, char text[256])
{
    static const char *const files[] = {"config.yaml", "summary.json", "status.json",
                                        "metadata.json"};
    size_t n = 0;
    for (int i = 0; i < 4; i++) {
        char path[PATH + 32];
        struct stat st;
        snprintf(path, sizeof path, "%s/%s", dir, files[i]);
        if (stat(path, &st)) st = (struct stat){0};
        n += (size_t)snprintf(text + n, 256 - n, "%jd.%jd.%ld ", (intmax_t)st.st_size,
                              (intmax_t)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
    }
}

static int put_facts(struct run_index *x, const char *id, const char *kind,
                     const struct run_facts_list *l, struct error *e)
{
    for (int i = 0; i < l->n; i++) {
        put_text(x->put_fact, 1, id);
        put_text(x->put_fact, 2, kind);
        put_text(x->put_fact, 3, l->v[i].key);
        put_text(x->put_fact, 4, l->v[i].text);
        if (isnan(l->v[i].number))
            sqlite3_bind_null(x->put_fact, 5);
        else
            sqlite3_bind_double(x->put_fact, 5, l->v[i].number);
        TRY(step(x, x->put_fact, e));
    }
    return OK;
}

static int put(struct run_index *x, const struct run_record *r, const char *signature,
               struct error *e)
{
    put_text(x->drop_facts, 1, r->id);
    TRY(step(x, x->drop_facts, e));
    const char *const texts[] = {r->id, r->dir, r->name, run_status_word(r->status)};
    for (int i = 0; i < 4; i++) put_text(x->put_run, i + 1, texts[i]);
    sqlite3_bind_int64(x->put_run, 5, r->step);
    sqlite3_bind_int64(x->put_run, 6, r->tokens);
    sqlite3_bind_int64(x->put_run, 7, r->total);
    put_text(x->put_run, 8, signature);
    TRY(step(x, x->put_run, e));
    TRY(put_facts(x, r->id, "config", &r->config, e));
    TRY(put_facts(x, r->id, "summary", &r->summary, e));
    return put_facts(x, r->id, "metadata", &r->metadata, e);
}

static bool is_known(struct run_index *x, const char *id, const char *signature)
{
    put_text(x->known, 1, id);
    const bool known = sqlite3_step(x->known) == SQLITE_ROW &&
                       strcmp((const char *)sqlite3_column_text(x->known, 0), signature) == 0;
    sqlite3_reset(x->known);
    return known;
}

static int drop_run(struct run_index *x, const char *id, struct error *e)
{
    char *sql =
        sqlite3_mprintf("DELETE FROM facts WHERE run = %Q; DELETE FROM runs WHERE id = %Q", id, id);
    const int status = sql ? execute(x, sql, e) : error_set(e, E_MEMORY, "no memory");
    sqlite3_free(sql);
    return status;
}

/* One folder; one that cannot be read is counted, and leaves the index. */
static int update_folder(struct run_index *x, const char *name, int *unreadable, struct error *why,
                         struct error *e)
{
    char dir[PATH], config[PATH + 16], signature[256];
    struct run_record r;
    struct error unread;
    TRY(file_join(dir, sizeof dir, x->runs, name, e));
    snprintf(config, sizeof config, "%s/config.yaml", dir);
    if (!file_exists(config)) return OK;
    signature_of(dir, signature);
    if (is_known(x, name, signature)) return OK;
    if (run_record_open(&r, dir, &unread)) {
        if (!(*unreadable)++) *why = unread;
        return drop_run(x, name, e);
    }
    const int status = put(x, &r, signature, e);
    run_record_close(&r);
    return status;
}

/* Rows whose folder is gone. */
static int forget(struct run_index *x, char *const *names, size_t n, struct error *e)
{
    sqlite3_stmt *all;
    int status = OK;
    TRY(execute(x, "CREATE TEMP TABLE IF NOT EXISTS there(id TEXT PRIMARY KEY)", e));
    TRY(execute(x, "DELETE FROM there", e));
    TRY(prepare(x, &all, "INSERT INTO there VALUES(?1)", e));
    for (size_t i = 0; !status && i < n; i++) {
        put_text(all, 1, names[i]);
        status = step(x, all, e);
    }
    sqlite3_finalize(all);
    TRY(status);
    TRY(execute(x, "DELETE FROM facts WHERE run NOT IN (SELECT id FROM there)", e));
    return execute(x, "DELETE FROM runs WHERE id NOT IN (SELECT id FROM there)", e);
}

static int update(struct run_index *x, int *unreadable, struct error *why, struct error *e)
{
    char **names;
    size_t n;
    TRY(file_list(x->runs, &names, &n, e));
    int status = OK;
    for (size_t i = 0; !status && i < n; i++)
        status = update_folder(x, names[i], unreadable, why, e);
    if (!status) status = forget(x, names, n, e);
    file_list_free(names, n);
    if (!status) status = execute(x, "COMMIT", e);
    return status;
}

/* After the update nothing may be written, and no other file opened. */
static int allow(void *data, int action, const char *a, const char *b, const char *c, const char *d)
{
    (void)data, (void)a, (void)b, (void)c, (void)d;
    return action == SQLITE_SELECT || action == SQLITE_READ || action == SQLITE_FUNCTION ||
                   action == SQLITE_RECURSIVE
               ? SQLITE_OK
               : SQLITE_DENY;
}

int run_index_open(struct run_index **out, const char *dir, int *unreadable, struct error *why,
                   struct error *e)
{
    *unreadable = 0;
    *out = NULL;
    if (!file_is_directory(dir)) return error_set(e, E_USAGE, "'%s' is no folder of runs", dir);
    struct run_index *x = calloc(1, sizeof *x);
    if (!x) return error_set(e, E_MEMORY, "no memory for an index of runs");
    int status = file_join(x->runs, sizeof x->runs, dir, "runs", e);
    if (!status && !file_is_directory(x->runs)) snprintf(x->runs, sizeof x->runs, "%s", dir);
    if (!status) status = open_database(x, dir, e);
    if (!status) status = prepare_all(x, e);
    if (!status) status = update(x, unreadable, why, e);
    if (status)
        run_index_close(x);
    else {
        sqlite3_set_authorizer(x->db, allow, NULL);
        *out = x;
    }
    return status;
}

void run_index_close(struct run_index *x)
{
    if (!x) return;
    sqlite3_finalize(x->known);
    sqlite3_finalize(x->drop_facts);
    sqlite3_finalize(x->put_run);
    sqlite3_finalize(x->put_fact);
    sqlite3_close(x->db);
    free(x);
}

/* ---- questions ---- */

enum { COLUMNS = 200 };

/* Numbers with all their digits; SQLite's own texts have fifteen. */
static int give_row(sqlite3_stmt *s, index_row *row, void *data, struct error *e)
{
    const char *texts[COLUMNS];
    char space[COLUMNS][32];
    int numeric[COLUMNS];
    const int n = sqlite3_column_count(s);
    for (int i = 0; i < n; i++) {
        const int type = sqlite3_column_type(s, i);
        numeric[i] = type == SQLITE_INTEGER || type == SQLITE_FLOAT;
        texts[i] = type == SQLITE_FLOAT ? format_double(space[i], sqlite3_column_double(s, i))
                                        : (const char *)sqlite3_column_text(s, i);
    }
    return row(data, n, texts, numeric, e);
}

static int run_statement(struct run_index *x, sqlite3_stmt *s, index_head *head, index_row *row,
                         void *data, struct error *e)
{
    const char *names[COLUMNS];
    const int n = sqlite3_column_count(s);
    if (n > COLUMNS) return error_set(e, E_USAGE, "%d columns are more than %d", n, COLUMNS);
    for (int i = 0; i < n; i++) names[i] = sqlite3_column_name(s, i);
    if (head) TRY(head(data, n, names, e));
    int rc;
    while ((rc = sqlite3_step(s)) == SQLITE_ROW) TRY(give_row(s, row, data, e));
    return rc == SQLITE_DONE ? OK : failed(x, E_USAGE, "SQL", e);
}

int run_index_sql(struct run_index *x, const char *sql, index_head *head, index_row *row,
                  void *data, struct error *e)
{
    sqlite3_stmt *s;
    const char *rest;
    const int rc = sqlite3_prepare_v2(x->db, sql, -1, &s, &rest);
    if (rc == SQLITE_AUTH)
        return error_set(e, E_USAGE, "SQL: only SELECT is answered: the files are the truth");
    if (rc != SQLITE_OK) return failed(x, E_USAGE, "SQL", e);
    int status = OK;
    if (!s || rest[strspn(rest, " \t\n;")])
        status = error_set(e, E_USAGE, "SQL: one statement is expected");
    if (!status) status = run_statement(x, s, head, row, data, e);
    sqlite3_finalize(s);
    return status;
}

static int count_row(void *data, int n, const char *const *texts, const int *numeric,
                     struct error *e)
{
    (void)n, (void)numeric, (void)e;
    *(int *)data = atoi(texts[0]);
    return OK;
}

struct names {
    const char **v;
    char *text;
    size_t used;
    int n;
};

static int name_row(void *data, int n, const char *const *texts, const int *numeric,
                    struct error *e)
{
    struct names *names = data;
    (void)n, (void)numeric, (void)e;
    if (names->n < 4000 && names->used + strlen(texts[0]) + 1 < 1 << 18) {
        names->v[names->n++] = strcpy(names->text + names->used, texts[0]);
        names->used += strlen(texts[0]) + 1;
    }
    return OK;
}

/* A key that no run has is a mistake, unless there are no runs at all. */
int run_index_check_key(struct run_index *x, const char *key, struct error *e)
{
    static const char *const own[] = {"id", "dir", "name", "status", "step", "tokens", "total"};
    int here = 0, all = 0;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (strcmp(key, own[i]) == 0) return OK;
    char *sql = sqlite3_mprintf("SELECT EXISTS (SELECT 1 FROM facts WHERE key = %Q OR "
                                "substr(key, -length(%Q) - 1) = '.' || %Q)",
                                key, key, key);
    int status = sql ? run_index_sql(x, sql, NULL, count_row, &here, e)
                     : error_set(e, E_MEMORY, "no memory");
    sqlite3_free(sql);
    if (!status) status = run_index_sql(x, "SELECT count(*) FROM runs", NULL, count_row, &all, e);
    if (status || here || !all) return status;
    struct names names = {calloc(4001, sizeof *names.v), malloc(1 << 18), 0, 0};
    if (names.v && names.text)
        status = run_index_sql(x, "SELECT DISTINCT key FROM facts ORDER BY key", NULL, name_row,
                               &names, e);
    const char *near = !status && names.v && names.text ? conf_nearest(key, names.v) : NULL;
    if (!status)
        status = error_set(e, E_USAGE, "no run has a key '%s'%s%s%s", key,
                           near ? ": did you mean '" : "", near ? near : "", near ? "'?" : "");
    free(names.v);
    free(names.text);
    return status;
}

int run_index_select(struct run_index *x, const char *columns, const struct where *w,
                     const char *order, index_row *row, void *data, struct error *e)
{
    for (int i = 0; w && i < w->n_keys; i++) TRY(run_index_check_key(x, w->key[i], e));
    char *sql = sqlite3_mprintf("SELECT %s FROM runs%s%s ORDER BY %s", columns, w ? " WHERE " : "",
                                w ? w->sql : "", order ? order : "name, id");
    if (!sql) return error_set(e, E_MEMORY, "no memory");
    sqlite3_stmt *s = NULL;
    int status = sqlite3_prepare_v2(x->db, sql, -1, &s, NULL) == SQLITE_OK
                     ? OK
                     : failed(x, E_USAGE, "the question", e);
    for (int i = 0; !status && w && i < w->n; i++) {
        if (w->value[i].is_number)
            sqlite3_bind_double(s, i + 1, w->value[i].number);
        else
            put_text(s, i + 1, w->value[i].text);
    }
    if (!status) status = run_statement(x, s, NULL, row, data, e);
    sqlite3_finalize(s);
    sqlite3_free(sql);
    return status;
}
