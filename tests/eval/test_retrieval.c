/* Branches behind one trunk against rows of their own, scores against logits, and the same bytes for
 * any number of threads and tokens per pass. */
#include "src/eval/retrieval.h"

#include "src/num/matmul.h"
#include "tests/model/fixture.h"

enum { VOCAB = 257, PASS = 2048, LONGEST = 512 };

struct fixture {
    struct stack stack;
    struct model *model;
};

static void open_fixture(struct fixture *f, const char *position, int window)
{
    stack_open(&f->stack, position);
    f->model = small_model((struct model_config){.hidden_size = 32,
                                                 .num_hidden_layers = 2,
                                                 .num_attention_heads = 2,
                                                 .sliding_window = window,
                                                 .vocab_size = VOCAB,
                                                 .rms_norm_eps = 1e-5,
                                                 .initializer_range = 0.02},
                           &f->stack, PASS, 3);
    /* the noise of small_model may leave what a learned encoding bears */
    int n;
    const struct tensor *t = model_tensors(f->model, &n);
    for (int i = 0; i < n; i++)
        for (size_t k = 0; k < t[i].count && (t[i].min != 0 || t[i].max != 0); k++) {
            real *w = model_weights(f->model) + t[i].offset + k;
            *w = (real)fmin(fmax((double)*w, t[i].min), t[i].max);
        }
}

static void close_fixture(struct fixture *f)
{
    model_close(f->model);
    stack_close(&f->stack);
}

struct task {
    struct conf *conf;
    struct holder {
        struct conf_variants task;
    } holder;
};

static const struct conf_field holder_fields[] = {
    CONF_VARIANTS(struct holder, task, &task_registry, "a task"),
    CONF_END,
};
static const struct conf_schema holder_schema = {"holder", sizeof(struct holder), holder_fields};

static const struct conf_variant *open_task(struct task *t, const char *yaml)
{
    struct error e;
    char text[512];
    snprintf(text, sizeof text, "task: %s\n", yaml);
    MUST(conf_open_text(&t->conf, "task", text, &e), &e);
    conf_bind(t->conf, &holder_schema, &t->holder);
    MUST(conf_finish(t->conf, &e), &e);
    return t->holder.task.v;
}

/* Losses of a sample's answers, in the order of the questions. */
static int answers(struct fixture *f, const struct task_sample *s,
                   const struct retrieval_type *type, bool branches, struct token_score *out)
{
    struct batch b;
    struct error e;
    static struct token_score score[PASS];
    static int32_t prefix[2][PASS];
    int n = 0;
    MUST(batch_open(&b, PASS, &e), &e);
    if (branches) b.prefix_begin = prefix[0], b.prefix_end = prefix[1];
    retrieval_lay(&b, s, type, NULL, branches);
    ck_assert_int_le(b.tokens, PASS);
    model_set_length(f->model, LONGEST);
    model_score(f->model, &b, score);
    for (int i = 0; i < b.tokens; i++)
        if (b.target[i] != NO_TARGET) out[n++] = score[i];
    b.prefix_begin = b.prefix_end = NULL;
    batch_close(&b);
    return n;
}

/* Every encoding that a bare name, or the least of options, makes. */
static bool yaml_of(const struct variant *v, char *yaml, size_t size)
{
    struct stack s;
    struct error e;
    static const char *const with[] = {"", ", factor: 4", ", original_max_position_embeddings: 64",
                                       ", factor: 4, original_max_position_embeddings: 64"};
    for (int i = 0; i < 4; i++) {
        char text[512];
        const struct position_type *own = (const struct position_type *)v;
        /* what changes a rotation, or positions, needs one below it */
        const bool above =
            !own->rope_theta && (own->region || own->inv_freq || own->table || own->ids);
        snprintf(yaml, size, above ? "[{type: rope}, {type: %s%s}]" : "{type: %s%s}", v->name,
                 with[i]);
        snprintf(text, sizeof text, "position: %s\n", yaml);
        int status = conf_open_text(&s.conf, "stack", text, &e);
        if (!status) conf_bind(s.conf, &stack_schema, &s.config);
        if (!status) status = conf_finish(s.conf, &e);
        if (!status) {
            const struct position_shape shape = {2, 2, 2, 16, 32};
            status = own->check
                         ? own->check(s.config.position.v[s.config.position.n - 1].opts, &shape, &e)
                         : OK;
        }
        conf_close(s.conf);
        if (!status) return true;
    }
    return false;
}

TEST(branches_are_rows_of_their_own)
{
    struct task t;
    const struct conf_variant *task = open_task(&t, "{type: key_value, questions: 5}");
    const struct retrieval_type *type = (const struct retrieval_type *)task->type;
    int checked = 0;
    for (const struct variant *const *v = position_registry.types; *v; v++) {
        static unsigned char text[TASK_TOKENS_MAX];
        struct task_sample s = {.text = text};
        struct token_score one[64], two[64];
        struct fixture f;
        char yaml[256];
        const struct position_type *encoding = (const struct position_type *)*v;
        if (!yaml_of(*v, yaml, sizeof yaml)) continue;
        open_fixture(&f, yaml, 0);
        ck_assert_msg(model_branches(f.model) == (!encoding->ids || encoding->ids_in_training_only),
                      "%s", yaml);
        if (model_branches(f.model)) {
            const struct task_plan plan = {.tokens = 300, .questions = 5, .isolated = true};
            struct rng rng = rng_open(7, "sample");
            type->write(task->opts, &plan, &rng, &s);
            const int n = answers(&f, &s, type, true, one);
            ck_assert_int_eq(n, answers(&f, &s, type, false, two));
            ck_assert_int_eq(n, 5 * 4);
            for (int i = 0; i < n; i++)
                ck_assert_msg(fabs(one[i].loss - two[i].loss) < 2e-4 * (1 + fabs(two[i].loss)),
                              "%s: answer token %d: %.7f behind a trunk, %.7f in a row", yaml, i,
                              one[i].loss, two[i].loss);
            checked++;
        }
        close_fixture(&f);
    }
    ck_assert_int_ge(checked, 30);
    conf_close(t.conf);
}
END

TEST(windows_forbid_branches)
{
    struct fixture f;
    open_fixture(&f, "{type: rope}", 64);
    ck_assert(!model_branches(f.model));
    close_fixture(&f);
}
END

TEST(scores_are_those_of_the_logits)
{
    struct fixture f;
    struct batch b;
    static struct token_score score[PASS];
    static real logits[700 * VOCAB];
    open_fixture(&f, "{type: rope}", 0);
    random_batch(&b, 700, 100, VOCAB, true, 5);
    model_score(f.model, &b, score);
    model_logits(f.model, &b, 0, 700, logits);
    for (int i = 0; i < 700; i++) {
        const real *z = logits + (size_t)i * VOCAB;
        if (b.target[i] == NO_TARGET) {
            ck_assert(score[i].rank == -1 && score[i].loss == 0);
            continue;
        }
        double sum = 0;
        int rank = 0, best = 0;
        for (int v = 0; v < VOCAB; v++) {
            sum += exp((double)z[v]);
            rank += z[v] > z[b.target[i]];
            if (z[v] > z[best]) best = v;
        }
        ck_assert_int_eq(score[i].rank, rank);
        ck_assert_int_eq(score[i].best, best);
        ck_assert(fabs(score[i].loss - (log(sum) - (double)z[b.target[i]])) < 1e-6);
    }
    batch_close(&b);
    close_fixture(&f);
}
END

static char *report(struct fixture *f, const struct conf_variant *task, int max_tokens)
{
    struct error e;
    struct findings r = {0};
    struct jsn_out o;
    const struct eval_at at = {
        .model = f->model, .seed = 1, .train_length = 128, .length = 128, .max_tokens = max_tokens};
    MUST(task_run(task, &at, &r, &e), &e);
    jsn_out_open(&o, false);
    jsn_map_begin(&o, NULL);
    findings_json(&r, &o);
    jsn_map_end(&o);
    char *text = strndup(o.text, o.length);
    jsn_out_close(&o);
    findings_close(&r);
    return text;
}

TEST(passes_and_threads_change_nothing)
{
    static const char *const tasks[] = {
        "{type: passkey, lengths: [64, 256], samples: 3, questions: 3}",
        "{type: key_value, lengths: [128, 512], samples: 3, questions: 4}",
        "{type: mqar, lengths: [64, 128], samples: 3}",
        "{type: variable_tracking, lengths: [256], samples: 4}",
    };
    struct fixture f;
    open_fixture(&f, "[{type: rope}, {type: alibi}]", 0);
    for (int i = 0; i < 4; i++) {
        struct task t;
        const struct conf_variant *task = open_task(&t, tasks[i]);
        char *want = report(&f, task, PASS);
        for (int k = 0; k < 3; k++) {
            parallel_init(1 + 2 * k);
            char *is = report(&f, task, k ? 600 + 100 * k : LONGEST + 64);
            ck_assert_str_eq(is, want);
            free(is);
        }
        parallel_init(2);
        free(want);
        conf_close(t.conf);
    }
    close_fixture(&f);
}
END

int main(void)
{
    parallel_init(2);
    matmul_init();
    return run_tests("retrieval", branches_are_rows_of_their_own, windows_forbid_branches,
                     scores_are_those_of_the_logits, passes_and_threads_change_nothing, NULL);
}
