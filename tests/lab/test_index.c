/* Runs from their folders: facts, the index, conditions, differences, and what is damaged. */
#include "src/lab/index_table.h"
#include "src/lab/run_diff.h"
#include "tests/base/scratch.h"

static char *written(const struct table *t, enum table_format format)
{
    char *text;
    size_t n;
    FILE *out = open_memstream(&text, &n);
    table_write(out, t, format);
    ck_assert_int_eq(fclose(out), 0);
    return text;
}

/* A run with this base and loss (NULL: not finished). */
static void put_run(const char *id, const char *type, const char *base, const char *loss)
{
    char name[64], text[512];
    struct error e;
    snprintf(name, sizeof name, "runs/%s", id);
    MUST(file_make_directories(in_scratch(name), &e), &e);
    const int n = snprintf(text, sizeof text,
                           "seed: 1\nname: 'n, %s'\nmodel: {hidden_size: 64}\nposition:\n  - type: "
                           "%s\n    rope_theta: %s\n    layers: [0, 2]\nempty: []\nnothing: null\n",
                           id, type, base);
    snprintf(name, sizeof name, "runs/%s/config.yaml", id);
    put_file(name, text, (size_t)n);
    if (!loss) return;
    snprintf(text, sizeof text, "{\"eval/loss\": %s, \"list\": [1, true, null, \"w\"]}", loss);
    snprintf(name, sizeof name, "runs/%s/summary.json", id);
    put_file(name, text, strlen(text));
    snprintf(name, sizeof name, "runs/%s/status.json", id);
    const char *status = "{\"status\": \"complete\", \"step\": 7, \"tokens\": 700, \"total\": 700}";
    put_file(name, status, strlen(status));
}

static void put_runs(void)
{
    struct error e;
    MUST(file_remove_tree(in_scratch("runs"), &e), &e);
    put_run("aa1", "rope", "10000", "3.25");
    put_run("aa2", "yarn", "5.0e+05", "2.5");
    put_run("bb1", "alibi", "10000", NULL);
}

TEST(facts_of_a_folder)
{
    struct run_record r;
    struct error e;
    put_runs();
    MUST(run_record_open(&r, in_scratch("runs/aa2/"), &e), &e);
    ck_assert_str_eq(r.id, "aa2");
    ck_assert_str_eq(r.name, "n, aa2");
    ck_assert(r.status == RUN_COMPLETE && r.step == 7 && r.tokens == 700);
    ck_assert_str_eq(run_fact_find(&r.config, "position[0].type")->text, "yarn");
    ck_assert(run_fact_find(&r.config, "position[0].rope_theta")->number == 5e5);
    ck_assert(run_fact_find(&r.config, "position[0].layers[1]")->number == 2);
    ck_assert(run_fact_find(&r.config, "model.hidden_size")->number == 64);
    ck_assert_str_eq(run_fact_find(&r.config, "nothing")->text, "null");
    ck_assert_ptr_null(run_fact_find(&r.config, "empty"));
    ck_assert(run_fact_find(&r.summary, "eval/loss")->number == 2.5);
    ck_assert_str_eq(run_fact_find(&r.summary, "list[3]")->text, "w");
    ck_assert_int_eq(r.summary.n, 5);
    run_record_close(&r);
    MUST(run_record_open(&r, in_scratch("runs/bb1"), &e), &e);
    ck_assert(r.status == RUN_MISSING);
    run_record_close(&r);
    FAILS(run_record_open(&r, in_scratch("runs"), &e), E_USAGE, &e,
          "'%s/runs' is no run: it has no config.yaml", scratch);
}
END

static void expect_ids(struct run_index *x, const char *where, const char *ids)
{
    struct table t;
    struct error e;
    char is[256] = "";
    const struct index_question q = {where, NULL, NULL, 0, false};
    MUST(index_table_runs(&t, x, &q, &e), &e);
    for (int r = 0; r < t.n_rows; r++) {
        strcat(is, r ? " " : "");
        strcat(is, t.cells[r * t.n_columns].text);
    }
    ck_assert_msg(strcmp(is, ids) == 0, "%s: '%s', not '%s'", where, is, ids);
    table_close(&t);
}

static struct run_index *open_index(int unreadable, struct error *why)
{
    struct run_index *x;
    struct error e;
    int n;
    MUST(run_index_open(&x, scratch, &n, why, &e), &e);
    ck_assert_int_eq(n, unreadable);
    return x;
}

TEST(conditions)
{
    struct error e, why;
    put_runs();
    struct run_index *x = open_index(0, &why);
    static const char *const known[][2] = {
        {NULL, "aa1 aa2 bb1"},
        {"rope_theta=10000", "aa1 bb1"},
        {"position[0].rope_theta = 1e4 and status=complete", "aa1"},
        {"rope_theta > 1e4", "aa2"},
        {"eval/loss < 3", "aa2"},
        {"eval/loss != 2.5", "aa1"}, /* bb1 has none */
        {"not eval/loss < 3", "aa1 bb1"},
        {"type = yarn or type == alibi", "aa2 bb1"},
        {"(type=rope or type=yarn) and not (tokens >= 800 or eval/loss > 3)", "aa2"},
        {"NOT type = rope AND NOT type = yarn", "bb1"},
        {"name ~ ', aa'", "aa1 aa2"},
        {"id = aa1", "aa1"},
        {"name='n, bb1'", "bb1"},
        {"type ~ a and step < 1", "bb1"},
        {"type = \"it's\"", ""},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        expect_ids(x, known[i][0], known[i][1]);
    struct table t;
    struct index_question q = {"eval/los < 3", NULL, NULL, 0, false};
    FAILS(index_table_runs(&t, x, &q, &e), E_USAGE, &e,
          "no run has a key 'eval/los': did you mean 'eval/loss'?");
    static const char *const bad[][2] = {
        {"a", "a comparison is expected here: = != < <= > >= ~\n  a\n   ^"},
        {"", "a key is expected here\n  \n  ^"},
        {"seed =", "a value is expected here\n  seed =\n        ^"},
        {"seed = 'x", "this quote is not closed\n  seed = 'x\n         ^"},
        {"(seed=1", "')' is expected here\n  (seed=1\n         ^"},
        {"seed=1 seed=2", "'and', 'or' or the end is expected here\n  seed=1 seed=2\n         ^"},
        {"step = x", "this key is compared with a number\n  step = x\n          ^"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        q.where = bad[i][0];
        FAILS(index_table_runs(&t, x, &q, &e), E_USAGE, &e, "%s", bad[i][1]);
    }
    char deep[512];
    memset(deep, '(', sizeof deep - 1);
    deep[sizeof deep - 1] = '\0';
    q.where = deep;
    ck_assert_int_eq(index_table_runs(&t, x, &q, &e), E_USAGE);
    run_index_close(x);
}
END

TEST(answers)
{
    struct error e, why;
    struct table t;
    const char *const keys[] = {"eval/loss", "name"};
    put_runs();
    struct run_index *x = open_index(0, &why);
    const struct index_question q = {NULL, "-eval/loss", keys, 2, true};
    MUST(index_table_runs(&t, x, &q, &e), &e);
    char *csv = written(&t, TABLE_CSV);
    ck_assert_str_eq(csv, "id,name,status,step,tokens,eval/loss,name,position[0].rope_theta,"
                          "position[0].type\n"
                          "aa1,\"n, aa1\",complete,7,700,3.25,\"n, aa1\",10000,rope\n"
                          "aa2,\"n, aa2\",complete,7,700,2.5,\"n, aa2\",500000,yarn\n"
                          "bb1,\"n, bb1\",missing,0,0,-,\"n, bb1\",10000,alibi\n");
    free(csv);
    table_close(&t);
    MUST(index_table_sql(&t, x, "SELECT count(*) AS n, 0.1 AS x, NULL FROM runs;", &e), &e);
    csv = written(&t, TABLE_TEXT);
    ck_assert_str_eq(csv, "n    x  NULL\n3  0.1     -\n");
    free(csv);
    table_close(&t);
    static const char *const writes[] = {"DELETE FROM runs", "DROP TABLE facts", "ATTACH 'x' AS y",
                                         "PRAGMA user_version = 3",
                                         "INSERT INTO runs(id) VALUES('z')"};
    for (size_t i = 0; i < sizeof writes / sizeof *writes; i++)
        FAILS(index_table_sql(&t, x, writes[i], &e), E_USAGE, &e,
              "SQL: only SELECT is answered: the files are the truth");
    FAILS(index_table_sql(&t, x, "SELECT 1; SELECT 2", &e), E_USAGE, &e,
          "SQL: one statement is expected");
    FAILS(index_table_sql(&t, x, " ", &e), E_USAGE, &e, "SQL: one statement is expected");
    FAILS(index_table_sql(&t, x, "SELECT x FROM runs", &e), E_USAGE, &e, "SQL: no such column: x");
    run_index_close(x);
}
END

/* Files are the truth: what changes, goes or is damaged shows at once. */
TEST(the_index_follows_the_files)
{
    struct error e, why;
    put_runs();
    run_index_close(open_index(0, &why));
    ck_assert(file_exists(in_scratch("index.sqlite")));
    put_run("bb1", "alibi", "10000", "1.5");
    MUST(file_remove_tree(in_scratch("runs/aa1"), &e), &e);
    struct run_index *x = open_index(0, &why);
    expect_ids(x, NULL, "aa2 bb1");
    expect_ids(x, "eval/loss < 2 and step = 7", "bb1");
    run_index_close(x);
    put_file("runs/aa2/summary.json", "{\"eval/loss\": ", 14);
    x = open_index(1, &why);
    ck_assert_ptr_nonnull(strstr(why.text, "runs/aa2/summary.json"));
    expect_ids(x, NULL, "bb1");
    run_index_close(x);
    put_run("aa2", "yarn", "10000", "2.5");
    put_file("index.sqlite", "this is no database at all, but someone's notes", 47);
    x = open_index(0, &why);
    expect_ids(x, "eval/loss > 0", "aa2 bb1");
    run_index_close(x);
    MUST(file_remove_tree(in_scratch("runs"), &e), &e);
    MUST(file_make_directories(in_scratch("runs"), &e), &e);
    x = open_index(0, &why);
    expect_ids(x, "anything > 0", "");
    run_index_close(x);
    int n;
    FAILS(run_index_open(&x, in_scratch("nowhere"), &n, &why, &e), E_USAGE, &e,
          "'%s/nowhere' is no folder of runs", scratch);
}
END

TEST(two_runs_compared)
{
    struct run_record a, b;
    struct table t;
    struct error e;
    put_runs();
    put_file("runs/aa1/metrics.jsonl", "{\"step\": 1}\n{\"step\": 2, \"x\": 1}\n", 32);
    put_file("runs/aa2/metrics.jsonl", "{\"step\": 1}\n{\"step\": 2, \"x\": 2}\n", 32);
    MUST(run_record_open(&a, in_scratch("runs/aa1"), &e), &e);
    MUST(run_record_open(&b, in_scratch("runs/aa2"), &e), &e);
    MUST(run_diff(&t, &a, &b, &e), &e);
    char *text = written(&t, TABLE_TEXT);
    ck_assert_str_eq(text, "part     key                     aa1     aa2\n"
                           "config   name                    n, aa1  n, aa2\n"
                           "config   position[0].type        rope    yarn\n"
                           "config   position[0].rope_theta  10000   5.0e+05\n"
                           "summary  eval/loss               3.25    2.5\n"
                           "\n4 facts differ, 9 agree.\n"
                           "The metrics are the same for 1 lines and differ from line 2 on.\n");
    free(text);
    table_close(&t);
    MUST(run_diff(&t, &a, &a, &e), &e);
    ck_assert_str_eq(t.notes[1], "The metrics are the same, byte for byte (2 lines).");
    table_close(&t);
    run_record_close(&a);
    run_record_close(&b);
}
END

TEST(runs_are_found_by_the_beginning_of_their_id)
{
    char dir[512];
    struct error e;
    put_runs();
    const char *runs = in_scratch("runs");
    MUST(run_folder_find(dir, sizeof dir, runs, "bb", &e), &e);
    ck_assert_str_eq(dir, in_scratch("runs/bb1"));
    MUST(run_folder_find(dir, sizeof dir, "nowhere", in_scratch("runs/aa1"), &e), &e);
    FAILS(run_folder_find(dir, sizeof dir, runs, "aa", &e), E_USAGE, &e,
          "2 runs under '%s/runs' begin with 'aa'", scratch);
    FAILS(run_folder_find(dir, sizeof dir, runs, "cc", &e), E_USAGE, &e,
          "'cc' is no run folder, and no run under '%s/runs' begins with it", scratch);
    FAILS(run_folder_find(dir, sizeof dir, "nowhere", "cc", &e), E_USAGE, &e,
          "'cc' is no run folder, and 'nowhere' no folder of runs");
}
END

int main(void)
{
    scratch_open();
    return scratch_close(run_tests("index", facts_of_a_folder, conditions, answers,
                                   the_index_follows_the_files, two_runs_compared,
                                   runs_are_found_by_the_beginning_of_their_id, NULL));
}
