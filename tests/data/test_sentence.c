/* Sentences of a small text against those that a reader finds in it. */
#include "src/data/sentence.h"
#include "tests/testing.h"

static const char text[] =
    "A heading that is no sentence\n"
    "\n"
    "Ropes were laid in a long  lane,\n  twisted by hand. Too short. \"Pull!\" the foreman said, "
    "and they\n"
    "pulled\ttogether!  Was 3.5 miles of it\r\nenough?\n"
    "No full stop ends this verse\n"
    " \n"
    "Le cordier d\xc3\xa9roule\xc2\xa0le chanvre. What ends the text is none.";

static const char *const sentences[] = {
    "Ropes were laid in a long lane, twisted by hand.",
    "\"Pull!\" the foreman said, and they pulled together!",
    "Was 3.5 miles of it enough?",
    "Le cordier d\xc3\xa9roule\xc2\xa0le chanvre.",
};
enum { SENTENCES = sizeof sentences / sizeof *sentences };

static void expect(const char *t, size_t n, size_t from, int most, int first, int last)
{
    struct sentence s;
    for (int i = first; i < last; i++, from = s.end) {
        unsigned char folded[SENTENCE_MOST];
        if (strlen(sentences[i]) > (size_t)most) {
            s.end = from;
            continue;
        }
        ck_assert_msg(sentence_next(t, n, from, most, &s), "no '%s'", sentences[i]);
        sentence_fold(t, &s, folded);
        ck_assert_msg(s.bytes == (int)strlen(sentences[i]) &&
                          !memcmp(folded, sentences[i], (size_t)s.bytes),
                      "'%.*s', not '%s'", s.bytes, (const char *)folded, sentences[i]);
    }
    ck_assert(!sentence_next(t, n, from, most, &s));
}

TEST(those_of_a_reader)
{
    const size_t n = sizeof text - 1;
    expect(text, n, 0, SENTENCE_MOST, 0, SENTENCES);
    for (int most = SENTENCE_LEAST; most < 60; most++) expect(text, n, 0, most, 0, SENTENCES);
}
END

/* Wherever one looks from, the next one that begins there or later. */
TEST(from_anywhere)
{
    const size_t n = sizeof text - 1;
    size_t begin[SENTENCES];
    for (int i = 0; i < SENTENCES; i++) {
        const char word[] = {sentences[i][0], sentences[i][1], sentences[i][2], sentences[i][3], 0};
        begin[i] = (size_t)(strstr(text, word) - text);
    }
    for (size_t from = 0; from < n; from++) {
        int first = 0;
        while (first < SENTENCES && begin[first] < from) first++;
        expect(text, n, from, SENTENCE_MOST, first, SENTENCES);
    }
}
END

/* White space must follow before the end that is given; a document's own beginning is one. */
TEST(ends_of_the_text)
{
    static const char one[] = "\n Begins with the text.\n";
    struct sentence s;
    const size_t n = sizeof one - 1;
    ck_assert(sentence_next(one, n, 0, SENTENCE_MOST, &s));
    ck_assert(s.begin == 2 && s.end == n - 1 && s.bytes == (int)n - 3);
    ck_assert(!sentence_next(one, n - 1, 0, SENTENCE_MOST, &s));
    for (size_t from = 1; from <= n; from++)
        ck_assert(!sentence_next(one, n, from, SENTENCE_MOST, &s));
}
END

int main(void)
{
    return run_tests("sentence", those_of_a_reader, from_anywhere, ends_of_the_text, NULL);
}
